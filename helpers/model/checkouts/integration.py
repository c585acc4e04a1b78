"""Two checkouts that both changed shared code: what differs, who changed it, what a merge makes."""

from collections.abc import Mapping, Set
from enum import StrEnum

from helpers.model.dataclass import dataclass

# Path -> `<mode> <git id of the content>`.
Files = Mapping[str, str]


class Changed(StrEnum):
    """Where a file that differs was changed since the last integration."""

    HERE = "only here"
    THERE = "only there"
    BOTH = "on both sides"
    NEITHER = "on neither side"


@dataclass(frozen=True, slots=True)
class Sides:
    """The files of both checkouts: as they are, and as they were at the last integration.

    Attributes:
        base: what a merge starts from: the content that both had then.
    """

    here: Files
    there: Files
    here_then: Files
    there_then: Files
    base: Files


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that differs; its contents are git ids with modes, empty where there is none."""

    path: str
    changed: Changed
    here: str
    there: str
    base: str

    @property
    def comes_in(self) -> bool:
        """Whether there is something to bring here."""
        return self.changed in (Changed.THERE, Changed.BOTH)


@dataclass(frozen=True, slots=True)
class Row:
    """A file that differs, for people.

    Attributes:
        here_by: who changed it here since the last integration.
        there_by: who changed it there.
        merge: what becomes of it here.
    """

    path: str
    changed: Changed
    here_by: tuple[str, ...]
    there_by: tuple[str, ...]
    merge: str


def compare(sides: Sides) -> list[Difference]:
    """The files that differ now, by path."""
    return [
        _difference(path, sides)
        for path in sorted(sides.here.keys() | sides.there.keys())
        if sides.here.get(path, "") != sides.there.get(path, "")
    ]


def same_files(sides: Sides) -> int:
    """How many files both have with the same content."""
    return len(set(sides.here.items()) & set(sides.there.items()))


def below(files: Files, folder: str, apart: Set[str] = frozenset()) -> dict[str, str]:
    """The files below a folder, by their paths in it.

    Args:
        folder: empty: all.
        apart: folders whose files do not count: submodules.
    """
    prefix = f"{folder}/" if folder else ""
    inner = tuple(f"{name}/" for name in apart)
    return {
        path.removeprefix(prefix): content
        for path, content in files.items()
        if path.startswith(prefix) and not path.startswith(inner)
    }


def _difference(path: str, sides: Sides) -> Difference:
    here, there = sides.here.get(path, ""), sides.there.get(path, "")
    changed_here = here != sides.here_then.get(path, "")
    changed_there = there != sides.there_then.get(path, "")
    if changed_here:
        changed = Changed.BOTH if changed_there else Changed.HERE
    else:
        changed = Changed.THERE if changed_there else Changed.NEITHER
    return Difference(path, changed, here, there, sides.base.get(path, ""))
