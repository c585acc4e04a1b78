"""How checkouts stand, read from real repos in every state that git knows."""

from pathlib import Path

import pytest

from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.model.checkouts.state import CheckoutState, Operation, Relation, Uncommitted
from tests.builders import add_submodule, commit_all, git, make_repo, write_files
from tests.nested_repos import copy_repos


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_repo(folder / "work", {"a.txt": "one\n"})
    git(folder, "clone", "--quiet", "--bare", "work", "lib.git")
    git(make_repo(folder / "outer").root, "submodule", "--quiet", "add", "../lib.git", "lib")
    commit_all(folder / "outer")
    return folder


@pytest.fixture
def outer(made: Path, tmp_path: Path) -> Path:
    """A repo with a submodule `lib`, whose remote is a bare repo."""
    copy_repos(made, tmp_path)
    return tmp_path / "outer"


def _read(root: Path) -> dict[str, CheckoutState]:
    return {state.path: state for state in read_checkouts(root)}


def _lib(root: Path) -> CheckoutState:
    return _read(root)["lib"]


def _relation(state: CheckoutState) -> tuple[Relation, int, int]:
    assert state.recorded is not None
    return state.recorded.relation, state.recorded.ahead, state.recorded.behind


def test_a_clean_submodule_is_the_same_as_recorded(outer: Path) -> None:
    found = _lib(outer)
    commit = git(outer / "lib", "rev-parse", "HEAD")
    assert (found.branch, found.upstream, found.commit) == ("main", "origin/main", commit)
    assert (found.ahead, found.behind, found.unpushed, found.parent) == (0, 0, 0, ".")
    assert found.recorded is not None
    assert (found.recorded.commit, found.recorded.committed) == (commit, commit)
    assert _relation(found) == (Relation.SAME, 0, 0)
    assert not found.work.is_dirty


def test_the_outermost_is_first_and_has_no_parent(outer: Path) -> None:
    found = read_checkouts(outer)
    assert [state.path for state in found] == [".", "lib"]
    assert found[0].is_outermost
    assert found[0].recorded is None


def test_what_is_not_committed_is_counted_by_kind(outer: Path) -> None:
    lib = outer / "lib"
    write_files(lib, {"stashed.txt": "s"})
    git(lib, "stash", "--quiet", "--include-untracked")
    write_files(lib, {"a.txt": "changed\n", "new one.txt": "", "other.txt": "", "in.txt": ""})
    git(lib, "add", "in.txt")
    assert _lib(outer).work == Uncommitted(staged=1, changed=1, untracked=2, stashes=1)


def test_the_parent_is_not_dirty_because_a_submodule_moved(outer: Path) -> None:
    commit_all(outer / "lib")
    write_files(outer / "lib", {"more": ""})
    assert not _read(outer)["."].work.is_dirty


def test_a_newer_commit_than_recorded_is_ahead_and_unpushed(outer: Path) -> None:
    commit_all(outer / "lib")
    found = _lib(outer)
    assert _relation(found) == (Relation.AHEAD, 1, 0)
    assert (found.ahead, found.unpushed, found.push_to, found.is_stray) == (1, 1, "origin", False)


def test_an_older_commit_than_recorded_is_behind(outer: Path) -> None:
    commit_all(outer / "lib")
    commit_all(outer)
    git(outer / "lib", "reset", "--quiet", "--hard", "HEAD~1")
    assert _relation(_lib(outer)) == (Relation.BEHIND, 0, 1)


def test_a_recorded_commit_that_is_neither_checked_out_nor_pushed_is_told(outer: Path) -> None:
    commit_all(outer / "lib")
    commit_all(outer)
    git(outer / "lib", "reset", "--quiet", "--hard", "HEAD~1")
    recorded = _lib(outer).recorded
    assert recorded is not None
    assert recorded.unpushed == 1
    git(outer / "lib", "push", "--quiet", "origin", f"{recorded.commit}:refs/heads/kept")
    recorded = _lib(outer).recorded
    assert recorded is not None
    assert recorded.unpushed == 0


def test_another_line_of_commits_than_recorded_has_diverged(outer: Path) -> None:
    commit_all(outer / "lib")
    commit_all(outer)
    git(outer / "lib", "reset", "--quiet", "--hard", "HEAD~1")
    write_files(outer / "lib", {"b.txt": ""})
    commit_all(outer / "lib")
    commit_all(outer / "lib")
    assert _relation(_lib(outer)) == (Relation.DIVERGED, 2, 1)


def test_a_recorded_commit_that_is_not_there_is_unknown(outer: Path) -> None:
    git(outer, "update-index", "--cacheinfo", f"160000,{'1' * 40},lib")
    found = _lib(outer)
    assert _relation(found) == (Relation.UNKNOWN, 0, 0)
    assert found.recorded is not None
    assert found.recorded.is_staged
    assert found.recorded.committed == found.commit


