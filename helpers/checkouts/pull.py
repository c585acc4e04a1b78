"""Fetch everything; bring a repo and all its submodules up to date, where that loses nothing."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from helpers.checkouts.follow import follow, not_checked_out
from helpers.checkouts.moving import fetch_all, fetch_failed, moved
from helpers.checkouts.recorded import Way, sync_submodules
from helpers.model.checkout import CheckoutState
from helpers.model.moves import Fate, Outcome
from helpers.vcs.checkout_state import read_checkouts
from helpers.vcs.moves import told
from helpers.vcs.refs import main_remote
from helpers.vcs.remote_branches import read_remote_refs


def fetch_everything(root: Path) -> list[Outcome]:
    """Fetch in the repo and all its submodules at once, and tell what is new."""
    states = read_checkouts(root)
    before = {state.path: _remote_refs(root, state) for state in states}
    failed = fetch_all(root, states)
    return [
        moved(state, lambda state: _fetched(root, state, before[state.path], failed))
        for state in states
    ]


def pull_everything(root: Path, today: date, *, dry_run: bool = False) -> list[Outcome]:
    """Fetch everything, let the repo follow its branch, then bring submodules to what it records.

    Submodules stay on their branches; commits that nothing records stay checked out.

    Args:
        dry_run: fetch, and tell what would be done: in submodules by what is recorded now.
    """
    before = read_checkouts(root)
    failed = fetch_all(root, before)
    outermost = next(state for state in read_checkouts(root) if state.is_outermost)
    first = moved(outermost, lambda state: follow(root, state, failed, dry_run=dry_run))
    # What the pull brings is checked out; what was not there before is not wanted.
    missing = frozenset(state.path for state in before if state.missing)
    way = Way(today, leave_work=True, sync_addresses=False, dry_run=dry_run, stay_missing=missing)
    others = sync_submodules(root, (), way)
    return [first, *(_with_failure(one, failed) for one in others)]


def _with_failure(outcome: Outcome, failed: dict[str, str]) -> Outcome:
    """A submodule is where it belongs also when its remote does not answer; that is told."""
    if outcome.path not in failed or outcome.fate in (Fate.REFUSED, Fate.FAILED):
        return outcome
    what = f"{outcome.what}; its remote failed: {failed[outcome.path]}"
    return replace(outcome, fate=Fate.FAILED, what=what, fix="i git_fetch")


def _remote_refs(root: Path, state: CheckoutState) -> dict[str, str]:
    return read_remote_refs(root / state.path) if state.is_readable else {}


def _fetched(
    root: Path, state: CheckoutState, before: dict[str, str], failed: dict[str, str]
) -> Outcome:
    if state.missing:
        return not_checked_out(state)
    if state.fault:
        return Outcome(state.path, Fate.FAILED, f"git cannot read it: {state.fault}")
    hindered = fetch_failed(state, failed)
    if hindered:
        return hindered
    folder = root / state.path
    if not main_remote(folder):
        return Outcome(state.path, Fate.LEFT, "it has no remote")
    after = read_remote_refs(folder)
    new = sorted(name for name, commit in after.items() if before.get(name) != commit)
    if not new:
        return Outcome(state.path, Fate.SAME, "nothing new")
    return Outcome(state.path, Fate.MOVED, f"new: {told(new)}")
