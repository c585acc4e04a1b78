"""Move submodules to the newest commits of branches, test, and record that in one commit."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from helpers.checkouts.git.checkout_moves import (
    BlockedError,
    attach_branch,
    commit_submodules,
    detach,
    keep_if_stray,
    put_back,
)
from helpers.checkouts.move_many import attempt, fix_of, switch_back
from helpers.checkouts.roll_plan import RollRequest, RollStep, roll_message
from helpers.checkouts.sync_submodules import SyncOptions, bring_all
from helpers.model.checkouts.hints import short
from helpers.model.checkouts.move_outcomes import MoveOutcome
from helpers.model.checkouts.state import OUTERMOST, CheckoutState
from helpers.vcs.refs import find_commit, is_ancestor


def roll(
    root: Path, steps: Sequence[RollStep], wanted: RollRequest, today: date, test: Callable[[], int]
) -> list[MoveOutcome]:
    """Move, test, commit; put everything back where that fails, or is interrupted.

    Args:
        test: runs the tests that are affected; its result is 0 when they pass.
    """
    if not steps:
        return []
    try:
        problem = _move(root, steps, today) or _tested(test)
        if problem is None or wanted.keep:
            if problem is None:
                commit_submodules(root, [s.state.path for s in steps], roll_message(steps))
            return _settle(root, steps, problem)
    except BlockedError as error:
        problem = MoveOutcome.failed(OUTERMOST, error.what, fix_of(OUTERMOST, error))
    except BaseException:
        _put_back(root, steps, today)
        raise
    return [*_put_back(root, steps, today), problem]


def _move(root: Path, steps: Sequence[RollStep], today: date) -> MoveOutcome | None:
    """Check the targets out, with all inside them, without a branch: so they can be put back."""
    options = SyncOptions(today, sync_addresses=False, leave_branches=True)
    for step in steps:
        detach(root / step.state.path, step.target)
        inside = f"{step.state.path}/"
        told = bring_all(root, partial(_is_in, inside), options)
        bad = [one for one in told if one.is_bad]
        if bad:
            return bad[0]
    return None


def _is_in(folder: str, state: CheckoutState) -> bool:
    return state.path.startswith(folder)


def _tested(test: Callable[[], int]) -> MoveOutcome | None:
    status = test()
    if not status:
        return None
    what = f"the affected tests failed with status {status}"
    return MoveOutcome.failed(
        OUTERMOST, what, "i submodule_roll_forward --keep, which leaves it to be looked at"
    )


def _settle(
    root: Path, steps: Sequence[RollStep], problem: MoveOutcome | None
) -> list[MoveOutcome]:
    """Let branches go on to what is checked out now, where they only lag behind it."""
    if problem:
        stays = "stays, not committed"
        return [
            *(MoveOutcome.moved(s.state.path, f"{s.follows}: {s.span}; {stays}") for s in steps),
            problem,
        ]
    return [attempt(step.state.path, partial(_go_on, root, step)) for step in steps]


def _go_on(root: Path, step: RollStep) -> MoveOutcome:
    for state in (step.state, *step.inner):
        folder = root / state.path
        follows = state.upstream == step.follows if state is step.state else True
        if state.branch and follows and (folder / ".git").exists():
            head = find_commit(folder, "HEAD")
            if is_ancestor(folder, state.commit, head):
                attach_branch(folder, state.branch, state.commit)
    return MoveOutcome.moved(step.state.path, f"{step.follows}: {step.span}")


def _put_back(root: Path, steps: Sequence[RollStep], today: date) -> list[MoveOutcome]:
    told = []
    for step in steps:
        place = step.state.branch or short(step.state.commit)
        states = [step.state, *(one for one in step.inner if not one.missing)]
        try:
            for state in states:
                folder = root / state.path
                if (folder / ".git").exists():
                    # A test may have committed in it.
                    keep_if_stray(folder, today.isoformat(), find_commit(folder, "HEAD"))
                    put_back(folder, state.branch, state.commit)
            told.append(MoveOutcome.left(step.state.path, f"put back to {place}"))
        except BlockedError as error:
            what = f"it could not be put back: {error.what}"
            told.append(MoveOutcome.failed(step.state.path, what, switch_back(step.state)))
    return told
