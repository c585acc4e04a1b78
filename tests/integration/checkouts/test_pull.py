"""Many checkouts follow their remotes at once, and nobody's work is lost."""

from datetime import date
from pathlib import Path

from helpers.checkouts.pull import fetch_everything, pull_everything
from helpers.checkouts.pull_submodules import pull_submodules
from helpers.model.checkouts.move_outcomes import MoveOutcome, MoveStatus
from helpers.system.process import run
from tests.builders import commit_all, git, make_repo, write_files
from tests.scenes import Scene, branch, head

_TODAY = date(2026, 11, 21)


def _pull(scene: Scene, *wanted: str) -> dict[str, MoveOutcome]:
    return {one.path: one for one in pull_submodules(scene.root, wanted)}


def _lib(scene: Scene) -> MoveOutcome:
    return _pull(scene)["my lib"]


def _pull_all(scene: Scene) -> dict[str, MoveOutcome]:
    return {one.path: one for one in pull_everything(scene.root, _TODAY)}


def test_a_submodule_follows_its_branch_and_says_by_how_much(scene: Scene) -> None:
    old = head(scene.lib)
    scene.release("lib")
    new = scene.release("lib")
    assert _lib(scene) == MoveOutcome.moved("my lib", f"main: {old[:12]}..{new[:12]}, 2 commits")
    assert (head(scene.lib), branch(scene.lib)) == (new, "main")


def test_submodules_inside_submodules_follow_too(scene: Scene) -> None:
    lib, deep = scene.release("lib"), scene.release("deep")
    assert {one.status for one in _pull(scene).values()} == {MoveStatus.MOVED}
    assert (head(scene.lib), head(scene.deep)) == (lib, deep)


def test_only_what_is_named_is_pulled(scene: Scene) -> None:
    old = head(scene.lib)
    scene.release("lib")
    deep = scene.release("deep")
    assert list(_pull(scene, "my lib/deep/")) == ["my lib/deep"]
    assert (head(scene.lib), head(scene.deep)) == (old, deep)


def test_files_that_are_not_committed_stay_where_nothing_touches_them(scene: Scene) -> None:
    write_files(scene.lib, {"repo_config.yaml": "name: mine\n", "staged.txt": "s", "new.txt": "n"})
    git(scene.lib, "add", "staged.txt")
    new = scene.release("lib")
    assert _lib(scene).status is MoveStatus.MOVED
    assert head(scene.lib) == new
    shown = git(scene.lib, "status", "--porcelain").splitlines()
    assert shown == [" M repo_config.yaml", "A  staged.txt", "?? new.txt"]


def test_a_changed_file_that_the_remote_changed_too_is_kept_and_named(scene: Scene) -> None:
    old = head(scene.lib)
    write_files(scene.lib, {"lib.txt": "mine\n"})
    scene.release("lib")
    told = _lib(scene)
    assert (told.status, told.what) == (MoveStatus.REFUSED, "changed files are in the way: lib.txt")
    assert told.fix == "git -C 'my lib' stash"
    assert (head(scene.lib), (scene.lib / "lib.txt").read_text()) == (old, "mine\n")


def test_an_untracked_file_that_the_remote_has_is_kept_and_the_fix_works(scene: Scene) -> None:
    write_files(scene.lib, {"fresh one.txt": "mine"})
    scene.release("lib", {"fresh one.txt": "theirs"})
    told = _lib(scene)
    assert (told.status, told.what) == (
        MoveStatus.REFUSED,
        "untracked files are in the way: fresh one.txt",
    )
    assert (scene.lib / "fresh one.txt").read_text() == "mine"
    git(scene.lib, "stash", "push", "--all", "--", "fresh one.txt")
    assert _lib(scene).status is MoveStatus.MOVED


def test_an_ignored_file_that_the_remote_has_is_kept(scene: Scene) -> None:
    write_files(scene.lib, {"a.secret": "mine"})
    write_files(scene.theirs("lib"), {"a.secret": "theirs"})
    git(scene.theirs("lib"), "add", "--force", "a.secret")
    scene.release("lib")
    assert _lib(scene).what == "untracked files are in the way: a.secret"
    assert (scene.lib / "a.secret").read_text() == "mine"


def test_a_folder_of_untracked_files_is_kept_where_the_remote_has_a_file(scene: Scene) -> None:
    write_files(scene.lib, {"notes/mine.txt": "mine"})
    scene.release("lib", {"notes": "theirs"})
    assert _lib(scene).status is MoveStatus.REFUSED
    assert (scene.lib / "notes" / "mine.txt").read_text() == "mine"


