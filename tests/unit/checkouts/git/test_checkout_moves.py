"""What is checked out moves only where nothing is lost, and says in one line why not."""

from pathlib import Path

import pytest

from helpers.checkouts.git.checkout_moves import (
    BlockedError,
    attach_branch,
    change,
    changed_files,
    commit_submodules,
    describe_commits,
    detach,
    fast_forward,
    fetch_commit,
    in_the_way,
    keep_if_stray,
    put_back,
)
from helpers.system.process import run
from tests.builders import add_submodule, commit_all, git, make_repo, write_files

_ODD = ["a b.txt", "it's.txt", "[id].tsx", "ü.txt", 'quo\'te "d".txt', "line\u2028end.txt"]


def _head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD")


def _back(root: Path, files: dict[str, str]) -> str:
    """Commit files and go back to the commit before them; the newer commit."""
    write_files(root, files)
    newer = commit_all(root, "Newer")
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    return newer


def _refused(root: Path, commit: str) -> BlockedError:
    before = git(root, "status", "--short"), _head(root)
    with pytest.raises(BlockedError) as caught:
        fast_forward(root, commit)
    assert (git(root, "status", "--short"), _head(root)) == before
    assert "\n" not in caught.value.what
    return caught.value


def test_a_branch_goes_on_and_other_files_stay(root: Path) -> None:
    newer = _back(root, {"a.txt": "two\n"})
    write_files(root, {"mine.txt": "mine"})
    fast_forward(root, newer)
    assert (_head(root), (root / "mine.txt").read_text()) == (newer, "mine")


@pytest.mark.parametrize("name", _ODD)
def test_an_untracked_file_is_named_and_the_fix_works(root: Path, name: str) -> None:
    newer = _back(root, {name: "theirs"})
    write_files(root, {name: "mine", "stays.txt": ""})
    error = _refused(root, newer)
    assert error.what == f"untracked files are in the way: {name}"
    assert error.is_refusal
    git(root, *error.fix)
    fast_forward(root, newer)
    assert (root / name).read_text() == "theirs"
    assert (root / "stays.txt").is_file()
    assert git(root, "stash", "list").count("\n") == 0


def test_of_many_files_a_few_are_named_and_all_are_put_aside(root: Path) -> None:
    names = [f"file {number}.txt" for number in range(7)]
    newer = _back(root, dict.fromkeys(names, "theirs"))
    write_files(root, dict.fromkeys(names, "mine"))
    error = _refused(root, newer)
    assert error.what.endswith("file 4.txt and 2 more")
    assert list(error.fix[-7:]) == names


def test_a_file_that_git_ignores_is_not_written_over(root: Path) -> None:
    newer = _back(root, {"made.bin": "theirs"})
    write_files(root, {".git/info/exclude": "made.bin\n", "made.bin": "mine"})
    assert _refused(root, newer).what == "untracked files are in the way: made.bin"
    assert (root / "made.bin").read_text() == "mine"


@pytest.mark.parametrize("staged", [False, True])
def test_a_changed_file_is_named(root: Path, staged: bool) -> None:
    newer = _back(root, {"a.txt": "theirs\n"})
    write_files(root, {"a.txt": "mine\n"})
    if staged:
        git(root, "add", "a.txt")
    error = _refused(root, newer)
    assert (error.what, error.fix) == ("changed files are in the way: a.txt", ("stash",))
    assert "a.txt" in in_the_way(root, newer)


def test_a_file_that_was_only_touched_is_not_in_the_way(root: Path) -> None:
    newer = _back(root, {"a.txt": "two\n"})
    (root / "a.txt").unlink()
    write_files(root, {"a.txt": "one\n"})
    assert in_the_way(root, newer) == ""
    assert _head(root) != newer
    fast_forward(root, newer)


def test_another_line_of_commits_is_no_way_forward(root: Path) -> None:
    other = _back(root, {"a.txt": "two\n"})
    write_files(root, {"b.txt": ""})
    commit_all(root)
    assert _refused(root, other).what == "it has diverged"


def test_a_lock_is_named_with_what_removes_it(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "it's a repo", {"a.txt": ""}).root
    newer = _back(root, {"b.txt": ""})
    write_files(root, {".git/index.lock": ""})
    error = _refused(root, newer)
    assert "another git is at work" in error.what
    run(["bash", "-c", error.command], cwd=root)
    fast_forward(root, newer)


def test_what_git_itself_cannot_do_is_no_refusal(root: Path) -> None:
    error = _refused(root, "0" * 40)
    assert not error.is_refusal
    with pytest.raises(BlockedError) as caught:
        change(root, "no-such-command")
    assert "no-such-command" in caught.value.what


@pytest.mark.parametrize(
    "setting", ["merge.autoStash=true", "merge.ff=false", "pull.rebase=true", "core.quotePath=true"]
)
def test_settings_of_the_user_change_nothing(root: Path, setting: str) -> None:
    newer = _back(root, {"ü.txt": "theirs", "a.txt": "two\n"})
    git(root, "config", *setting.split("="))
    write_files(root, {"ü.txt": "mine"})
    assert _refused(root, newer).what.endswith("ü.txt")
    (root / "ü.txt").unlink()
    fast_forward(root, newer)
    assert _head(root) == newer


