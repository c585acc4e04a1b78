"""Real pushes of real repos, let through or refused by the hook."""

import shutil
import sys
from pathlib import Path

import pytest

from helpers.checkouts.hooks import HookAction, carry_out, plan_install
from helpers.model.repo import Repo
from helpers.model.settings.config import parse_repo_config
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessError
from tests.builders import add_submodule, commit_all, git, make_repo, write_files
from tests.nested_repos import copy_top, make_top, publish

pytestmark = pytest.mark.slow


def _install(root: Path, toolchain: Path = TOOLCHAIN_ROOT) -> Repo:
    repo = Repo(root, toolchain, parse_repo_config("name: demo\n", "repo_config.yaml"))
    carry_out(plan_install(repo))
    return repo


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_top(folder)
    return folder


@pytest.fixture
def top(made: Path, tmp_path: Path) -> Path:
    """A clone of a repo that has `mid dle`, which has `leaf`; all follow `main` of a bare repo."""
    return copy_top(made, tmp_path)


@pytest.fixture(autouse=True)
def _hooks(top: Path) -> None:
    _install(top)


def _work(folder: Path) -> str:
    write_files(folder, {"work.txt": f"{len(list(folder.iterdir()))}{folder}\n"})
    return commit_all(folder)


def _refused(root: Path, *push: str) -> str:
    with pytest.raises(ProcessError) as caught:
        git(root, "push", "--quiet", *(push or ("origin", "main")))
    return "\n".join(caught.value.last_lines)


def _has(remote: Path, commit: str) -> bool:
    try:
        return git(remote, "rev-parse", "main") == commit
    except ProcessError:
        return False


def test_what_changes_no_submodule_is_pushed(top: Path, tmp_path: Path) -> None:
    commit = _work(top)
    git(top, "push", "--quiet", "origin", "main")
    assert _has(tmp_path / "top.git", commit)


def test_a_commit_that_the_submodules_remote_lacks_is_refused(top: Path, tmp_path: Path) -> None:
    inner = _work(top / "mid dle")
    commit = commit_all(top)
    said = _refused(top)
    assert f"mid dle {inner[:12]}, recorded by {commit[:12]}: origin does not have it" in said
    assert "git -C 'mid dle' push origin main" in said
    assert not _has(tmp_path / "top.git", commit)
    git(top / "mid dle", "push", "--quiet", "origin", "main")
    git(top, "push", "--quiet", "origin", "main")
    assert _has(tmp_path / "top.git", commit)


def test_no_verify_pushes_all_the_same(top: Path, tmp_path: Path) -> None:
    _work(top / "mid dle")
    commit = commit_all(top)
    git(top, "push", "--quiet", "--no-verify", "origin", "main")
    assert _has(tmp_path / "top.git", commit)


def test_what_an_older_commit_of_the_push_records_counts(top: Path) -> None:
    first = _work(top / "mid dle")
    commit_all(top)
    git(top / "mid dle", "reset", "--quiet", "--hard", "HEAD~1")
    commit_all(top)
    said = _refused(top)
    assert first[:12] in said
    assert "no branch here has it" in said


def test_detached_work_that_no_branch_has_is_named(top: Path) -> None:
    git(top / "mid dle", "checkout", "--quiet", "--detach")
    _work(top / "mid dle")
    commit_all(top)
    said = _refused(top)
    assert "no branch here has it" in said
    assert "git -C 'mid dle' push origin HEAD:refs/heads/NAME" in said


def test_detached_work_that_a_branch_of_the_remote_has_is_pushed(top: Path) -> None:
    git(top / "mid dle", "checkout", "--quiet", "--detach")
    _work(top / "mid dle")
    git(top / "mid dle", "push", "--quiet", "origin", "HEAD:refs/heads/topic")
    commit_all(top)
    git(top, "push", "--quiet", "origin", "main")


def test_a_commit_that_only_a_tag_of_the_remote_has_is_there(top: Path) -> None:
    git(top / "mid dle", "checkout", "--quiet", "--detach")
    _work(top / "mid dle")
    git(top / "mid dle", "tag", "--annotate", "--message", "one", "v1")
    git(top / "mid dle", "push", "--quiet", "origin", "v1")
    commit_all(top)
    git(top, "push", "--quiet", "origin", "main")


def test_a_tag_that_was_not_pushed_is_not_enough(top: Path) -> None:
    git(top / "mid dle", "checkout", "--quiet", "--detach")
    _work(top / "mid dle")
    git(top / "mid dle", "tag", "v1")
    commit_all(top)
    assert "origin does not have it" in _refused(top)


