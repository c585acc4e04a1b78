"""History that a shallow clone lacks."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.vcs.deepen import bring_merge_base
from helpers.vcs.git import git as ask
from helpers.vcs.history import merge_base
from helpers.vcs.refs import is_shallow
from tests.builders import commit_all, git, make_repo


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """`main` went on by 30 commits since `topic`, which has 80 of its own, left it."""
    root = make_repo(tmp_path / "origin").root
    git(root, "config", "uploadpack.allowFilter", "true")
    git(root, "branch", "topic")
    for number in range(30):
        commit_all(root, f"main {number}")
    git(root, "checkout", "--quiet", "topic")
    for number in range(80):
        commit_all(root, f"topic {number}")
    return root


def _clone(origin: Path, *options: str) -> Path:
    place = origin.parent / "clone"
    git(origin.parent, "clone", "--quiet", *options, origin.as_uri(), str(place))
    return place


@pytest.mark.parametrize("options", [(), ("--filter=blob:none",)])
def test_it_is_fetched_until_the_merge_base_is_there(origin: Path, options: tuple[str]) -> None:
    clone = _clone(origin, "--depth=1", "--branch=topic", *options)
    base = git(origin, "rev-parse", "main")
    bring_merge_base(clone, base)
    assert merge_base(clone, base) == git(origin, "merge-base", "main", "topic")


def test_no_more_is_fetched_than_it_takes(origin: Path) -> None:
    for number in range(300):
        git(origin, "commit", "--quiet", "--allow-empty", "-m", f"more {number}")
    clone = _clone(origin, "--depth=1", "--branch=topic")
    base = git(origin, "rev-parse", "topic~20")
    bring_merge_base(clone, base)
    assert merge_base(clone, base) == base
    assert is_shallow(clone)
    assert int(git(clone, "rev-list", "--count", "HEAD")) < 100


def test_what_is_there_asks_nobody(origin: Path) -> None:
    clone = _clone(origin)
    git(clone, "remote", "remove", "origin")
    bring_merge_base(clone, git(origin, "rev-parse", "topic~5"))
    assert ask(clone, "remote") == ""


def test_a_commit_that_nobody_has_is_an_error(origin: Path) -> None:
    clone = _clone(origin, "--depth=1")
    with pytest.raises(HelpersError, match="the commit bbbbbbbbbbbb cannot be fetched"):
        bring_merge_base(clone, "b" * 40)
    git(clone, "remote", "remove", "origin")
    with pytest.raises(HelpersError, match="there is no remote"):
        bring_merge_base(clone, "b" * 40)
