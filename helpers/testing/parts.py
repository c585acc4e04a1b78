"""A dir's tests in parts, each a session of pytest: its own, and those of the bricks that it lists.

pytest is given the bricks' tests by their places, so that it finds settings and conftests as it
does where people start it by hand: the workspace's, not the project's.
"""

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import replace

from helpers.model.dataclass import dataclass
from helpers.model.results.results import WORST_FIRST, DirResult, DirState
from helpers.testing.pytest_args import may_be_places
from helpers.testing.verdict import Ending

_OUTSIDE = "../"


@dataclass(frozen=True, slots=True)
class Part:
    """What one session of pytest is to run.

    Attributes:
        only: the tests that are wanted; none: all of the suite.
        places: where they are, relative to the dir; none: in it.
        args: pytest's own arguments.
        folder: the one of the suite, relative to the dir; empty: pytest looks where it likes.
    """

    only: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    folder: str = ""


def plan_parts(
    dir: str,
    bricks: Sequence[str],
    only: Sequence[str],
    args: Sequence[str],
    exists: Callable[[str], bool],
) -> list[Part]:
    """The parts of a dir's tests that are asked for.

    Args:
        bricks: folders with tests of its bricks, relative to the repo's root.
        only: the tests that are wanted of it, relative to the dir; none: all.
        args: pytest's own; places among them are the only ones, and may begin at the repo's root
            where they are of bricks.
        exists: says whether a path of the repo is there.
    """
    places = tuple(posixpath.relpath(folder, dir) for folder in bricks)
    named = {
        number: place
        for number in may_be_places(args)
        if (place := _placed(dir, places, args[number], exists))
    }
    of_bricks = {n: place for n, place in named.items() if _is_of(place, places)}
    if named:
        own_args = tuple(word for n, word in enumerate(args) if n not in of_bricks)
        options = tuple(word for n, word in enumerate(args) if n not in named)
        parts = [Part(tuple(only), args=own_args)] if named.keys() - of_bricks else []
        typed = tuple(one for place in of_bricks.values() for one in _listed_in(place, places))
        return parts + ([Part(tuple(only), typed, options)] if typed else [])
    others = tuple(node for node in only if node.startswith(_OUTSIDE))
    wanted = tuple(place for place in places if not only or _is_of(place, others))
    if not wanted:
        return [Part(tuple(only), args=tuple(args))]
    own = tuple(node for node in only if node not in others)
    parts = [Part(own, args=tuple(args))] if own or not only else []
    return [*parts, Part(others, wanted, tuple(args))]


def _placed(dir: str, bricks: Sequence[str], word: str, exists: Callable[[str], bool]) -> str:
    """A place as pytest takes it in the dir; empty: the word is none."""
    path, colons, test = word.partition("::")
    if exists(posixpath.normpath(posixpath.join(dir, path))):
        return word
    from_root = posixpath.relpath(path, dir)
    return from_root + colons + test if _is_of(from_root, bricks) and exists(path) else ""


def _listed_in(place: str, bricks: Sequence[str]) -> list[str]:
    """A place of tests; of a folder that has those of several bricks, the ones that are listed."""
    above = f"{posixpath.normpath(place)}/"
    return [brick for brick in bricks if brick.startswith(above)] or [place]


def _is_of(node: str, places: Sequence[str]) -> bool:
    return node.startswith(_OUTSIDE) and any(_meet(node, place) for place in places)


def _meet(one: str, other: str) -> bool:
    """Whether one of two tests, files or folders is the other, or in it."""
    path, place = (posixpath.normpath(node.partition("::")[0]) for node in (one, other))
    return path == place or path.startswith(f"{place}/") or place.startswith(f"{path}/")


def run_parts(
    parts: Sequence[Part],
    run: Callable[[Part, int], tuple[DirResult, Ending]],
    *,
    fail_fast: bool,
) -> tuple[DirResult, bool]:
    """Run parts one after the other, unless one ends it all.

    Args:
        run: runs a part, given how many tests ended before it; what it came to, and how it ended.

    Returns:
        What the dir came to, and whether every test that was collected ended.
    """
    result, ending = run(parts[0], 0)
    whole = ending.whole
    for part in parts[1:]:
        if _ends_all(result, ending, fail_fast=fail_fast):
            break
        found, ending = run(part, len(result.tests))
        whole = whole and ending.whole
        # What was collected and did not run is no pass, whatever the other part came to.
        joined = join_parts(result, found)
        result = replace(found, tests=joined.tests) if _only_shows(found, ending) else joined
    return result, whole


def _ends_all(result: DirResult, ending: Ending, *, fail_fast: bool) -> bool:
    if result.state is DirState.FAILED:
        return fail_fast
    return result.state in (DirState.ERROR, DirState.STOPPED) or _only_shows(result, ending)


def _only_shows(result: DirResult, ending: Ending) -> bool:
    return bool(ending.shows) and result.state is DirState.NO_TESTS


def join_parts(one: DirResult, other: DirResult) -> DirResult:
    """The result of a dir from those of two parts: the worse decides, tests outweigh none."""
    states = {one.state, other.state}
    if DirState.NO_TESTS in states and len(states) > 1:
        # What is said of the part without tests is not true of the dir.
        kept = other if one.state is DirState.NO_TESTS else one
        return replace(kept, tests=(*one.tests, *other.tests))
    from helpers.testing.coverage import merge_coverage  # here: it loads much

    worse = min(one, other, key=lambda part: WORST_FIRST.index(part.state))
    return replace(
        worse,
        tests=(*one.tests, *other.tests),
        hints=tuple(dict.fromkeys((*one.hints, *other.hints))),
        coverage=merge_coverage((one, other)),
    )
