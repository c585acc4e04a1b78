"""Submodules come to what their parents record, and no commit of anybody is lost."""

from datetime import date

import pytest

from helpers.checkouts.sync_submodules import SyncOptions, sync_submodules
from helpers.model.checkouts.move_outcomes import MoveOutcome, MoveStatus
from helpers.model.errors import HelpersError
from helpers.system.process import run
from tests.builders import commit_all, git, write_files
from tests.scenes import Scene, branch, head

_TODAY = date(2026, 11, 21)


def _sync(scene: Scene, *wanted: str) -> dict[str, MoveOutcome]:
    return {one.path: one for one in sync_submodules(scene.root, wanted, SyncOptions(_TODAY))}


def _lib(scene: Scene) -> MoveOutcome:
    return _sync(scene)["my lib"]


def _take_record(scene: Scene) -> str:
    """The repo records a newer commit of the submodule, which is not checked out."""
    commit = scene.release_lib()
    git(scene.root, "-c", "submodule.recurse=false", "pull", "--quiet", "--ff-only",
        "--no-recurse-submodules")  # fmt: skip
    return commit


def test_what_is_in_place_stays_on_its_branch(scene: Scene) -> None:
    assert _sync(scene) == {
        "my lib": MoveOutcome.same("my lib", "at what is recorded on main"),
        "my lib/deep": MoveOutcome.same("my lib/deep", "at what is recorded on main"),
    }


def test_a_branch_goes_on_to_what_is_recorded(scene: Scene) -> None:
    commit = _take_record(scene)
    assert _lib(scene).status is MoveStatus.MOVED
    assert (head(scene.lib), branch(scene.lib)) == (commit, "main")


def test_a_detached_head_goes_on_to_what_is_recorded(scene: Scene) -> None:
    commit = _take_record(scene)
    git(scene.lib, "checkout", "--quiet", "--detach")
    assert _lib(scene).status is MoveStatus.MOVED
    assert (head(scene.lib), branch(scene.lib)) == (commit, "")


def test_commits_that_no_branch_has_are_kept_by_a_new_one(scene: Scene) -> None:
    commit = _take_record(scene)
    git(scene.lib, "checkout", "--quiet", "--detach")
    mine = commit_all(scene.lib, "Mine")
    name = f"helpers/kept-2026-11-21-{mine[:12]}"
    told = _lib(scene)
    assert told.status is MoveStatus.MOVED
    assert told.what.endswith(f"; {name} keeps what no branch had")
    assert (head(scene.lib), git(scene.lib, "rev-parse", name)) == (commit, mine)