def test_settings_of_the_user_do_not_stash_or_rebase(scene: Scene) -> None:
    for key, value in {
        "merge.autoStash": "true",
        "pull.rebase": "true",
        "merge.ff": "false",
    }.items():
        git(scene.lib, "config", key, value)
    write_files(scene.lib, {"lib.txt": "mine\n"})
    scene.release("lib")
    assert _lib(scene).status is MoveStatus.REFUSED
    assert git(scene.lib, "stash", "list") == ""


def test_diverged_branches_are_refused_with_the_command(scene: Scene) -> None:
    mine = commit_all(scene.lib)
    scene.release("lib")
    told = _lib(scene)
    assert told.what == "main and origin/main have diverged: 1 commit not pushed, 1 new"
    assert (told.status, told.fix) == (MoveStatus.REFUSED, "git -C 'my lib' rebase origin/main")
    assert head(scene.lib) == mine


def test_commits_that_are_not_pushed_are_told_and_stay(scene: Scene) -> None:
    mine = commit_all(scene.lib)
    assert _lib(scene) == MoveOutcome.same("my lib", "main is up to date, 1 commit not pushed")
    assert head(scene.lib) == mine


def test_a_branch_without_upstream_is_left(scene: Scene) -> None:
    git(scene.lib, "switch", "--quiet", "--create", "mine")
    told = _lib(scene)
    assert (told.status, told.what) == (MoveStatus.LEFT, "mine follows no branch of a remote")
    assert told.fix == "git -C 'my lib' push --set-upstream origin mine"


def test_an_upstream_that_is_gone_is_told(scene: Scene) -> None:
    git(scene.lib, "switch", "--quiet", "--create", "topic")
    git(scene.lib, "push", "--quiet", "--set-upstream", "origin", "topic")
    git(scene.remote("lib"), "branch", "-D", "topic")
    git(scene.lib, "config", "fetch.prune", "true")
    told = _lib(scene)
    assert (told.status, told.what) == (
        MoveStatus.REFUSED,
        "topic follows origin/topic, which is gone",
    )


def test_a_submodule_without_remote_is_left(scene: Scene) -> None:
    git(scene.lib, "remote", "remove", "origin")
    assert _lib(scene).status is MoveStatus.LEFT


def test_a_remote_that_does_not_answer_stops_nobody_else(scene: Scene) -> None:
    deep = scene.release("deep")
    scene.remote("lib").rename(scene.remote("gone"))
    told = _pull(scene)
    assert told["my lib"].status is MoveStatus.FAILED
    assert "its remote failed" in told["my lib"].what
    assert told["my lib/deep"].status is MoveStatus.MOVED
    assert head(scene.deep) == deep


def test_a_merge_that_was_begun_is_left_alone(scene: Scene) -> None:
    scene.release("lib")
    write_files(scene.lib, {"lib.txt": "mine\n"})
    commit_all(scene.lib)
    git(scene.lib, "fetch", "--quiet")
    write_files(scene.lib, {"other.txt": ""})
    assert run(["git", "merge", "origin/main"], cwd=scene.lib, check=False).status == 1
    before = git(scene.lib, "status", "--porcelain")
    told = _lib(scene)
    assert (told.status, told.what) == (MoveStatus.REFUSED, "a merge was begun and not ended")
    assert told.fix == "git -C 'my lib' merge --continue"
    assert git(scene.lib, "status", "--porcelain") == before


def test_a_rebase_that_was_begun_is_left_alone(scene: Scene) -> None:
    scene.release("lib")
    write_files(scene.lib, {"lib.txt": "mine\n"})
    commit_all(scene.lib)
    git(scene.lib, "fetch", "--quiet")
    assert run(["git", "rebase", "origin/main"], cwd=scene.lib, check=False).status
    told = _lib(scene)
    assert (told.status, told.what) == (MoveStatus.REFUSED, "a rebase was begun and not ended")


def test_a_lock_that_another_git_left_is_told_with_its_path(scene: Scene) -> None:
    scene.release("lib")
    lock = Path(git(scene.lib, "rev-parse", "--absolute-git-dir")) / "index.lock"
    lock.touch()
    told = _lib(scene)
    assert told.status is MoveStatus.REFUSED
    assert told.what == "another git is at work in it, or one was killed and left a lock"
    assert str(lock) in told.fix


