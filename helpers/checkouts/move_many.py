"""What every command that moves many checkouts shares: looking, fetching, refusing, in parallel."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from helpers.checkouts.git.checkout_moves import BlockedError, fast_forward, in_the_way
from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.model.checkouts.hints import git_in, short
from helpers.model.checkouts.move_outcomes import MoveOutcome, MoveStatus
from helpers.model.checkouts.state import CheckoutState, Operation
from helpers.model.errors import HelpersError
from helpers.model.numbers import counted
from helpers.system.process import ProcessError
from helpers.vcs.git import reason
from helpers.vcs.refs import count_between

# Each waits for a network or a disk, not for a core.
_AT_ONCE = 8

Found = TypeVar("Found")


def choose(states: Iterable[CheckoutState], wanted: Sequence[str]) -> list[CheckoutState]:
    """The submodules that are meant: those named by their paths from the outermost root, or all.

    Raises:
        HelpersError: there is no such submodule.
    """
    found = {state.path: state for state in states if not state.is_outermost}
    if not wanted:
        return list(found.values())
    paths = list(dict.fromkeys(name.rstrip("/").removeprefix("./") for name in wanted))
    unknown = [path for path in paths if path not in found]
    if unknown:
        raise HelpersError(
            f"there is no submodule {', '.join(map(repr, unknown))}",
            where=f"the submodules are: {', '.join(found) or 'none'}",
            fix="i submodule_status lists them, as paths from the root of the repo",
        )
    return [found[path] for path in paths]


def in_each(
    states: Iterable[CheckoutState], act: Callable[[CheckoutState], Found]
) -> list[Found | MoveOutcome]:
    """Do something in checkouts, at once; to move them, they must not contain each other."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda state: attempt(state.path, partial(act, state)), states))


def attempt(path: str, act: Callable[[], Found]) -> Found | MoveOutcome:
    """Do something in a checkout, and tell why git did not."""
    try:
        return act()
    except BlockedError as error:
        status = MoveStatus.REFUSED if error.is_refusal else MoveStatus.FAILED
        return MoveOutcome(path, status, error.what, fix_of(path, error))
    except ProcessError as error:
        return MoveOutcome.failed(path, reason(error), git_in(path, "status"))


def fix_of(path: str, error: BlockedError) -> str:
    """The command that fixes it, as one types it in the outermost root."""
    return error.command or git_in(path, *(error.fix or ("status",)))


def switch_back(state: CheckoutState) -> str:
    """The command that checks out again what was checked out when the state was read."""
    back = (state.branch,) if state.branch else ("--detach", state.commit)
    return git_in(state.path, "switch", *back)


def obstacle(state: CheckoutState) -> MoveOutcome | None:
    """Why a checkout that is there cannot be moved at all."""
    if state.fault:
        what = f"git cannot read it: {state.fault}"
        return MoveOutcome.failed(state.path, what, git_in(state.path, "status"))
    operation = state.operation
    if operation is Operation.BISECT:
        fix = git_in(state.path, "bisect", "reset")
        return MoveOutcome.refused(state.path, "a bisect was begun and not ended", fix)
    if operation:
        fix = git_in(state.path, operation, "--continue")
        return MoveOutcome.refused(state.path, f"a {operation} was begun and not ended", fix)
    if state.work.conflicted:
        what = f"{counted(state.work.conflicted, 'file')} in conflict"
        return MoveOutcome.refused(state.path, what, git_in(state.path, "status"))
    if state.is_unborn:
        fix = git_in(state.path, "commit")
        return MoveOutcome.refused(state.path, "it has no commit yet", fix)
    return None


def fetch_failed(state: CheckoutState, failed: Mapping[str, str]) -> MoveOutcome | None:
    """That the remote did not answer, where it did not."""
    why = failed.get(state.path)
    if why is None:
        return None
    what = f"its remote failed: {why}"
    return MoveOutcome.failed(state.path, what, git_in(state.path, "fetch", "--all"))


def went(folder: Path, state: CheckoutState, commit: str, how: str) -> MoveOutcome:
    """That a checkout moved on, and by how much.

    Args:
        how: the branch, or what else says on what it now is.

    Raises:
        ProcessError: git fails.
    """
    commits = counted(count_between(folder, state.commit, commit), "commit")
    what = f"{how}: {short(state.commit)}..{short(commit)}, {commits}"
    return MoveOutcome.moved(state.path, what)


def forward(
    folder: Path, state: CheckoutState, commit: str, how: str, *, dry_run: bool
) -> MoveOutcome:
    """Fast-forward a checkout, or tell what that would do.

    Args:
        how: as for `went`.

    Raises:
        BlockedError: files that are not committed are in the way.
        ProcessError: git fails.
    """
    if not dry_run:
        fast_forward(folder, commit)
        return went(folder, state, commit, how)
    why = in_the_way(folder, commit)
    if why:
        return MoveOutcome.refused(state.path, why, git_in(state.path, "stash"))
    what = f"would go on, {went(folder, state, commit, how).what}"
    return MoveOutcome.left(state.path, what)


def levels(root: Path) -> Callable[[int], list[CheckoutState]]:
    """The checkouts that are so deep inside others, read anew at each call; 0 is the outermost."""

    def read(depth: int) -> list[CheckoutState]:
        deep: dict[str, int] = {}
        states = read_checkouts(root)
        for state in states:
            deep[state.path] = deep[state.parent] + 1 if state.parent else 0
        return [state for state in states if deep[state.path] == depth]

    return read