def test_what_is_staged_for_a_submodule_is_told_apart_from_what_is_committed(outer: Path) -> None:
    before = git(outer / "lib", "rev-parse", "HEAD")
    after = commit_all(outer / "lib")
    git(outer, "add", "lib")
    recorded = _lib(outer).recorded
    assert recorded is not None
    assert (recorded.commit, recorded.committed, recorded.is_staged) == (after, before, True)
    assert recorded.relation is Relation.SAME


def test_a_submodule_that_is_new_in_the_index_was_never_committed(outer: Path) -> None:
    git(outer, "submodule", "--quiet", "add", str(outer.parent / "lib.git"), "second")
    recorded = _read(outer)["second"].recorded
    assert recorded is not None
    assert (recorded.committed, recorded.is_staged) == ("", True)


def test_a_detached_commit_that_a_remote_has_is_not_unpushed(outer: Path) -> None:
    git(outer / "lib", "checkout", "--quiet", "--detach")
    found = _lib(outer)
    assert (found.is_detached, found.branch, found.unpushed) == (True, "", 0)
    assert not found.is_stray


def test_a_detached_commit_of_no_branch_is_stray(outer: Path) -> None:
    git(outer / "lib", "checkout", "--quiet", "--detach")
    commit_all(outer / "lib")
    found = _lib(outer)
    assert (found.is_stray, found.unpushed) == (True, 1)
    git(outer / "lib", "branch", "kept")
    assert not _lib(outer).is_stray


@pytest.mark.parametrize("packed", [False, True])
def test_what_a_branch_of_a_remote_was_at_once_is_unpushed(outer: Path, packed: bool) -> None:
    lib = outer / "lib"
    git(lib, "update-ref", "refs/remotes/origin/topic", commit_all(lib))
    if packed:
        git(lib, "pack-refs", "--all")
    assert _lib(outer).unpushed == 0
    git(lib, "update-ref", "refs/remotes/origin/topic", "HEAD~1")
    assert _lib(outer).unpushed == 1
    git(lib, "update-ref", "-d", "refs/remotes/origin/topic")
    assert _lib(outer).unpushed == 1


def test_an_unborn_branch_has_no_commit(tmp_path: Path) -> None:
    make_repo(tmp_path, commit=False)
    (found,) = read_checkouts(tmp_path)
    assert (found.commit, found.branch, found.is_unborn) == ("", "main", True)
    assert not found.is_detached


def test_a_submodule_that_is_not_checked_out_is_missing(outer: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(outer), "clone")
    found = _lib(tmp_path / "clone")
    assert (found.missing, found.url) == (True, "../lib.git")
    assert found.recorded is not None
    assert found.recorded.commit == git(outer / "lib", "rev-parse", "HEAD")
    assert not found.is_detached
    assert not found.is_unborn


def test_a_submodule_whose_folder_was_removed_is_missing(outer: Path) -> None:
    git(outer, "submodule", "--quiet", "deinit", "--force", "lib")
    (outer / "lib").rmdir()
    assert _lib(outer).missing


def test_a_submodule_whose_git_folder_is_gone_says_so(outer: Path) -> None:
    (outer / "lib" / ".git").write_text("gitdir: ../.git/modules/gone\n")
    found = _lib(outer)
    assert "not a git repository" in found.fault
    assert not found.is_readable


def test_a_submodule_whose_newest_commit_is_lost_says_so(outer: Path) -> None:
    git_folder = outer / ".git" / "modules" / "lib"
    (git_folder / "refs" / "heads" / "main").write_text(f"{'1' * 40}\n")
    assert _lib(outer).fault


def test_a_shallow_checkout_is_told(outer: Path, tmp_path: Path) -> None:
    commit_all(tmp_path / "work")
    git(tmp_path / "work", "push", "--quiet", str(tmp_path / "lib.git"), "main")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tmp_path}/lib.git", "shallow")
    assert read_checkouts(tmp_path / "shallow")[0].shallow
    assert not _lib(outer).shallow


def test_a_linked_worktree_and_its_submodules_are_read(outer: Path, tmp_path: Path) -> None:
    tree = tmp_path / "linked tree"
    git(outer, "worktree", "add", "--quiet", "-b", "linked", str(tree))
    assert _lib(tree).missing
    git(tree, "submodule", "--quiet", "update", "--init")
    found = _read(tree)
    assert found["."].branch == "linked"
    assert found["lib"].is_detached
    assert _relation(found["lib"]) == (Relation.SAME, 0, 0)