def test_what_is_not_checked_out_is_left(scene: Scene) -> None:
    git(scene.root, "submodule", "--quiet", "deinit", "my lib")
    told = _lib(scene)
    assert (told.status, told.what) == (MoveStatus.LEFT, "it is not checked out")
    assert told.fix == "i submodule_sync --submodule 'my lib'"


def test_an_unborn_submodule_is_left_alone(scene: Scene) -> None:
    git(scene.lib, "switch", "--quiet", "--orphan", "fresh")
    assert _lib(scene).what == "it has no commit yet"


def test_a_shallow_submodule_follows_its_branch(scene: Scene) -> None:
    git(scene.root, "submodule", "--quiet", "deinit", "--force", "my lib")
    kept = scene.root / ".git" / "modules" / "my lib"
    kept.rename(scene.folder / "unused")
    source = f"file://{scene.remote('lib')}"
    git(scene.root, "clone", "--quiet", "--depth=1", source, "my lib")
    new = scene.release("lib")
    assert _lib(scene).status is MoveStatus.MOVED
    assert head(scene.lib) == new


def test_a_detached_submodule_follows_the_branch_that_is_configured(scene: Scene) -> None:
    git(scene.lib, "checkout", "--quiet", "--detach")
    new = scene.release("lib", branch="next")
    scene.release("lib", branch="later")
    git(scene.root, "config", "-f", ".gitmodules", "submodule.my lib.branch", "next")
    assert _lib(scene).status is MoveStatus.MOVED
    assert (head(scene.lib), branch(scene.lib)) == (new, "")


def test_a_detached_submodule_follows_what_the_remote_shows_first(scene: Scene) -> None:
    git(scene.lib, "checkout", "--quiet", "--detach")
    new = scene.release("lib")
    assert _lib(scene).status is MoveStatus.MOVED
    assert head(scene.lib) == new


def test_detached_commits_of_ones_own_stay(scene: Scene) -> None:
    git(scene.lib, "checkout", "--quiet", "--detach")
    mine = commit_all(scene.lib)
    scene.release("lib")
    told = _lib(scene)
    assert told.status is MoveStatus.LEFT
    assert told.fix == "git -C 'my lib' switch --create NAME"
    assert head(scene.lib) == mine


def test_pull_brings_the_repo_and_then_what_it_records(scene: Scene) -> None:
    deep = scene.release("deep")
    lib = scene.record("deep", "lib", "deep", deep)
    top = scene.record("lib", "top", "my lib", lib)
    assert {one.status for one in _pull_all(scene).values()} == {MoveStatus.MOVED}
    assert [head(one) for one in (scene.root, scene.lib, scene.deep)] == [top, lib, deep]
    assert [branch(one) for one in (scene.root, scene.lib, scene.deep)] == ["main"] * 3
    assert git(scene.root, "status", "--porcelain") == ""


def test_pull_leaves_what_the_repo_does_not_record_yet(scene: Scene) -> None:
    mine = commit_all(scene.lib)
    told = _pull_all(scene)["my lib"]
    assert (told.status, told.what) == (
        MoveStatus.LEFT,
        "it is 1 commit ahead of what its parent records",
    )
    assert head(scene.lib) == mine


def test_pull_refuses_a_submodule_that_diverged_from_what_is_recorded(scene: Scene) -> None:
    mine = commit_all(scene.lib)
    theirs = scene.release_lib()
    told = _pull_all(scene)
    assert told["."].status is MoveStatus.MOVED
    assert told["my lib"].status is MoveStatus.REFUSED
    assert told["my lib"].fix == f"git -C 'my lib' merge {theirs[:12]}"
    assert head(scene.lib) == mine


def test_pull_checks_out_a_submodule_that_is_new(scene: Scene) -> None:
    git(scene.theirs("top"), "submodule", "--quiet", "add", str(scene.remote("deep")), "other")
    commit_all(scene.theirs("top"))
    git(scene.theirs("top"), "push", "--quiet")
    assert _pull_all(scene)["other"].status is MoveStatus.MOVED
    assert (scene.root / "other" / "deep.txt").is_file()


def test_pull_does_not_get_what_was_left_out(scene: Scene) -> None:
    git(scene.root, "submodule", "--quiet", "deinit", "my lib")
    scene.release_lib()
    told = _pull_all(scene)
    assert (told["."].status, told["my lib"].status) == (MoveStatus.MOVED, MoveStatus.LEFT)


