"""How a repo and all its submodules stand, after a fetch if that is wanted."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.git.difference import short_status
from helpers.checkouts.git.fetch import fetch_all
from helpers.model.checkouts.hints import Hint, find_hints, git_in
from helpers.model.checkouts.state import CheckoutState
from helpers.model.dataclass import dataclass

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class CheckoutsStatus:
    """The checkouts, what is not in order with them, and whether all could be asked."""

    checkouts: tuple[CheckoutState, ...]
    hints: tuple[Hint, ...]
    complete: bool


def read_status(root: Path, *, fetched: bool) -> CheckoutsStatus:
    """Look at every checkout of the repo at `root`.

    Args:
        fetched: ask the remotes first; one that does not answer is told by a hint.
    """
    states = read_checkouts(root)
    failed: list[Hint] = []
    if fetched:
        failed = [
            Hint(path, f"its remote failed: {why}", git_in(path, "fetch", "--all"))
            for path, why in fetch_all(root, states).items()
        ]
        states = read_checkouts(root)
    hints = [*failed, *(hint for state in states for hint in find_hints(state))]
    return CheckoutsStatus(
        tuple(states), tuple(hints), not failed and not any(s.fault for s in states)
    )


def read_details(
    root: Path, states: Iterable[CheckoutState], *, colours: bool
) -> dict[str, list[str]]:
    """The lines of git's short status for each checkout in which something differs, by path.

    Raises:
        ProcessError: git fails in a checkout that it could read a moment ago.
    """

    def detail(state: CheckoutState) -> list[str]:
        text = short_status(root / state.path, colours=colours) if state.is_readable else ""
        return text.splitlines()

    wanted = [state for state in states if state.differs]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return {
            state.path: text for state, text in zip(wanted, pool.map(detail, wanted), strict=True)
        }