def test_what_was_pushed_from_elsewhere_is_asked_of_the_remote(top: Path, tmp_path: Path) -> None:
    _work(top / "mid dle")
    # The address instead of the name: nothing is noted in the submodule.
    git(top / "mid dle", "push", "--quiet", str(tmp_path / "mid.git"), "main")
    git(top / "mid dle", "update-ref", "refs/remotes/origin/main", "main~1")
    git(tmp_path, "clone", "--quiet", "mid.git", "other")
    _work(tmp_path / "other")
    git(tmp_path / "other", "push", "--quiet", "origin", "main")
    commit_all(top)
    git(top, "push", "--quiet", "origin", "main")


def test_a_remote_that_cannot_be_asked_refuses_the_push(top: Path, tmp_path: Path) -> None:
    _work(top / "mid dle")
    commit_all(top)
    (tmp_path / "mid.git").rename(tmp_path / "gone.git")
    said = _refused(top)
    assert "mid dle: its remote failed:" in said
    assert "git -C 'mid dle' fetch origin" in said


def test_a_fork_that_has_it_is_not_the_remote_that_others_know(top: Path, tmp_path: Path) -> None:
    inner = top / "mid dle"
    git(tmp_path, "clone", "--quiet", "--bare", "mid.git", "fork.git")
    git(inner, "remote", "rename", "origin", "upstream")
    git(inner, "remote", "add", "origin", str(tmp_path / "fork.git"))
    _work(inner)
    git(inner, "push", "--quiet", "origin", "main")
    commit_all(top)
    assert "upstream does not have it" in _refused(top)
    git(inner, "push", "--quiet", "upstream", "main")
    git(top, "push", "--quiet", "origin", "main")


def test_what_a_submodule_records_in_its_turn_is_looked_at(top: Path, tmp_path: Path) -> None:
    leaf = _work(top / "mid dle" / "leaf")
    commit_all(top / "mid dle")
    git(top / "mid dle", "push", "--quiet", "--no-verify", "origin", "main")
    commit_all(top)
    said = _refused(top)
    assert f"mid dle/leaf {leaf[:12]}, recorded by" in said
    assert "git -C 'mid dle/leaf' push origin main" in said
    git(top / "mid dle" / "leaf", "push", "--quiet", "origin", "main")
    git(top, "push", "--quiet", "origin", "main")


def test_the_hook_of_a_submodule_guards_what_it_records(top: Path, tmp_path: Path) -> None:
    _work(top / "mid dle" / "leaf")
    commit = commit_all(top / "mid dle")
    assert "leaf" in _refused(top / "mid dle")
    assert not _has(tmp_path / "mid.git", commit)


def test_a_submodule_that_is_not_checked_out_is_asked_for(top: Path, tmp_path: Path) -> None:
    inner = _work(top / "mid dle")
    git(top / "mid dle", "push", "--quiet", "origin", "main")
    commit_all(top)
    git(tmp_path, "clone", "--quiet", str(tmp_path / "top.git"), "bare_clone")
    clone = tmp_path / "bare_clone"
    _install(clone)
    git(clone, "pull", "--quiet", str(top), "main")
    git(clone, "push", "--quiet", "origin", "main")
    git(clone, "update-index", "--cacheinfo", f"160000,{'1' * 40},mid dle")
    git(clone, "commit", "--quiet", "--message", "Lost")
    said = _refused(clone)
    assert "mid dle is not checked out" in said
    assert f"{'1' * 12}, recorded by" in said
    assert inner[:12] not in said


def test_a_submodule_whose_folder_was_removed_is_looked_up_where_git_keeps_it(top: Path) -> None:
    inner = _work(top / "mid dle")
    commit_all(top)
    git(top, "submodule", "--quiet", "deinit", "--force", "mid dle")
    said = _refused(top)
    assert inner[:12] in said
    assert "git submodule update --init -- 'mid dle' && git -C 'mid dle' push origin main" in said


def test_a_shallow_submodule_is_asked_for_what_it_does_not_see(top: Path, tmp_path: Path) -> None:
    older = git(top / "mid dle", "rev-parse", "HEAD~1")
    git(top, "update-index", "--cacheinfo", f"160000,{older},mid dle")
    git(top, "commit", "--quiet", "--message", "Go back")
    git(tmp_path, "clone", "--quiet", str(tmp_path / "top.git"), "flat")
    flat = tmp_path / "flat"
    mid = (tmp_path / "mid.git").as_uri()
    git(flat, "config", "submodule.mid dle.url", mid)
    git(flat, "submodule", "--quiet", "update", "--init", "--depth", "1")
    _install(flat)
    git(flat, "pull", "--quiet", "--no-recurse-submodules", str(top), "main")
    git(flat, "push", "--quiet", "origin", "main")