def test_a_head_without_a_branch_goes_and_comes_back(root: Path) -> None:
    first = _head(root)
    write_files(root, {"a.txt": "two\n"})
    second = commit_all(root)
    detach(root, first)
    assert (git(root, "branch", "--show-current"), _head(root)) == ("", first)
    put_back(root, "", second)
    assert (git(root, "branch", "--show-current"), _head(root)) == ("", second)
    put_back(root, "main", first)
    assert (git(root, "branch", "--show-current"), _head(root)) == ("main", second)


def test_a_branch_is_taken_along_unless_somebody_moved_it(root: Path) -> None:
    first = _head(root)
    second = _back(root, {"a.txt": "two\n"})
    detach(root, second)
    write_files(root, {"mine.txt": ""})
    with pytest.raises(BlockedError):
        attach_branch(root, "main", second)
    assert git(root, "rev-parse", "main") == first
    attach_branch(root, "main", first)
    assert git(root, "status", "--short", "--branch") == "## main\n?? mine.txt"
    assert _head(root) == second


def test_only_the_submodules_that_are_named_are_committed(root: Path, tmp_path: Path) -> None:
    make_repo(tmp_path / "lib")
    for name in ("lib [1]", "lib 1"):
        add_submodule(root, name, tmp_path / "lib")
    for name in ("lib [1]", "lib 1"):
        commit_all(root / name)
    write_files(root, {"a.txt": "mine\n", "new.txt": ""})
    commit_submodules(root, ["lib [1]"], "Roll\n\nbody")
    assert git(root, "show", "--format=%B", "--name-only").split("\n") == [
        "Roll", "", "body", "", "", "lib [1]",
    ]  # fmt: skip
    assert git(root, "status", "--short").split("\n") == [" M a.txt", ' M "lib 1"', "?? new.txt"]


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0c", "\x1e", "\r"])
def test_each_commit_is_one_line_whatever_its_subject_has(root: Path, sign: str) -> None:
    first = _head(root)
    for number in range(3):
        commit_all(root, f"Number{sign} {number}")
    found = describe_commits(root, first, "HEAD", 2)
    assert [line.rpartition(" ")[2] for line in found] == ["2", "1"]
    assert describe_commits(root, "HEAD", first, 2) == []


def test_a_commit_that_nothing_has_is_kept_by_one_branch(root: Path) -> None:
    git(root, "checkout", "--quiet", "--detach")
    commit = commit_all(root)
    detach(root, "main")
    assert keep_if_stray(root, "2026-01-02", commit) == f"helpers/kept-2026-01-02-{commit[:12]}"
    assert keep_if_stray(root, "2026-01-02", commit) == ""


@pytest.mark.parametrize("place", ["refs/heads/x", "refs/remotes/far/x", "refs/tags/x"])
def test_a_commit_that_a_name_has_needs_no_other(root: Path, place: str) -> None:
    git(root, "checkout", "--quiet", "--detach")
    commit = commit_all(root)
    git(root, "update-ref", place, commit_all(root))
    assert keep_if_stray(root, "2026-01-02", commit) == ""


def test_one_commit_is_fetched_or_it_is_said_why_not(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "repo", "clone")
    commit = commit_all(root)
    clone = tmp_path / "clone"
    assert fetch_commit(clone, "origin", commit) == ""
    assert git(clone, "cat-file", "-t", commit) == "commit"
    assert fetch_commit(clone, "origin", "1" * 40)
    git(clone, "remote", "set-url", "origin", str(tmp_path / "gone away"))
    assert "gone away" in fetch_commit(clone, "origin", "1" * 40)


def test_changed_files_are_those_that_git_keeps(root: Path) -> None:
    write_files(root, {**dict.fromkeys(_ODD, ""), "gone.txt": ""})
    commit_all(root)
    write_files(root, {**dict.fromkeys(_ODD, "changed"), "new.txt": ""})
    (root / "gone.txt").unlink()
    git(root, "add", _ODD[0])
    assert sorted(changed_files(root)) == sorted([*_ODD, "gone.txt"])


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("exit 1", "git commit failed with status 1 and does not say why"),
        ("echo wrong; echo really wrong; exit 3", "wrong"),
    ],
)
def test_what_a_hook_refuses_is_told_in_one_line(root: Path, script: str, what: str) -> None:
    hook = root / ".git" / "hooks" / "pre-commit"
    write_files(root, {".git/hooks/pre-commit": f"#!/bin/sh\n{script}\n"})
    hook.chmod(0o755)
    write_files(root, {"a.txt": "two\n"})
    with pytest.raises(BlockedError) as caught:
        commit_submodules(root, ["a.txt"], "One\n\nTwo")
    assert caught.value.what == what
    assert git(root, "status", "--short") == " M a.txt"
