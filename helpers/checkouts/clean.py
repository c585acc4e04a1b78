"""Untracked files of many checkouts: found first, and only what was shown is removed."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.git.untracked import Untracked, list_untracked, remove_untracked
from helpers.checkouts.move_many import attempt, in_each, obstacle
from helpers.model.checkouts.hints import git_in
from helpers.model.checkouts.move_outcomes import MoveOutcome
from helpers.model.checkouts.state import CheckoutState
from helpers.model.dataclass import dataclass
from helpers.model.numbers import counted, list_few
from helpers.model.runnable_dir import path_below

# What commands of the toolchain are at, and their results: `i docker_clean` knows when they may go.
_OURS = ("tmp.helpers", "tmp.main_pytest")


@dataclass(frozen=True, slots=True)
class Litter:
    """What one checkout has that git does not keep.

    Attributes:
        files: relative to the checkout, with `/`.
        repos: folders that are repos of their own; they stay.
        size: of the files, in bytes.
    """

    path: str
    files: tuple[str, ...]
    repos: tuple[str, ...]
    size: int


def find_litter(root: Path, *, ignored: bool) -> tuple[list[Litter], list[MoveOutcome]]:
    """What would go in all checkouts; and those that could not be looked at.

    Args:
        ignored: also what git ignores; results and locks of the toolchain stay.
    """
    states = read_checkouts(root)
    missing = [state.path for state in states if state.missing]
    there = [state for state in states if not state.missing]
    looks = in_each(there, lambda state: _look(root, state, missing, ignored=ignored))
    found = [look for look in looks if isinstance(look, Litter) and (look.files or look.repos)]
    return found, [look for look in looks if isinstance(look, MoveOutcome)]


def grouped(litter: Litter) -> list[tuple[str, int]]:
    """The files by their topmost folders, with how many each has: what people can read."""
    tops = Counter(_top(name) for name in litter.files)
    return sorted(tops.items())


def remove_litter(root: Path, found: Iterable[Litter]) -> list[MoveOutcome]:
    """Remove the files that were shown, and folders that are empty then."""
    return [
        attempt(litter.path, partial(_remove, root, litter)) for litter in found if litter.files
    ]


def _top(name: str) -> str:
    first, slash, _ = name.partition("/")
    return first + slash


def _look(
    root: Path, state: CheckoutState, missing: Iterable[str], *, ignored: bool
) -> Litter | MoveOutcome:
    hindered = obstacle(state) if state.fault else None
    if hindered:
        return hindered
    folder = root / state.path
    found = list_untracked(folder, ignored=ignored)
    files = tuple(name for name in found.files if not _stays(state, name, missing))
    return Litter(state.path, files, _shown(found), sum(map(_size, (folder / f for f in files))))


def _stays(state: CheckoutState, name: str, missing: Iterable[str]) -> bool:
    """Whether it is ours, or stands where a submodule belongs that is not checked out."""
    if name.partition("/")[0] in _OURS:
        return True
    whole = path_below(state.path, name)
    return any(whole.startswith(f"{path}/") for path in missing)


def _shown(found: Untracked) -> tuple[str, ...]:
    return tuple(repo for repo in found.repos if repo.partition("/")[0] not in _OURS)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # gone meanwhile
        return 0


def _remove(root: Path, litter: Litter) -> MoveOutcome:
    failed = remove_untracked(root / litter.path, litter.files)
    gone = counted(len(litter.files) - len(failed), "file")
    if failed:
        why = next(iter(failed.values()))
        what = f"{gone} removed, not {list_few(failed)}: {why}"
        return MoveOutcome.failed(litter.path, what, git_in(litter.path, "clean", "-n", "-d"))
    return MoveOutcome.moved(litter.path, f"{gone} removed")