def test_a_repo_that_nobody_declared_is_refused(top: Path) -> None:
    make_repo(top / "stray")
    git(top, "-c", "advice.addEmbeddedRepo=false", "add", "stray")
    git(top, "commit", "--quiet", "--message", "Stray")
    said = _refused(top)
    assert ".gitmodules does not say where it comes from" in said
    assert "git submodule add --force URL stray" in said


def test_a_submodule_without_a_remote_is_asked_for_by_its_address(
    top: Path, tmp_path: Path
) -> None:
    git(top / "mid dle", "remote", "remove", "origin")
    _work(top / "mid dle")
    commit_all(top)
    assert f"git -C 'mid dle' push {tmp_path / 'mid.git'} main" in _refused(top)
    git(top / "mid dle", "push", "--quiet", str(tmp_path / "mid.git"), "main")
    git(top, "push", "--quiet", "origin", "main")


def test_branches_tags_and_removals_in_one_push(top: Path, tmp_path: Path) -> None:
    git(top, "push", "--quiet", "origin", "main:old", "main:other")
    git(top, "tag", "--annotate", "--message", "good", "good")
    git(top, "push", "--quiet", "origin", "good", ":old", "main:new")
    inner = _work(top / "mid dle")
    commit_all(top)
    git(top, "tag", "--annotate", "--message", "bad", "bad")
    git(top, "reset", "--quiet", "--hard", "HEAD~1")
    said = _refused(top, "origin", ":other", "bad", "main:newer")
    assert inner[:12] in said
    assert git(tmp_path / "top.git", "for-each-ref", "--format=%(refname)").split() == [
        "refs/heads/main",
        "refs/heads/new",
        "refs/heads/other",
        "refs/tags/good",
    ]


def test_a_tag_of_something_that_is_no_commit_is_pushed(top: Path) -> None:
    git(top, "tag", "tree", "HEAD^{tree}")
    git(top, "push", "--quiet", "origin", "tree")


def test_what_a_merge_brings_that_the_remote_has_is_not_asked_again(top: Path) -> None:
    git(top, "switch", "--quiet", "--create", "topic")
    _work(top / "mid dle")
    commit_all(top)
    git(top, "push", "--quiet", "--no-verify", "origin", "topic")
    git(top, "switch", "--quiet", "main")
    git(top, "submodule", "--quiet", "update")
    _work(top)
    git(top, "merge", "--quiet", "--no-ff", "--message", "Merge", "topic")
    git(top, "push", "--quiet", "origin", "main")


def test_a_push_by_address_counts_what_any_remote_has_as_known(top: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "second.git")
    git(top, "push", "--quiet", str(tmp_path / "second.git"), "main")
    _work(top / "mid dle")
    commit_all(top)
    assert "origin does not have it" in _refused(top, str(tmp_path / "second.git"), "main")


def test_a_push_from_a_linked_worktree_is_guarded(top: Path, tmp_path: Path) -> None:
    tree = tmp_path / "linked tree"
    git(top, "worktree", "add", "--quiet", "-b", "linked", str(tree))
    git(tree, "submodule", "--quiet", "update", "--init")
    inner = _work(tree / "mid dle")
    commit_all(tree)
    assert inner[:12] in _refused(tree, "origin", "linked")
    git(tree / "mid dle", "push", "--quiet", "origin", "HEAD:refs/heads/linked")
    git(tree, "push", "--quiet", "origin", "linked")


def test_a_push_from_a_folder_inside_is_guarded(top: Path) -> None:
    _work(top / "mid dle")
    write_files(top, {"in/side.txt": ""})
    commit_all(top)
    assert "origin does not have it" in _refused(top / "in")


def test_repos_with_long_ids_are_guarded(tmp_path: Path) -> None:
    for name in ("inner", "root"):
        git(tmp_path, "init", "--quiet", "--object-format=sha256", name)
        commit_all(tmp_path / name)
    remote = publish(tmp_path / "inner", tmp_path / "inner.git")
    root = tmp_path / "root"
    write_files(root, {"repo_config.yaml": "name: demo\n"})
    add_submodule(root, "lib", remote)
    git(root, "remote", "add", "origin", str(publish(root, tmp_path / "root.git")))
    git(root, "fetch", "--quiet", "origin")
    _install(root)
    inner = _work(root / "lib")
    commit_all(root)
    assert inner[:12] in _refused(root)
    git(root, "submodule", "--quiet", "deinit", "--force", "lib")
    (root / ".git" / "modules" / "lib").rename(tmp_path / "away")
    assert "lib is not checked out" in _refused(root)


