"""A submodule that is moved, and what its remote has: real repos, no network."""

from pathlib import Path

import pytest

from helpers.adoption.upgrades import submodule_bump
from helpers.model.errors import HelpersError
from helpers.model.version import Version
from helpers.system.process import ProcessError
from helpers.vcs.files import uncommitted
from helpers.vcs.refs import count_between, current_branch, find_commit
from tests.builders import add_submodule, commit_all, git, make_repo, write_files


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A submodule with two commits, on the first of which it is."""
    source = make_repo(tmp_path / "source", {"a": "1\n", "gone": "1\n"}).root
    outer = make_repo(tmp_path / "out er")
    add_submodule(outer.root, "tool chain", source)
    write_files(source, {"a": "2\n", "new": "2\n"})
    (source / "gone").unlink()
    commit_all(source)
    return outer.root / "tool chain"


def _newest(checkout: Path) -> str:
    submodule_bump.fetch_all(checkout, "origin")
    return find_commit(checkout, "refs/remotes/origin/main")


def test_releases_are_versions_the_newest_first(tmp_path: Path) -> None:
    root = make_repo(tmp_path).root
    for tag in ("v1.9.0", "v1.10.0", "1.2.0", "v1.2", "v01.2.3", "v2.0.0-rc1", "release"):
        git(root, "tag", tag)
    assert submodule_bump.releases(root) == {
        Version(1, 10, 0): "v1.10.0",
        Version(1, 9, 0): "v1.9.0",
        Version(1, 2, 0): "1.2.0",
    }


def test_the_remotes_own_branch_is_known(checkout: Path) -> None:
    assert submodule_bump.ask_default_branch(checkout, "origin") == "main"
    assert current_branch(checkout) == "main"
    git(checkout, "checkout", "--quiet", "--detach")
    assert current_branch(checkout) == ""


def test_a_clone_of_one_branch_gets_all(checkout: Path, tmp_path: Path) -> None:
    git(tmp_path / "source", "branch", "other")
    only = tmp_path / "only"
    source = (tmp_path / "source").as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=main", source, str(only))
    assert find_commit(only, "refs/remotes/origin/other") == ""
    submodule_bump.fetch_all(only, "origin")
    assert find_commit(only, "refs/remotes/origin/other") != ""
    assert count_between(only, "HEAD~1", "HEAD") == 1


def test_files_of_a_commit_are_written_aside(checkout: Path, tmp_path: Path) -> None:
    newest = _newest(checkout)
    folder = tmp_path / "as ide"
    folder.mkdir()
    submodule_bump.extract(checkout, newest, folder)
    assert (folder / "new").read_text() == "2\n"
    assert not (folder / "gone").exists()
    assert uncommitted(checkout) == []
    assert (checkout / "a").read_text() == "1\n"
    assert submodule_bump.file_at(checkout, newest, "a") == "2\n"
    assert submodule_bump.file_at(checkout, newest, "gone") is None


def test_what_is_in_neither_of_two_commits_is_the_users(checkout: Path) -> None:
    before, after = find_commit(checkout), _newest(checkout)
    write_files(checkout, {"a": "2\n", "new": "2\n"})
    assert submodule_bump.unlike_both(checkout, before, after) == []
    write_files(checkout, {"a": "mine\n"})
    assert submodule_bump.unlike_both(checkout, before, after) == ["a"]


def test_a_move_that_was_cut_off_is_brought_to_its_end(checkout: Path) -> None:
    before, after = find_commit(checkout), _newest(checkout)
    write_files(checkout, {"a": "2\n", "new": "2\n"})
    with pytest.raises(ProcessError):
        submodule_bump.check_out(checkout, after)
    submodule_bump.check_out(checkout, after, force=True)
    assert uncommitted(checkout) == []
    submodule_bump.check_out(checkout, before, "main")
    assert (current_branch(checkout), uncommitted(checkout)) == ("main", [])


def test_a_name_that_git_does_not_know_is_no_commit(checkout: Path) -> None:
    assert find_commit(checkout, "nothing") == ""
    assert find_commit(checkout, "--all") == ""


def test_a_checkout_without_a_remote_is_told(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="no remote"):
        submodule_bump.remote_of(make_repo(tmp_path).root)


def test_a_lock_that_was_left_is_told(checkout: Path) -> None:
    submodule_bump.check_unlocked(checkout)
    lock = Path(git(checkout, "rev-parse", "--absolute-git-dir")) / "index.lock"
    lock.touch()
    with pytest.raises(HelpersError, match="was killed there") as caught:
        submodule_bump.check_unlocked(checkout)
    assert str(lock) in caught.value.fix
