"""Which branch a submodule follows: what this checkout says, then all of them, then the remote."""

from pathlib import Path

import pytest

from helpers.checkouts.git.difference import diff_text, short_status
from helpers.checkouts.git.fetch import fetch, fetch_all
from helpers.checkouts.git.remote_branches import (
    declared_branch,
    default_branch,
    followed_branch,
    read_remote_refs,
)
from helpers.model.checkouts.state import CheckoutState
from tests.builders import commit_all, git, write_files


def _modules(branch: str = "") -> str:
    line = f"\tbranch = {branch}\n" if branch else ""
    return f'[submodule "the name"]\n\tpath = li b\n\turl = u\n{line}'


@pytest.fixture
def lib(root: Path) -> Path:
    """A clone at the place of a submodule of `root`, whose remote shows `main` first."""
    git(root.parent, "clone", "--quiet", "--bare", "repo", "lib.git")
    git(root, "clone", "--quiet", str(root.parent / "lib.git"), "li b")
    return root / "li b"


@pytest.mark.parametrize(
    ("declared", "own", "expected"),
    [
        ("", "", ""),
        ("topic", "", "topic"),
        ("topic", "mine", "mine"),
        ("", "mine", "mine"),
        (".", "", "the parent's"),
        ("topic", ".", "the parent's"),
    ],
)
def test_this_checkouts_choice_comes_before_what_all_are_told(
    root: Path, declared: str, own: str, expected: str
) -> None:
    git(root, "switch", "--quiet", "--create", "parent")
    write_files(root, {".gitmodules": _modules(declared)})
    if own:
        git(root, "config", "submodule.the name.branch", own)
    expected = "parent" if expected == "the parent's" else expected
    assert declared_branch(root, "li b") == expected


@pytest.mark.parametrize("modules", [None, "[submodule\n<<<<<<< HEAD\n", _modules("x")])
def test_where_nothing_can_be_read_nothing_is_declared(root: Path, modules: str | None) -> None:
    if modules:
        write_files(root, {".gitmodules": modules})
    assert declared_branch(root, "other") == ""


def test_what_the_remote_shows_first_is_followed_where_nobody_says_else(
    root: Path, lib: Path
) -> None:
    assert default_branch(lib, "origin") == "main"
    assert followed_branch(root, lib, "li b") == "origin/main"
    write_files(root, {".gitmodules": _modules("topic/a")})
    assert followed_branch(root, lib, "li b") == "origin/topic/a"
    git(lib, "remote", "rename", "origin", "far/away")
    assert followed_branch(root, lib, "li b") == "far/away/topic/a"


def test_without_a_remote_nothing_is_followed(root: Path, lib: Path) -> None:
    git(lib, "remote", "remove", "origin")
    assert default_branch(lib, "origin") == ""
    assert followed_branch(root, lib, "li b") == ""


def test_names_of_remotes_are_read_and_what_stands_for_another_is_left_out(lib: Path) -> None:
    head = git(lib, "rev-parse", "HEAD")
    git(lib, "tag", "v1")
    git(lib, "update-ref", "refs/remotes/origin/li\u2028ne", head)
    assert git(lib, "symbolic-ref", "refs/remotes/origin/HEAD")
    assert read_remote_refs(lib) == dict.fromkeys(["origin/li\u2028ne", "origin/main", "v1"], head)


def test_a_remote_that_fails_is_told_with_gits_reason_and_stops_nobody(
    root: Path, lib: Path
) -> None:
    assert fetch(root) == ""
    assert fetch(lib) == ""
    git(lib, "remote", "add", "gone", str(root / "no such"))
    states = [CheckoutState("."), CheckoutState("li b"), CheckoutState("not here", missing=True)]
    failed = fetch_all(root, states)
    assert list(failed) == ["li b"]
    assert "no such" in failed["li b"]


def test_a_difference_has_the_paths_that_people_see(root: Path) -> None:
    write_files(root, {"a.txt": "two\n"})
    text = diff_text(root, "HEAD", "my lib/", "--no-color")
    assert "--- a/my lib/a.txt" in text
    assert "+++ b/my lib/a.txt" in text
    assert text.endswith("-one\n+two\n")


@pytest.mark.parametrize(
    "setting", ["diff.external=false", "diff.noprefix=true", "diff.mnemonicPrefix=true"]
)
def test_a_difference_is_the_same_whatever_the_user_set(root: Path, setting: str) -> None:
    write_files(root, {"a.txt": "two\n"})
    before = diff_text(root, "HEAD", "", "--no-color")
    git(root, "config", *setting.split("="))
    assert diff_text(root, "HEAD", "", "--no-color") == before


@pytest.mark.parametrize("colours", [False, True])
def test_a_short_status_has_colours_where_they_are_wanted(root: Path, colours: bool) -> None:
    write_files(root, {"a.txt": "two\n", "b.txt": ""})
    git(root, "config", "status.showUntrackedFiles", "no")
    text = short_status(root, colours=colours)
    assert ("\x1b[" in text) is colours
    assert "b.txt" in text
    commit_all(root)
    assert "a.txt" not in short_status(root, colours=colours)