@pytest.fixture
def adopted(top: Path) -> Path:
    """The toolchain is at a path with a space inside the repo."""
    place = top / "tools here" / "helpers_root"
    place.parent.mkdir()
    place.symlink_to(TOOLCHAIN_ROOT)
    (top / ".git" / "info" / "exclude").write_text("tools here\n")
    plans = plan_install(_install(top, place))
    assert {plan.action for plan in plans} == {HookAction.KEEP}
    return place


def test_the_toolchain_is_found_inside_the_repo_and_from_its_submodules(
    top: Path, adopted: Path
) -> None:
    _work(top / "mid dle" / "leaf")
    commit_all(top / "mid dle")
    assert "leaf" in _refused(top / "mid dle")
    commit_all(top)
    assert "mid dle" in _refused(top)


def test_without_the_toolchain_git_checks_itself(top: Path, adopted: Path, tmp_path: Path) -> None:
    adopted.unlink()
    commit = _work(top)
    git(top, "push", "--quiet", "origin", "main", "HEAD@{0 days ago}:refs/heads/second")
    assert _has(tmp_path / "top.git", commit)
    git(top, "push", "--quiet", "origin", ":second")
    _work(top / "mid dle")
    bad = commit_all(top)
    said = _refused(top)
    assert "there is no toolchain at tools here/helpers_root" in said
    assert not _has(tmp_path / "top.git", bad)


def _with_pythons(folder: Path, **scripts: str) -> str:
    """A PATH on which git and what a shell needs is, and these instead of every Python."""
    folder.mkdir()
    for program in ("sh", "git", "cat", "dirname"):
        found = shutil.which(program)
        assert found
        (folder / program).symlink_to(found)
    for name, text in scripts.items():
        path = folder / name.replace("_", ".")
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    return str(folder)


def test_a_python_that_is_too_old_is_passed_over(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = f'exec {sys.executable} "$@"'
    path = _with_pythons(tmp_path / "two", python3="cat >/dev/null; exit 75", python3_12=newer)
    _work(top / "mid dle")
    commit_all(top)
    monkeypatch.setenv("PATH", path)
    assert "recorded by" in _refused(top)


def test_without_a_new_python_git_checks_itself(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _with_pythons(tmp_path / "old", python3="cat >/dev/null; exit 75")
    _work(top / "mid dle")
    commit_all(top)
    monkeypatch.setenv("PATH", path)
    said = _refused(top)
    assert "there is no Python 3.11 or newer" in said
    assert "recorded by" not in said
    git(top / "mid dle", "push", "--quiet", "--no-verify", "origin", "main")
    git(top, "push", "--quiet", "origin", "main")


def test_what_git_says_of_the_repo_is_not_taken_for_a_submodule(top: Path, tmp_path: Path) -> None:
    # One that has its own `.git` folder, as `git submodule add` leaves a clone that was there.
    git(top, "clone", "--quiet", str(tmp_path / "leaf.git"), "own")
    git(top, "submodule", "--quiet", "add", str(tmp_path / "leaf.git"), "own")
    inner = _work(top / "own")
    commit_all(top)
    push = (f"--git-dir={top / '.git'}", f"--work-tree={top}", "push", "--quiet", "origin", "main")
    with pytest.raises(ProcessError, match=f"own {inner[:12]}, recorded by"):
        git(top, *push)
    git(top / "own", "push", "--quiet", "--no-verify", "origin", "main")
    git(top, *push)


def test_another_submodule_at_the_same_path_is_not_asked(top: Path, tmp_path: Path) -> None:
    git(top, "switch", "--quiet", "--create", "old")
    git(top, "submodule", "--quiet", "add", "--name", "first", str(tmp_path / "leaf.git"), "lib")
    inner = _work(top / "lib")
    commit_all(top)
    git(top, "switch", "--quiet", "main")
    shutil.rmtree(top / "lib")
    git(top, "submodule", "--quiet", "add", "--name", "second", str(tmp_path / "mid.git"), "lib")
    commit_all(top)
    git(top, "push", "--quiet", "origin", "main")
    said = _refused(top, "origin", "old")
    assert f"lib {inner[:12]}" in said
    assert "it is not here either" not in said


def test_a_linked_worktree_uses_the_toolchain_of_the_main_one(
    top: Path, adopted: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "linked"
    git(top, "worktree", "add", "--quiet", "-b", "linked", str(tree))
    assert not (tree / "tools here").exists()
    git(tree, "submodule", "--quiet", "update", "--init")
    _work(tree / "mid dle")
    commit_all(tree)
    assert "recorded by" in _refused(tree, "origin", "linked")
