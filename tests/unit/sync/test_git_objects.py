from pathlib import Path

import pytest

from helpers.sync.git_objects import (
    NewFile,
    TreeEntry,
    commit_aside,
    commit_paths,
    has_object,
    is_checked_out,
    move_branch,
    read_entries,
)
from helpers.system.process import ProcessError
from helpers.vcs.git import EXECUTABLE, LINK, PLAIN
from helpers.vcs.refs import current_branch, find_commit
from tests.builders import git, make_repo, write_files


@pytest.fixture(autouse=True)
def _author(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's own settings."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ann@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repo with one commit."""
    return make_repo(tmp_path, {"a b.txt": "one\n", "*.txt": "star\n"}).root


def test_entries_are_read_by_their_very_names(root: Path) -> None:
    found = read_entries(root, "HEAD", ["a b.txt", "*.txt", "missing"])
    assert found == {
        "a b.txt": TreeEntry(PLAIN, git(root, "rev-parse", "HEAD:a b.txt")),
        "*.txt": TreeEntry(PLAIN, git(root, "rev-parse", "HEAD:*.txt")),
    }


def test_what_is_not_there_is_said(root: Path) -> None:
    assert (find_commit(root, "nowhere"), has_object(root, "0" * 40)) == ("", False)
    assert find_commit(root, "main") == git(root, "rev-parse", "HEAD")
    assert (current_branch(root), is_checked_out(root, "main")) == ("main", True)
    git(root, "checkout", "--quiet", "--detach")
    assert (current_branch(root), is_checked_out(root, "main")) == ("", False)


def test_a_commit_aside_touches_neither_index_nor_files(root: Path) -> None:
    write_files(root, {"a b.txt": "loose\n", "staged": "x\n"})
    git(root, "add", "staged")
    before = (git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD"))
    files = [
        NewFile("folder/run", EXECUTABLE, b"#!/bin/sh\n"),
        NewFile("link", LINK, b"a b.txt"),
        NewFile("a b.txt", PLAIN, b"new\r\n"),
    ]
    commit = commit_aside(root, "HEAD", files, "Why\n\nMore")
    assert (git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD")) == before
    assert git(root, "log", "-1", "--format=%s|%b", commit).strip() == "Why|More"
    assert git(root, "rev-parse", f"{commit}^") == before[1]
    modes = {path: entry.mode for path, entry in read_entries(root, commit, ["link"]).items()}
    assert modes == {"link": LINK}
    changed = git(root, "diff", "--name-status", "HEAD", commit).splitlines()
    assert changed == ["M\ta b.txt", "A\tfolder/run", "A\tlink"]


def test_a_branch_that_moved_meanwhile_is_not_moved(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    commit = commit_aside(root, "HEAD", [NewFile("x", PLAIN, b"")], "x")
    move_branch(root, "work", commit, "")
    assert git(root, "rev-parse", "work") == commit
    for expected in ("", first):
        with pytest.raises(ProcessError):
            move_branch(root, "work", first, expected)
    with pytest.raises(ProcessError):
        move_branch(root, "no good..name", commit, "")
    assert git(root, "rev-parse", "work") == commit


def test_only_what_is_named_is_committed(root: Path) -> None:
    write_files(root, {"a b.txt": "two\n", "new": "x\n", "staged": "y\n"})
    git(root, "add", "staged")
    commit_paths(root, ["a b.txt", "new"], "Why")
    assert git(root, "show", "--name-only", "--format=", "HEAD").splitlines() == ["a b.txt", "new"]
    assert git(root, "status", "--porcelain") == "A  staged"
