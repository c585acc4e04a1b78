"""What every command that moves many checkouts refuses, and how it says so."""

from dataclasses import replace

import pytest

from helpers.checkouts.git.checkout_moves import BlockedError
from helpers.checkouts.move_many import (
    attempt,
    choose,
    fetch_failed,
    in_each,
    obstacle,
    switch_back,
)
from helpers.model.checkouts.move_outcomes import MoveOutcome, MoveStatus
from helpers.model.checkouts.state import OUTERMOST, CheckoutState, Operation, Uncommitted
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError

_ROOT = CheckoutState(OUTERMOST, branch="main", commit="a" * 40)
_LIB = CheckoutState("my lib", OUTERMOST, branch="main", commit="b" * 40)
_INNER = CheckoutState("my lib/in", "my lib", branch="main", commit="c" * 40)
_ALL = (_ROOT, _LIB, _INNER)


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        ((), ["my lib", "my lib/in"]),
        (("my lib/in/",), ["my lib/in"]),
        (("./my lib", "my lib/"), ["my lib"]),
    ],
)
def test_submodules_are_chosen_by_their_paths(wanted: tuple[str, ...], paths: list[str]) -> None:
    assert [state.path for state in choose(_ALL, wanted)] == paths


@pytest.mark.parametrize(("states", "there"), [(_ALL, "my lib, my lib/in"), ((_ROOT,), "none")])
def test_a_submodule_that_is_not_there_is_refused(
    states: tuple[CheckoutState, ...], there: str
) -> None:
    with pytest.raises(HelpersError) as caught:
        choose(states, ["other", "."])
    assert caught.value.what == "there is no submodule 'other', '.'"
    assert there in caught.value.where
    assert "i submodule_status" in caught.value.fix


@pytest.mark.parametrize(
    ("change", "status", "what", "fix"),
    [
        ({"fault": "gone"}, MoveStatus.FAILED, "git cannot read it: gone", "status"),
        (
            {"operation": Operation.BISECT},
            MoveStatus.REFUSED,
            "a bisect was begun and not ended",
            "bisect reset",
        ),
        (
            {"operation": Operation.CHERRY_PICK},
            MoveStatus.REFUSED,
            "a cherry-pick was begun and not ended",
            "cherry-pick --continue",
        ),
        (
            {"work": Uncommitted(conflicted=2)},
            MoveStatus.REFUSED,
            "2 files in conflict",
            "status",
        ),
        ({"commit": ""}, MoveStatus.REFUSED, "it has no commit yet", "commit"),
    ],
)
def test_a_checkout_that_cannot_be_moved_says_why(
    change: dict[str, object], status: MoveStatus, what: str, fix: str
) -> None:
    state = replace(_LIB, **change)  # type: ignore[arg-type]
    assert obstacle(state) == MoveOutcome("my lib", status, what, f"git -C 'my lib' {fix}")


def test_what_is_not_committed_is_no_obstacle() -> None:
    assert obstacle(replace(_LIB, work=Uncommitted(staged=1, changed=1, untracked=1))) is None


def test_a_remote_that_failed_is_told_of_its_own_checkout_alone() -> None:
    failed = {"my lib": "no route"}
    assert fetch_failed(_INNER, failed) is None
    assert fetch_failed(_LIB, failed) == MoveOutcome.failed(
        "my lib", "its remote failed: no route", "git -C 'my lib' fetch --all"
    )


@pytest.mark.parametrize(
    ("error", "status", "fix"),
    [
        (BlockedError("no"), MoveStatus.REFUSED, "git -C 'my lib' status"),
        (BlockedError("no", fix=("stash",)), MoveStatus.REFUSED, "git -C 'my lib' stash"),
        (BlockedError("no", command="rm x"), MoveStatus.REFUSED, "rm x"),
        (BlockedError("no", is_refusal=False), MoveStatus.FAILED, "git -C 'my lib' status"),
        (ProcessError(["git"], 128, "fatal: no"), MoveStatus.FAILED, "git -C 'my lib' status"),
    ],
)
def test_what_git_refuses_becomes_what_is_told(
    error: Exception, status: MoveStatus, fix: str
) -> None:
    def act() -> MoveOutcome:
        raise error

    assert attempt("my lib", act) == MoveOutcome("my lib", status, "no", fix)


def test_one_that_fails_stops_no_other() -> None:
    def act(state: CheckoutState) -> MoveOutcome:
        if state is _LIB:
            raise BlockedError("no")
        return MoveOutcome.same(state.path, "fine")

    told = [one for one in in_each(_ALL, act) if isinstance(one, MoveOutcome)]
    assert [(one.path, one.is_bad) for one in told] == [
        (".", False),
        ("my lib", True),
        ("my lib/in", False),
    ]


@pytest.mark.parametrize(("branch", "words"), [("topic", "topic"), ("", f"--detach {'b' * 40}")])
def test_what_was_checked_out_is_named_in_words_that_can_be_typed(branch: str, words: str) -> None:
    assert switch_back(replace(_LIB, branch=branch)) == f"git -C 'my lib' switch {words}"