def test_commits_that_a_branch_has_need_no_new_one(scene: Scene) -> None:
    _take_record(scene)
    mine = commit_all(scene.lib, "Mine")
    git(scene.lib, "checkout", "--quiet", "--detach")
    assert "kept" not in _lib(scene).what
    assert git(scene.lib, "for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
    assert git(scene.lib, "rev-parse", "main") == mine


def test_a_branch_with_other_commits_keeps_them(scene: Scene) -> None:
    commit = _take_record(scene)
    mine = commit_all(scene.lib, "Mine")
    told = _lib(scene)
    assert (told.status, told.what) == (
        MoveStatus.MOVED,
        f"detached: {mine[:12]}..{commit[:12]}; main keeps what it has",
    )
    assert (head(scene.lib), git(scene.lib, "rev-parse", "main")) == (commit, mine)


def test_changed_files_are_named_and_stay(scene: Scene) -> None:
    _take_record(scene)
    mine = commit_all(scene.lib, "Mine")
    write_files(scene.lib, {"lib.txt": "changed\n", "new.txt": ""})
    git(scene.lib, "add", "new.txt")
    told = _lib(scene)
    assert (told.status, told.what) == (
        MoveStatus.REFUSED,
        "changed files are in the way: lib.txt, new.txt",
    )
    assert told.fix == "git -C 'my lib' stash"
    assert head(scene.lib) == mine


def test_an_ignored_file_is_not_written_over_by_what_is_recorded(scene: Scene) -> None:
    write_files(scene.theirs("lib"), {"a.secret": "theirs"})
    git(scene.theirs("lib"), "add", "--force", "a.secret")
    _take_record(scene)
    commit_all(scene.lib, "Mine")
    write_files(scene.lib, {"a.secret": "mine"})
    assert _lib(scene).what == "untracked files are in the way: a.secret"
    assert (scene.lib / "a.secret").read_text() == "mine"


def test_what_is_missing_is_checked_out_with_all_inside(scene: Scene) -> None:
    git(scene.root, "submodule", "--quiet", "deinit", "--force", "my lib")
    told = _sync(scene)
    assert {path: one.status for path, one in told.items()} == {
        "my lib": MoveStatus.MOVED,
        "my lib/deep": MoveStatus.MOVED,
    }
    assert (scene.deep / "deep.txt").is_file()


def test_files_in_the_place_of_a_missing_submodule_stay(scene: Scene) -> None:
    git(scene.root, "submodule", "--quiet", "deinit", "my lib")
    write_files(scene.root, {"my lib/lib.txt": "mine"})
    told = _lib(scene)
    assert (told.status, told.what) == (MoveStatus.REFUSED, "files are where it belongs: lib.txt")
    assert (scene.lib / "lib.txt").read_text() == "mine"


def test_staged_files_of_an_earlier_checkout_are_not_thrown_away(scene: Scene) -> None:
    write_files(scene.lib, {"staged.txt": "mine"})
    git(scene.lib, "add", "staged.txt")
    scene.lib.rename(scene.folder / "moved away")
    told = _lib(scene)
    assert (told.status, told.what) == (
        MoveStatus.REFUSED,
        "an earlier checkout left staged files: staged.txt",
    )
    assert not list(scene.root.glob("my lib/*"))


def test_commits_of_an_earlier_checkout_are_kept_by_a_branch(scene: Scene) -> None:
    git(scene.lib, "checkout", "--quiet", "--detach")
    mine = commit_all(scene.lib, "Mine")
    scene.lib.rename(scene.folder / "moved away")
    assert _lib(scene).what.endswith("keeps what no branch had")
    assert git(scene.lib, "rev-parse", f"helpers/kept-2026-11-21-{mine[:12]}") == mine


def test_a_failed_clone_leaves_nothing_half(scene: Scene) -> None:
    git(scene.root, "submodule", "--quiet", "deinit", "--force", "my lib")
    (scene.root / ".git" / "modules" / "my lib").rename(scene.folder / "unused")
    scene.remote("lib").rename(scene.remote("gone"))
    assert _lib(scene).status is MoveStatus.FAILED
    scene.remote("gone").rename(scene.remote("lib"))
    assert _lib(scene).status is MoveStatus.MOVED


def test_a_new_address_is_taken_over(scene: Scene) -> None:
    scene.remote("lib").rename(scene.remote("renamed"))
    git(scene.root, "config", "--file", ".gitmodules", "submodule.my lib.url", "../renamed.git")
    _sync(scene)
    assert git(scene.lib, "remote", "get-url", "origin") == str(scene.remote("renamed"))


def test_a_recorded_commit_that_nobody_pushed_is_told(scene: Scene) -> None:
    git(scene.root, "update-index", "--cacheinfo", f"160000,{'1' * 40},my lib")
    told = _lib(scene)
    assert told.status is MoveStatus.FAILED
    assert told.what.startswith("it does not have 111111111111, which its parent records: ")


def test_a_commit_that_no_branch_of_the_remote_has_is_fetched(scene: Scene) -> None:
    git(scene.remote("lib"), "config", "uploadpack.allowAnySHA1InWant", "true")
    commit = scene.release_lib()
    git(scene.remote("lib"), "update-ref", "refs/heads/main", f"{commit}~1")
    git(scene.root, "pull", "--quiet", "--ff-only", "--no-recurse-submodules")
    assert _lib(scene).status is MoveStatus.MOVED
    assert head(scene.lib) == commit


def test_a_parent_in_conflict_over_a_submodule_is_left_alone(scene: Scene) -> None:
    old, new = head(scene.lib), scene.release("lib")
    entries = f"160000 {old} 1\tmy lib\n160000 {new} 2\tmy lib\n160000 {old} 3\tmy lib\n"
    git(scene.root, "rm", "--quiet", "--cached", "my lib")
    run(["git", "update-index", "--index-info"], cwd=scene.root, stdin=entries)
    assert _lib(scene).status is MoveStatus.REFUSED
    assert head(scene.lib) == old


def test_an_unknown_submodule_is_told_with_those_that_are(scene: Scene) -> None:
    with pytest.raises(HelpersError) as caught:
        _sync(scene, "nope")
    assert caught.value.what == "there is no submodule 'nope'"
    assert "my lib, my lib/deep" in caught.value.where


def test_only_what_is_named_is_brought(scene: Scene) -> None:
    _take_record(scene)
    assert list(_sync(scene, "my lib/deep")) == ["my lib/deep"]


def test_a_submodule_that_gitmodules_does_not_declare_is_told_apart(scene: Scene) -> None:
    git(scene.root, "config", "--file", ".gitmodules", "--remove-section", "submodule.my lib")
    assert _lib(scene).status is MoveStatus.SAME
    scene.lib.rename(scene.folder / "away")
    told = _lib(scene)
    assert (told.status, told.what) == (
        MoveStatus.REFUSED,
        ".gitmodules does not say where it comes from",
    )


def test_a_dry_run_moves_nothing(scene: Scene) -> None:
    target = _take_record(scene)
    git(scene.lib, "checkout", "--quiet", "--detach")
    mine = commit_all(scene.lib, "Mine")
    git(scene.lib, "submodule", "--quiet", "deinit", "deep")
    told = sync_submodules(scene.root, (), SyncOptions(_TODAY, dry_run=True))
    assert [(one.path, one.status, one.what) for one in told] == [
        (
            "my lib",
            MoveStatus.LEFT,
            f"would be detached: {mine[:12]}..{target[:12]}; no commit is lost",
        ),
        ("my lib/deep", MoveStatus.LEFT, f"would be checked out at {_deep(scene)[:12]}"),
    ]
    assert head(scene.lib) == mine
    assert git(scene.lib, "for-each-ref", "refs/heads/helpers") == ""


def _deep(scene: Scene) -> str:
    return git(scene.lib, "rev-parse", "HEAD:deep")
