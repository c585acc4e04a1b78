"""A new branch in many checkouts: in all of them, or in none."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.checkouts.git.branches import (
    create_branch,
    is_branch_name,
    take_back_branch,
    why_not_creatable,
)
from helpers.checkouts.git.checkout_moves import BlockedError
from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.move_many import fix_of, obstacle, switch_back
from helpers.model.checkouts.hints import git_in, short
from helpers.model.checkouts.move_outcomes import MoveOutcome
from helpers.model.checkouts.state import OUTERMOST, CheckoutState
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.vcs.bring import bring_commit
from helpers.vcs.refs import find_commit, is_ancestor


@dataclass(frozen=True, slots=True)
class NewBranch:
    """What is wanted.

    Attributes:
        start: where it begins; empty: at what is checked out.
        everywhere: in every checkout; otherwise in those with changes, and in their parents.
    """

    name: str
    start: str = ""
    everywhere: bool = False


def create_branches(root: Path, wanted: NewBranch, *, dry_run: bool = False) -> list[MoveOutcome]:
    """Make the branch in all checkouts that are meant and check it out, or in none.

    Raises:
        HelpersError: the name is none for a branch, or no checkout has changes.
    """
    if not is_branch_name(wanted.name, root):
        raise HelpersError(
            f"{wanted.name!r} is not a valid branch name", fix="--name topic, or --name me/topic"
        )
    states = _meant(read_checkouts(root), everywhere=wanted.everywhere)
    if not states:
        raise HelpersError(
            "no checkout has changes that are not committed, or commits without a branch",
            where=str(root),
            fix=f"i git_branch_create --name {wanted.name} --all",
        )
    starts = {
        state.path: find_commit(root / state.path, wanted.start)
        for state in states
        if wanted.start and state.is_readable
    }
    hindered = {state.path: _hindered(root, state, wanted, starts) for state in states}
    found = [one for one in hindered.values() if one]
    if found or dry_run:
        rest = f"would be on {wanted.name}" if dry_run and not found else "no branch was made"
        return [hindered[s.path] or MoveOutcome.left(s.path, rest) for s in states]
    return _create(root, states, wanted, starts)


def _meant(states: Sequence[CheckoutState], *, everywhere: bool) -> list[CheckoutState]:
    """Those with work, and the parents that are going to record it; or all that are there."""
    if everywhere:
        return [state for state in states if not state.missing]
    meant = {state.path for state in states if state.work.is_dirty or state.is_stray}
    for state in reversed(states):  # each stands after its parent
        if state.path in meant and state.parent:
            meant.add(state.parent)
    return [state for state in states if state.path in meant]


def _hindered(
    root: Path, state: CheckoutState, wanted: NewBranch, starts: dict[str, str]
) -> MoveOutcome | None:
    found = obstacle(state)
    if found:
        return found
    start = starts.get(state.path, "")
    if wanted.start and not start:
        what = f"there is no commit {wanted.start!r}"
        folder = "" if state.path == OUTERMOST else state.path
        fix = bring_commit(root / state.path, wanted.start, folder)
        return MoveOutcome.refused(state.path, what, fix)
    if start and state.is_stray and not is_ancestor(root / state.path, state.commit, start):
        what = "no branch has the checked-out commit, which would be lost"
        fix = git_in(state.path, "switch", "--create", "NAME")
        return MoveOutcome.refused(state.path, what, fix)
    why = why_not_creatable(root / state.path, wanted.name, start)
    if why:
        return MoveOutcome.refused(state.path, why, git_in(state.path, "branch", "--list"))
    return None


def _create(
    root: Path, states: Iterable[CheckoutState], wanted: NewBranch, starts: dict[str, str]
) -> list[MoveOutcome]:
    made: list[CheckoutState] = []
    try:
        for state in states:
            # First, so that an interrupt in the midst is undone too.
            made.append(state)
            create_branch(root / state.path, wanted.name, starts.get(state.path, ""))
    except BlockedError as error:
        failed = made.pop()
        told = MoveOutcome.failed(failed.path, error.what, fix_of(failed.path, error))
        return [*_take_back(root, made, wanted.name), told]
    except KeyboardInterrupt:
        _take_back(root, made, wanted.name)
        raise
    return [
        MoveOutcome.moved(
            state.path, f"on {wanted.name}, at {short(starts.get(state.path, '') or state.commit)}"
        )
        for state in made
    ]


def _take_back(root: Path, made: Iterable[CheckoutState], name: str) -> list[MoveOutcome]:
    told = []
    for state in made:
        folder = root / state.path
        try:
            if find_commit(folder, f"refs/heads/{name}"):
                take_back_branch(folder, name, state.branch, state.commit)
            told.append(MoveOutcome.left(state.path, "the branch was taken back"))
        except BlockedError as error:
            what = f"the branch could not be taken back: {error.what}"
            told.append(MoveOutcome.failed(state.path, what, switch_back(state)))
    return told
