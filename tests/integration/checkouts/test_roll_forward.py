"""Submodules go on to the newest commits, tested and committed, or everything is as before."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from helpers.checkouts.roll_forward import roll
from helpers.checkouts.roll_plan import RollRequest, plan_roll, would_roll
from helpers.model.checkouts.move_outcomes import MoveOutcome, MoveStatus
from helpers.model.errors import HelpersError
from tests.builders import commit_all, git, write_files
from tests.scenes import Scene, branch, head

_TODAY = date(2026, 11, 21)
_ELSEWHERE = Path("/nowhere")


def _wanted(*submodules: str, branch: str = "", keep: bool = False) -> RollRequest:
    return RollRequest(submodules, _ELSEWHERE, branch, keep)


def _passes() -> int:
    return 0


def _roll(
    scene: Scene, wanted: RollRequest | None = None, test: Callable[[], int] = _passes
) -> dict[str, MoveOutcome]:
    wanted = wanted or _wanted()
    steps, told = plan_roll(scene.root, wanted)
    told += roll(scene.root, steps, wanted, _TODAY, test) if steps else []
    return {one.path: one for one in told}


def _recorded(scene: Scene) -> str:
    return git(scene.root, "rev-parse", "HEAD:my lib")


def _state(scene: Scene) -> list[tuple[str, str, str]]:
    places = (scene.root, scene.lib, scene.deep)
    return [(head(one), branch(one), git(one, "status", "--porcelain")) for one in places]


def test_the_newest_is_recorded_in_one_commit_that_lists_what_came_in(scene: Scene) -> None:
    old = head(scene.lib)
    write_files(scene.theirs("lib"), {"x.txt": ""})
    first = commit_all(scene.theirs("lib"), "Fix the door")
    new = scene.release("lib")
    told = _roll(scene)
    assert told["my lib"].status is MoveStatus.MOVED
    assert _recorded(scene) == head(scene.lib) == new
    assert branch(scene.lib) == "main"
    assert git(scene.root, "log", "-1", "--format=%B").rstrip() == (
        "Roll my lib forward\n\n"
        f"my lib (origin/main): {old[:12]}..{new[:12]}, 2 commits\n"
        f"  {new[:7]} More of lib\n"
        f"  {first[:7]} Fix the door"
    )
    assert git(scene.root, "status", "--porcelain") == ""


def test_the_tests_see_what_came_in_before_it_is_committed(scene: Scene) -> None:
    new = scene.release("lib")
    seen = []

    def test() -> int:
        seen.append((head(scene.lib), git(scene.root, "status", "--porcelain")))
        return 0

    _roll(scene, test=test)
    assert seen == [(new, ' M "my lib"')]


def test_when_tests_fail_all_is_as_before(scene: Scene) -> None:
    deep = scene.release("deep")
    scene.record("deep", "lib", "deep", deep)
    before = _state(scene)
    told = _roll(scene, test=lambda: 1)
    assert told["my lib"].what == "put back to main"
    assert told["."].what == "the affected tests failed with status 1"
    assert _state(scene) == before


def test_when_tests_fail_it_can_be_kept(scene: Scene) -> None:
    new = scene.release("lib")
    commit = head(scene.root)
    told = _roll(scene, _wanted(keep=True), test=lambda: 1)
    assert told["."].status is MoveStatus.FAILED
    assert (head(scene.lib), head(scene.root)) == (new, commit)


def test_an_interrupted_run_puts_everything_back(scene: Scene) -> None:
    scene.release("lib")
    before = _state(scene)

    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _roll(scene, test=interrupted)
    assert _state(scene) == before


def test_a_hook_that_refuses_the_commit_puts_everything_back(scene: Scene) -> None:
    scene.release("lib")
    before = _state(scene)
    hook = scene.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'error: not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    told = _roll(scene)
    assert (told["."].status, told["."].what) == (MoveStatus.FAILED, "error: not today")
    assert _state(scene) == before


def test_submodules_inside_go_along_and_stay_on_their_branches(scene: Scene) -> None:
    deep = scene.release("deep")
    scene.record("deep", "lib", "deep", deep)
    assert _roll(scene)["my lib"].status is MoveStatus.MOVED
    assert (head(scene.deep), branch(scene.deep)) == (deep, "main")
    assert git(scene.root, "status", "--porcelain") == ""


def test_a_dry_run_tells_and_moves_nothing(scene: Scene) -> None:
    scene.release("lib")
    before = _state(scene)
    steps, _ = plan_roll(scene.root, _wanted())
    assert would_roll(steps)[0].what.startswith("would go on to origin/main: ")
    assert _state(scene) == before


def test_what_is_the_newest_already_stays(scene: Scene) -> None:
    commit = head(scene.root)
    assert _roll(scene) == {"my lib": MoveOutcome.same("my lib", "at the newest of origin/main")}
    assert head(scene.root) == commit


def test_another_branch_can_be_named(scene: Scene) -> None:
    new = scene.release("lib", branch="next")
    assert _roll(scene, _wanted("my lib", branch="next"))["my lib"].status is MoveStatus.MOVED
    assert (_recorded(scene), head(scene.lib), branch(scene.lib)) == (new, new, "")


def test_a_branch_that_is_not_there_is_told(scene: Scene) -> None:
    told = _roll(scene, _wanted(branch="nope"))["my lib"]
    assert (told.status, told.what) == (MoveStatus.REFUSED, "its remote has no branch nope")


def test_a_branch_that_lacks_what_is_recorded_is_no_step_forward(scene: Scene) -> None:
    scene.release("lib")
    mine = commit_all(scene.lib)
    commit_all(scene.root)
    git(scene.lib, "push", "--quiet", "origin", f"{mine}:refs/heads/other")
    told = _roll(scene)["my lib"]
    assert told.status is MoveStatus.REFUSED
    assert told.what.endswith("that would not be forward")


def test_staged_files_of_the_repo_stop_it(scene: Scene) -> None:
    write_files(scene.root, {"staged.txt": ""})
    git(scene.root, "add", "staged.txt")
    with pytest.raises(HelpersError, match="1 staged file"):
        _roll(scene)


def test_changed_files_of_the_repo_are_no_part_of_the_commit(scene: Scene) -> None:
    scene.release("lib")
    write_files(scene.root, {"top.txt": "mine\n"})
    _roll(scene)
    assert git(scene.root, "show", "--name-only", "--format=") == "my lib"
    assert (scene.root / "top.txt").read_text() == "mine\n"


def test_a_dirty_submodule_is_refused(scene: Scene) -> None:
    scene.release("lib")
    write_files(scene.lib, {"new.txt": ""})
    told = _roll(scene)["my lib"]
    assert (told.status, told.what) == (MoveStatus.REFUSED, "it has files that are not committed")


def test_commits_that_are_not_pushed_are_refused_also_inside(scene: Scene) -> None:
    scene.release("lib")
    commit_all(scene.deep)
    git(scene.deep, "switch", "--quiet", "--detach")
    told = _roll(scene)
    assert (told["my lib/deep"].status, told["my lib/deep"].what) == (
        MoveStatus.REFUSED,
        "1 commit that no remote has",
    )


def test_a_submodule_of_a_submodule_is_not_ours_to_record(scene: Scene) -> None:
    with pytest.raises(HelpersError, match="is recorded by my lib, not by this repo"):
        _roll(scene, _wanted("my lib/deep"))


def test_the_toolchain_itself_is_left_to_its_own_task(scene: Scene) -> None:
    scene.release("lib")
    steps, told = plan_roll(scene.root, RollRequest((), scene.lib))
    assert (steps, told[0].status, told[0].fix) == ([], MoveStatus.LEFT, "i helpers_upgrade")


def test_a_remote_that_does_not_answer_is_told(scene: Scene) -> None:
    scene.remote("lib").rename(scene.remote("gone"))
    assert _roll(scene)["my lib"].status is MoveStatus.FAILED


def test_what_is_not_checked_out_is_refused(scene: Scene) -> None:
    git(scene.root, "submodule", "--quiet", "deinit", "my lib")
    assert _roll(scene)["my lib"].fix == "i submodule_sync"


def test_what_a_test_commits_in_a_submodule_is_kept(scene: Scene) -> None:
    scene.release("lib")
    made = []

    def test() -> int:
        made.append(commit_all(scene.lib, "Made by a test"))
        return 1

    _roll(scene, test=test)
    assert branch(scene.lib) == "main"
    kept = git(scene.lib, "for-each-ref", "--contains", made[0], "--format=%(refname:lstrip=2)")
    assert kept == f"helpers/kept-2026-11-21-{made[0][:12]}"
