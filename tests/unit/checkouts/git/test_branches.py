"""Branches of one checkout, with every name that git takes."""

from pathlib import Path

import pytest

from helpers.checkouts.git.branches import (
    Branch,
    create_branch,
    delete_branch,
    delete_remote_branch,
    is_branch_name,
    is_squashed,
    list_branches,
    take_back_branch,
    why_not_creatable,
)
from helpers.checkouts.git.checkout_moves import BlockedError
from tests.builders import commit_all, git, make_repo, write_files

_ODD = ["a b", "it's", 'quo"ted', "ünï", "line\u2028end", "next\x85line", "$HOME", "-x", "@"]


def _commit(root: Path, name: str, text: str) -> str:
    write_files(root, {name: text})
    return commit_all(root, f"Write {name}")


@pytest.mark.parametrize("name", [*_ODD[1:-2], "me/topic", "v1.2", "fix#3", "a@b", "origin/main"])
def test_a_name_that_git_takes_is_one(first_root: Path, name: str) -> None:
    assert is_branch_name(name, first_root)


@pytest.mark.parametrize(
    "name",
    ["", "-x", "--all", "a b", "a..b", "a/", "/a", "a//b", "a.lock", ".a", "a/.b", "a^", "a~1",
     "a:b", "a?", "a*", "a[b", "a\\b", "a@{b", "a.", "a\nb", "a\tb"],
)  # fmt: skip
def test_a_name_that_git_refuses_is_none(first_root: Path, name: str) -> None:
    assert not is_branch_name(name, first_root)


def test_branches_are_listed_whatever_they_are_called(root: Path) -> None:
    names = [name for name in _ODD if is_branch_name(name, root)]
    for name in names:
        git(root, "update-ref", f"refs/heads/{name}", "HEAD")
    commit = git(root, "rev-parse", "HEAD")
    assert sorted(list_branches(root), key=lambda one: one.name) == sorted(
        [Branch("main", commit, "", True), *(Branch(name, commit, "", False) for name in names)],
        key=lambda one: one.name,
    )


def test_what_a_branch_follows_and_where_it_is_checked_out_is_told(
    root: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "repo", "clone")
    clone = tmp_path / "clone"
    git(clone, "branch", "--quiet", "local", "main")
    git(clone, "worktree", "add", "--quiet", "-b", "elsewhere", str(tmp_path / "a tree"))
    found = {one.name: (one.upstream, one.is_checked_out) for one in list_branches(clone)}
    assert found == {"main": ("origin/main", True), "local": ("", False), "elsewhere": ("", True)}


def test_a_repo_without_commits_has_no_branch(tmp_path: Path) -> None:
    assert list_branches(make_repo(tmp_path, commit=False).root) == []


@pytest.mark.parametrize(
    ("there", "name", "why"),
    [
        ("topic", "topic", "there is a branch topic"),
        ("topic/a", "topic", "there is a branch topic/a, and git cannot keep both names"),
        ("topic", "topic/a", "there is a branch topic, and git cannot keep both names"),
        ("topic", "topical", ""),
        ("topics", "topic", ""),
    ],
)
def test_a_branch_is_a_file_and_so_no_folder_of_another(
    root: Path, there: str, name: str, why: str
) -> None:
    git(root, "branch", there)
    assert why_not_creatable(root, name, "") == why
    if not why:
        create_branch(root, name, "")


def test_a_new_branch_from_elsewhere_must_not_write_over_a_changed_file(root: Path) -> None:
    start = git(root, "rev-parse", "HEAD")
    _commit(root, "a.txt", "two\n")
    assert why_not_creatable(root, "topic", start) == ""
    write_files(root, {"a.txt": "mine\n"})
    assert "a.txt" in why_not_creatable(root, "topic", start)
    with pytest.raises(BlockedError, match=r"changed files are in the way: a\.txt"):
        create_branch(root, "topic", start)
    assert [one.name for one in list_branches(root)] == ["main"]


