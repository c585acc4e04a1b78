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

_OUTSIDE = "../"


@dataclass(frozen=True, slots=True)
class Part:
    """What one session of pytest is to run.

    Attributes:
        only: the tests that are wanted; none: all of the suite.
        places: where they are, relative to the dir; none: in it.
        args: pytest's own arguments.
    """

    only: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    args: tuple[str, ...] = ()


def plan_parts(
    dir: str, bricks: Sequence[str], only: Sequence[str], args: Sequence[str],
    exists: Callable[[str], bool],
) -> list[Part]:  # fmt: skip
    """The parts of a dir's tests that are asked for.

    Args:
        bricks: folders with tests of its bricks, relative to the repo's root.
        only: the tests that are wanted of it, relative to the dir; none: all.
        args: pytest's own; places among them are the only ones, and may begin at the repo's root
            where they are of bricks.
        exists: says whether a path of the repo is there.
    """
    places = tuple(posixpath.relpath(folder, dir) for folder in bricks)
    given, are_places = _placed(dir, places, args, exists)
    if not places or are_places:
        return [Part(tuple(only), args=given)]
    if not only:
        return [Part(args=given), Part(places=places, args=given)]
    own = tuple(node for node in only if not node.startswith(_OUTSIDE))
    others = tuple(node for node in only if node.startswith(_OUTSIDE))
    wanted = tuple(place for place in places if any(_meet(node, place) for node in others))
    parts = [Part(own, args=given)] if own else []
    return parts + ([Part(others, wanted, given)] if others else [])


def _placed(
    dir: str, bricks: Sequence[str], args: Sequence[str], exists: Callable[[str], bool]
) -> tuple[tuple[str, ...], bool]:
    """The arguments with places as pytest takes them in the dir; whether there are places."""
    found = list(args)
    are_places = False
    for number in may_be_places(args):
        path, colons, test = args[number].partition("::")
        from_root = posixpath.relpath(path, dir)
        if exists(posixpath.normpath(posixpath.join(dir, path))):
            are_places = True
        elif any(_meet(from_root, brick) for brick in bricks) and exists(path):
            found[number] = from_root + colons + test
            are_places = True
    return tuple(found), are_places


def _meet(node: str, place: str) -> bool:
    """Whether a test, file or folder is in a place, or has it in itself."""
    path = node.partition("::")[0].rstrip("/")
    return path == place or path.startswith(f"{place}/") or place.startswith(f"{path}/")


def ends_all(result: DirResult, *, fail_fast: bool) -> bool:
    """Whether nothing of the dir is to run after a part that came to this."""
    if result.state is DirState.FAILED:
        return fail_fast
    return result.state in (DirState.ERROR, DirState.STOPPED)


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