def test_pull_of_a_repo_without_remote_or_commit_says_so(tmp_path: Path) -> None:
    made = make_repo(tmp_path / "repo", commit=False).root
    assert [(one.status, one.what) for one in pull_everything(made, _TODAY)] == [
        (MoveStatus.REFUSED, "it has no commit yet")
    ]
    commit_all(made)
    assert [(one.status, one.what) for one in pull_everything(made, _TODAY)] == [
        (MoveStatus.LEFT, "main follows no branch of a remote")
    ]


def test_pull_leaves_a_file_of_a_submodule_that_upstream_took_out(scene: Scene) -> None:
    write_files(scene.lib, {"mine.txt": "mine"})
    git(scene.theirs("top"), "rm", "--quiet", "my lib")
    scene.release("top", {"my lib/mine.txt": "theirs"})
    assert _pull_all(scene)["."].status is MoveStatus.REFUSED
    assert (scene.lib / "mine.txt").read_text() == "mine"


def test_pull_works_in_a_linked_worktree(scene: Scene) -> None:
    linked = scene.folder / "linked"
    git(scene.root, "worktree", "add", "--quiet", "-b", "second", str(linked), "origin/main")
    git(linked, "submodule", "--quiet", "update", "--init", "--recursive")
    git(linked, "branch", "--quiet", "--set-upstream-to", "origin/main")
    lib = scene.release_lib()
    told = {one.path: one.status for one in pull_everything(linked, _TODAY)}
    assert told == {
        ".": MoveStatus.MOVED,
        "my lib": MoveStatus.MOVED,
        "my lib/deep": MoveStatus.SAME,
    }
    assert head(linked / "my lib") == lib
    assert head(scene.lib) != lib


def test_fetch_tells_what_is_new_and_moves_nothing(scene: Scene) -> None:
    old = head(scene.lib)
    new = scene.release("lib", branch="fresh")
    told = {one.path: (one.status, one.what) for one in fetch_everything(scene.root)}
    assert told == {
        ".": (MoveStatus.SAME, "nothing new"),
        "my lib": (MoveStatus.MOVED, "new: origin/fresh"),
        "my lib/deep": (MoveStatus.SAME, "nothing new"),
    }
    assert (head(scene.lib), git(scene.lib, "rev-parse", "origin/fresh")) == (old, new)


def test_fetch_tells_of_every_remote_that_does_not_answer(scene: Scene) -> None:
    scene.remote("top").rename(scene.remote("gone"))
    git(scene.lib, "remote", "remove", "origin")
    told = {one.path: one.status for one in fetch_everything(scene.root)}
    assert told == {
        ".": MoveStatus.FAILED,
        "my lib": MoveStatus.LEFT,
        "my lib/deep": MoveStatus.SAME,
    }


def test_no_fetch_can_ask_a_question(scene: Scene) -> None:
    ssh, asked = scene.folder / "ssh", scene.folder / "asked"
    ssh.write_text(f"#!/bin/sh\necho \"$GIT_TERMINAL_PROMPT $*\" >> '{asked}'\nexit 1\n")
    ssh.chmod(0o755)
    git(scene.lib, "config", "core.sshCommand", f"'{ssh}' -i key")
    git(scene.lib, "remote", "set-url", "origin", "ssh://nowhere.invalid/lib.git")
    assert _lib(scene).status is MoveStatus.FAILED
    assert asked.read_text().startswith("0 -i key -o BatchMode=yes ")


def test_a_dry_run_tells_what_would_go_on_and_moves_nothing(scene: Scene) -> None:
    commits = [head(one) for one in (scene.root, scene.lib, scene.deep)]
    new = scene.release_lib()
    told = {one.path: one for one in pull_submodules(scene.root, (), dry_run=True)}
    assert told["my lib"] == MoveOutcome.left(
        "my lib", f"would go on, main: {commits[1][:12]}..{new[:12]}, 1 commit"
    )
    told = {one.path: one for one in pull_everything(scene.root, _TODAY, dry_run=True)}
    assert told["."].what.startswith("would go on, main: ")
    assert [head(one) for one in (scene.root, scene.lib, scene.deep)] == commits


def test_a_dry_run_tells_what_is_in_the_way(scene: Scene) -> None:
    scene.release("lib")
    write_files(scene.lib, {"lib.txt": "mine\n"})
    told = {one.path: one for one in pull_submodules(scene.root, (), dry_run=True)}["my lib"]
    assert (told.status, "lib.txt" in told.what) == (MoveStatus.REFUSED, True)