def test_files_that_are_not_committed_come_along(root: Path) -> None:
    write_files(root, {"a.txt": "mine\n", "new.txt": ""})
    create_branch(root, "topic", "")
    assert git(root, "branch", "--show-current") == "topic"
    assert git(root, "status", "--short") == " M a.txt\n?? new.txt"


@pytest.mark.parametrize("detached", [False, True])
def test_a_new_branch_is_taken_back(root: Path, detached: bool) -> None:
    before = git(root, "rev-parse", "HEAD")
    _commit(root, "a.txt", "two\n")
    if detached:
        git(root, "checkout", "--quiet", "--detach", "HEAD")
    commit = git(root, "rev-parse", "HEAD")
    create_branch(root, "topic", before)
    take_back_branch(root, "topic", "" if detached else "main", commit)
    assert git(root, "branch", "--show-current") == ("" if detached else "main")
    assert git(root, "rev-parse", "HEAD") == commit
    assert [one.name for one in list_branches(root)] == ["main"]


def test_a_branch_that_moved_since_it_was_seen_stays(root: Path) -> None:
    git(root, "branch", "topic")
    seen = list_branches(root)[1]
    git(root, "branch", "--force", "topic", _commit(root, "b.txt", ""))
    with pytest.raises(BlockedError, match="topic moved meanwhile"):
        delete_branch(root, seen)
    delete_branch(root, list_branches(root)[1])
    assert [one.name for one in list_branches(root)] == ["main"]


@pytest.mark.parametrize("name", ["-D", "line\u2028end", "it's"])
def test_a_branch_of_an_odd_name_is_deleted(root: Path, name: str) -> None:
    git(root, "update-ref", f"refs/heads/{name}", "HEAD")
    delete_branch(root, next(one for one in list_branches(root) if one.name == name))
    assert [one.name for one in list_branches(root)] == ["main"]


def test_a_branch_of_a_remote_goes_only_where_it_was_seen(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", "repo", "remote.git")
    git(root, "remote", "add", "far", str(tmp_path / "remote.git"))
    old = git(root, "rev-parse", "HEAD")
    new = _commit(root, "b.txt", "")
    git(root, "push", "--quiet", "far", "HEAD:refs/heads/topic")
    with pytest.raises(BlockedError):
        delete_remote_branch(root, "far", "topic", old)
    delete_remote_branch(root, "far", "topic", new)
    assert git(root, "ls-remote", "--heads", "far").endswith("refs/heads/main")


def _topic(root: Path) -> str:
    """A branch with two commits, left behind by another commit of `main`; the tip of it."""
    git(root, "switch", "--quiet", "--create", "topic")
    _commit(root, "b.txt", "one\n")
    tip = _commit(root, "b.txt", "one\ntwo\n")
    git(root, "switch", "--quiet", "main")
    _commit(root, "other.txt", "")
    return tip


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([], False),
        ([("merge", "--squash", "--quiet", "topic"), ("commit", "--quiet", "-m", "All")], True),
        ([("cherry-pick", "main..topic")], True),
        ([("cherry-pick", "topic~1")], False),
        ([("merge", "--quiet", "-m", "Merge", "topic")], True),
        (
            [
                ("merge", "--squash", "--quiet", "topic"),
                ("commit", "--quiet", "-m", "All"),
                ("revert", "--no-edit", "HEAD"),
            ],
            True,
        ),
    ],
)
def test_a_branch_whose_changes_are_there_is_squashed(
    root: Path, commands: list[tuple[str, ...]], expected: bool
) -> None:
    tip = _topic(root)
    for words in commands:
        git(root, *words)
    assert is_squashed(root, tip, "main") is expected


def test_a_branch_with_no_history_in_common_is_not_squashed(root: Path) -> None:
    git(root, "switch", "--quiet", "--orphan", "alone")
    tip = _commit(root, "x.txt", "x\n")
    git(root, "switch", "--quiet", "main")
    assert not is_squashed(root, tip, "main")
