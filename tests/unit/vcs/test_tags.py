"""Tags that are moved, at a remote and here."""

from pathlib import Path

import pytest

from helpers.system.process import ProcessError
from helpers.vcs.refs import newest_of
from helpers.vcs.tags import move_tag, remote_tag
from tests.builders import commit_all, git, make_repo, write_files
from tests.promotions import add_origin


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repo with a remote."""
    made = make_repo(tmp_path / "repo", {"a": "1\n"}).root
    add_origin(made)
    return made


def _commit(root: Path, text: str) -> str:
    write_files(root, {"a": text})
    return commit_all(root, text)


def test_a_tag_is_moved_forth_and_back_here_and_at_the_remote(root: Path) -> None:
    first, second = git(root, "rev-parse", "HEAD"), _commit(root, "2")
    assert remote_tag(root, "origin", "staging") == ("", "")
    for commit in (first, second, first):
        seen, _ = remote_tag(root, "origin", "staging")
        move_tag(root, "origin", "staging", (seen, commit))
        assert remote_tag(root, "origin", "staging") == (commit, commit)
        assert git(root, "rev-parse", "refs/tags/staging") == commit


def test_a_tag_with_a_message_is_known_by_its_commit_and_moved_as_well(root: Path) -> None:
    first, second = git(root, "rev-parse", "HEAD"), _commit(root, "2")
    git(root, "tag", "--annotate", "--message", "By hand", "staging", first)
    git(root, "push", "--quiet", "origin", "refs/tags/staging")
    seen, commit = remote_tag(root, "origin", "staging")
    assert (seen != first, commit) == (True, first)
    move_tag(root, "origin", "staging", (seen, second))
    assert remote_tag(root, "origin", "staging") == (second, second)


def test_what_somebody_else_moved_meanwhile_stays(root: Path) -> None:
    first, second = git(root, "rev-parse", "HEAD"), _commit(root, "2")
    move_tag(root, "origin", "staging", ("", first))
    for seen in ("", second):
        with pytest.raises(ProcessError):
            move_tag(root, "origin", "staging", (seen, second))
    assert remote_tag(root, "origin", "staging") == (first, first)
    assert git(root, "rev-parse", "refs/tags/staging") == first


def test_the_newest_commit_is_one_that_none_of_the_others_comes_after(root: Path) -> None:
    first, second = git(root, "rev-parse", "HEAD"), _commit(root, "2")
    assert newest_of(root, [second, first]) == newest_of(root, [first, second]) == second
    assert newest_of(root, [first]) == first
