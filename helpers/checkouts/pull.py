"""Fetch everything; bring a repo and all its submodules up to date, where that loses nothing."""

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.git.fetch import fetch_all
from helpers.checkouts.git.remote_branches import read_remote_refs
from helpers.checkouts.move_many import attempt, fetch_failed
from helpers.checkouts.pull_submodules import follow, not_checked_out
from helpers.checkouts.sync_submodules import SyncOptions, sync_submodules
from helpers.model.checkouts.move_outcomes import MoveOutcome, MoveStatus
from helpers.model.checkouts.state import OUTERMOST, CheckoutState
from helpers.model.numbers import list_few
from helpers.vcs.refs import main_remote


def fetch_everything(root: Path) -> list[MoveOutcome]:
    """Fetch in the repo and all its submodules at once, and tell what is new."""
    states = read_checkouts(root)
    before = {state.path: _remote_refs(root, state) for state in states}
    failed = fetch_all(root, states)
    return [
        attempt(state.path, partial(_fetched, root, state, before[state.path], failed))
        for state in states
    ]


def pull_everything(root: Path, today: date, *, dry_run: bool = False) -> list[MoveOutcome]:
    """Fetch everything, let the repo follow its branch, then bring submodules to what it records.

    Submodules stay on their branches; commits that nothing records stay checked out.

    Args:
        dry_run: fetch, and tell what would be done: in submodules by what is recorded now.
    """
    before = read_checkouts(root)
    failed = fetch_all(root, before)
    outermost = next(state for state in read_checkouts(root) if state.is_outermost)
    first = attempt(OUTERMOST, partial(follow, root, outermost, failed, dry_run=dry_run))
    # What the pull brings is checked out; what was not there before is not wanted.
    missing = frozenset(state.path for state in before if state.missing)
    options = SyncOptions(
        today, leave_work=True, sync_addresses=False, dry_run=dry_run, stay_missing=missing
    )
    others = sync_submodules(root, (), options)
    return [first, *(_with_failure(one, failed) for one in others)]


def _with_failure(outcome: MoveOutcome, failed: dict[str, str]) -> MoveOutcome:
    """A submodule is where it belongs also when its remote does not answer; that is told."""
    if outcome.path not in failed or outcome.is_bad:
        return outcome
    what = f"{outcome.what}; its remote failed: {failed[outcome.path]}"
    return replace(outcome, status=MoveStatus.FAILED, what=what, fix="i git_fetch")


def _remote_refs(root: Path, state: CheckoutState) -> dict[str, str]:
    return read_remote_refs(root / state.path) if state.is_readable else {}


def _fetched(
    root: Path, state: CheckoutState, before: dict[str, str], failed: dict[str, str]
) -> MoveOutcome:
    if state.missing:
        return not_checked_out(state)
    if state.fault:
        return MoveOutcome.failed(state.path, f"git cannot read it: {state.fault}")
    hindered = fetch_failed(state, failed)
    if hindered:
        return hindered
    folder = root / state.path
    if not main_remote(folder):
        return MoveOutcome.left(state.path, "it has no remote")
    after = read_remote_refs(folder)
    new = sorted(name for name, commit in after.items() if before.get(name) != commit)
    if not new:
        return MoveOutcome.same(state.path, "nothing new")
    return MoveOutcome.moved(state.path, f"new: {list_few(new)}")
