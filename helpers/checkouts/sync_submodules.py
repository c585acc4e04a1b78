"""Bring submodules to the commits that their parents record, and lose no commit of anybody."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

from helpers.checkouts.git.checkout_moves import (
    BlockedError,
    changed_files,
    detach,
    fetch_commit,
    keep_if_stray,
)
from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.git.fetch import fetch
from helpers.checkouts.git.missing_submodules import check_out, sync_address
from helpers.checkouts.move_many import choose, forward, in_each, levels, obstacle
from helpers.checkouts.pull_submodules import not_checked_out
from helpers.model.checkouts.hints import git_in, short
from helpers.model.checkouts.move_outcomes import MoveOutcome
from helpers.model.checkouts.state import CheckoutState, Recorded, Relation
from helpers.model.dataclass import dataclass
from helpers.model.numbers import counted, list_few
from helpers.model.repo import is_inside
from helpers.vcs.refs import find_commit, is_ancestor, main_remote


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How submodules are brought to what is recorded.

    Attributes:
        day: for the names of branches that keep commits.
        leave_work: commits that the parent does not record stay checked out; otherwise what is
            recorded is checked out, and a branch keeps them.
        sync_addresses: they come from where `.gitmodules` says now.
        leave_branches: no branch is moved; what is recorded is checked out without one.
        dry_run: nothing but fetching is done; what would be is told.
        stay_missing: the paths of submodules that are not got where they are missing.
    """

    day: date
    leave_work: bool = False
    sync_addresses: bool = True
    leave_branches: bool = False
    dry_run: bool = False
    stay_missing: frozenset[str] = frozenset()


def sync_submodules(root: Path, wanted: Sequence[str], options: SyncOptions) -> list[MoveOutcome]:
    """Bring the submodules that are meant to what is recorded, and all that is inside them.

    Args:
        wanted: their paths from the outermost root; none: all of them.

    Raises:
        HelpersError: there is no such submodule.
    """
    names = [state.path for state in choose(read_checkouts(root), wanted)]
    return bring_all(root, lambda state: not wanted or _is_at_or_in(state.path, names), options)


def bring_all(
    root: Path, is_meant: Callable[[CheckoutState], bool], options: SyncOptions
) -> list[MoveOutcome]:
    """Bring those submodules that are meant to what is recorded, each before those inside it."""
    read = levels(root)
    found: list[MoveOutcome] = []
    depth = 1
    while states := read(depth):
        meant = [state for state in states if is_meant(state)]
        found += in_each(meant, lambda state: _bring(root, state, options))
        depth += 1
    order = {state.path: number for number, state in enumerate(read_checkouts(root))}
    return sorted(found, key=lambda one: order.get(one.path, len(order)))


def _is_at_or_in(path: str, names: Iterable[str]) -> bool:
    return any(is_inside(path, name) for name in names)


def _bring(root: Path, state: CheckoutState, options: SyncOptions) -> MoveOutcome:
    recorded = state.recorded
    assert recorded is not None  # it is a submodule
    if recorded.relation is Relation.CONFLICT:
        what = "a merge in its parent is in conflict over which commit to record"
        return MoveOutcome.refused(state.path, what, git_in(state.parent, "status"))
    if state.missing:
        return (
            not_checked_out(state)
            if state.path in options.stay_missing
            else _get(root, state, options)
        )
    hindered = obstacle(state)
    if hindered:
        return hindered
    if options.sync_addresses and state.url and not options.dry_run:
        sync_address(root / state.parent, state.name)
    if recorded.relation is Relation.SAME:
        on = f" on {state.branch}" if state.branch else ""
        return MoveOutcome.same(state.path, f"at what is recorded{on}")
    _have(root / state.path, recorded.commit)
    return _move(root / state.path, state, recorded, options)


def _get(root: Path, state: CheckoutState, options: SyncOptions) -> MoveOutcome:
    assert state.recorded is not None  # it is a submodule
    if options.dry_run:
        what = f"would be checked out at {short(state.recorded.commit)}"
        return MoveOutcome.left(state.path, what)
    kept = check_out(root / state.parent, state.name, options.day.isoformat())
    what = f"checked out {short(state.recorded.commit)}" + _told_kept(kept)
    return MoveOutcome.moved(state.path, what)


def _have(folder: Path, commit: str) -> None:
    """Fetch what is recorded where it is not here."""
    if find_commit(folder, commit):
        return
    remote = main_remote(folder)
    why = fetch(folder) if remote else "it has no remote"
    if find_commit(folder, commit):
        return
    why = why or fetch_commit(folder, remote, commit)
    if find_commit(folder, commit):
        return
    raise BlockedError(
        f"it does not have {short(commit)}, which its parent records: {why}",
        is_refusal=False,
        fix=("fetch", remote or "URL", commit),
    )


def _move(
    folder: Path, state: CheckoutState, recorded: Recorded, options: SyncOptions
) -> MoveOutcome:
    target = recorded.commit
    if is_ancestor(folder, state.commit, target) and not options.leave_branches:
        on = state.branch or "detached"
        return forward(folder, state, target, on, dry_run=options.dry_run)
    is_ahead = is_ancestor(folder, target, state.commit)
    if options.leave_work:
        return _leave(state, recorded, is_ahead=is_ahead)
    changed = changed_files(folder)
    if changed:
        what = f"changed files are in the way: {list_few(changed)}"
        return MoveOutcome.refused(state.path, what, git_in(state.path, "stash"))
    if options.dry_run:
        what = f"would be detached: {short(state.commit)}..{short(target)}; no commit is lost"
        return MoveOutcome.left(state.path, what)
    kept = "" if state.branch else keep_if_stray(folder, options.day.isoformat(), state.commit)
    detach(folder, target)
    left = f"; {state.branch} keeps what it has" if state.branch else _told_kept(kept)
    what = f"detached: {short(state.commit)}..{short(target)}{left}"
    return MoveOutcome.moved(state.path, what)


def _leave(state: CheckoutState, recorded: Recorded, *, is_ahead: bool) -> MoveOutcome:
    if is_ahead:
        what = "it has commits that its parent does not record yet"
        if recorded.ahead:
            what = f"it is {counted(recorded.ahead, 'commit')} ahead of what its parent records"
        return MoveOutcome.left(state.path, what)
    target = short(recorded.commit)
    what = f"it has diverged from {target}, which its parent records"
    return MoveOutcome.refused(state.path, what, git_in(state.path, "merge", target))


def _told_kept(branch: str) -> str:
    return f"; {branch} keeps what no branch had" if branch else ""