def test_a_branch_that_left_its_upstream_is_ahead_and_behind(outer: Path, tmp_path: Path) -> None:
    commit_all(tmp_path / "work")
    git(tmp_path / "work", "push", "--quiet", str(tmp_path / "lib.git"), "main")
    write_files(outer / "lib", {"own": ""})
    commit_all(outer / "lib")
    git(outer / "lib", "fetch", "--quiet")
    assert (_lib(outer).ahead, _lib(outer).behind) == (1, 1)


def test_an_upstream_that_is_gone_is_told(outer: Path) -> None:
    git(outer / "lib", "update-ref", "-d", "refs/remotes/origin/main")
    git(outer / "lib", "symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    found = _lib(outer)
    assert (found.upstream, found.upstream_gone, found.unpushed) == ("origin/main", True, 1)


@pytest.mark.parametrize("name", ["a space", "ümläut", "libs/deep/in it", "a*[b]"])
def test_submodules_at_any_path_are_read(outer: Path, name: str, tmp_path: Path) -> None:
    git(outer, "submodule", "--quiet", "add", str(tmp_path / "lib.git"), f"./{name}")
    commit_all(outer)
    found = _read(outer)[name]
    assert found.url == str(tmp_path / "lib.git")
    assert _relation(found) == (Relation.SAME, 0, 0)


def test_repos_with_long_ids_are_read(tmp_path: Path) -> None:
    for name in ("inner", "root"):
        git(tmp_path, "init", "--quiet", "--object-format=sha256", name)
        commit_all(tmp_path / name)
    add_submodule(tmp_path / "root", "lib", tmp_path / "inner")
    found = _lib(tmp_path / "root")
    assert len(found.commit) == 64
    assert _relation(found) == (Relation.SAME, 0, 0)


def test_submodules_of_submodules_are_read_with_their_parents(outer: Path, tmp_path: Path) -> None:
    top = make_repo(tmp_path / "top").root
    add_submodule(top, "mid dle", outer)
    git(top, "submodule", "--quiet", "update", "--init", "--recursive")
    found = _read(top)
    assert list(found) == [".", "mid dle", "mid dle/lib"]
    assert (found["mid dle/lib"].parent, found["mid dle/lib"].name) == ("mid dle", "lib")
    assert found["mid dle/lib"].recorded is not None


def test_a_repo_that_was_added_without_declaring_it_is_told(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "root").root
    make_repo(root / "stray")
    git(root, "add", "stray")
    found = _read(root)["stray"]
    assert (found.url, found.missing) == ("", False)


def test_a_gitmodules_that_cannot_be_read_is_told(outer: Path) -> None:
    write_files(outer, {".gitmodules": "<<<<<<< HEAD\n[submodule\n"})
    found = _read(outer)
    assert "bad config" in found["."].modules_fault
    assert found["lib"].commit


def _conflict(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "other")
    write_files(root, {"a.txt": "theirs\n"})
    commit_all(root)
    git(root, "switch", "--quiet", "main")
    write_files(root, {"a.txt": "ours\n"})
    commit_all(root)


@pytest.mark.parametrize(
    ("command", "operation"),
    [
        (("merge", "other"), Operation.MERGE),
        (("rebase", "other"), Operation.REBASE),
        (("cherry-pick", "other"), Operation.CHERRY_PICK),
    ],
)
def test_an_operation_that_stopped_half_way_is_told(
    outer: Path, command: tuple[str, ...], operation: Operation
) -> None:
    _conflict(outer / "lib")
    with pytest.raises(Exception, match="failed with status 1"):
        git(outer / "lib", *command)
    found = _lib(outer)
    assert (found.operation, found.work.conflicted) == (operation, 1)


def test_bisecting_and_reverting_are_told(outer: Path) -> None:
    git(outer / "lib", "bisect", "start")
    assert _lib(outer).operation is Operation.BISECT
    git(outer / "lib", "bisect", "reset")
    commit = commit_all(outer / "lib")
    git(outer / "lib", "update-ref", "REVERT_HEAD", commit)
    assert _lib(outer).operation is Operation.REVERT


def test_a_merge_in_conflict_over_a_submodule_is_told(outer: Path) -> None:
    git(outer, "switch", "--quiet", "--create", "other")
    commit_all(outer / "lib")
    commit_all(outer)
    git(outer, "switch", "--quiet", "main")
    git(outer / "lib", "reset", "--quiet", "--hard", "HEAD~1")
    write_files(outer / "lib", {"b.txt": ""})
    commit_all(outer / "lib")
    commit_all(outer)
    with pytest.raises(Exception, match="failed with status 1"):
        git(outer, "merge", "other")
    found = _lib(outer)
    assert _relation(found) == (Relation.CONFLICT, 0, 0)
    assert found.recorded is not None
    assert not found.recorded.is_staged
