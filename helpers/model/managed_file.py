"""Files that the toolchain writes in a repo, and how each of them stands."""

from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.file_change import FileChange


class Mode(StrEnum):
    """How much of a file is written."""

    WHOLE = "identical"
    BLOCK = "block"
    KEYS = "merge-keys"
    LINK = "link"


class Drift(StrEnum):
    """How a file of a repo stands to what is to be written; the value is the wording of tables."""

    IN_STEP = "in step"
    NEW = "not applied yet"
    UPSTREAM = "drifted: changed upstream"
    HERE = "changed here"
    BOTH = "changed on both sides"
    CONFLICT = "in conflict"
    GONE = "gone here"
    OPTED_OUT = "opted out"
    ABSENT = "not in this repo"
    DROPPED = "no longer shared"


# What needs nobody to do anything.
_FINE = (Drift.IN_STEP, Drift.OPTED_OUT, Drift.ABSENT, Drift.DROPPED)


class Take(StrEnum):
    """Whose side is taken where both differ; neither: that is a conflict."""

    NEITHER = ""
    OWN = "own"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """A file that the toolchain writes in a repo.

    Attributes:
        path: in the repo, relative to its root.
        source: where its content comes from, relative to the toolchain's root.
        owner: who decides about it.
        where_present: it concerns only repos that have a file of that path.
    """

    path: str
    source: str
    owner: str
    mode: Mode
    where_present: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a file stands, and what applying would do.

    Attributes:
        detail: the reason, or the names of what is in conflict.
        change: what is to be written; of a link, the text is where it leads. None: nothing.
        conflicts: what somebody must decide; the change has markers, or leaves it as it is.
        record: the line that is to be recorded; empty: as it is.
        undecided: names of keys in conflict, to be recorded.
        resolves: the change only takes sides in conflicts that stand in the file.
        given_up: lines that a resolution takes out, but for those that are shared.
    """

    item: ManagedFile
    drift: Drift
    detail: str = ""
    change: FileChange | None = None
    conflicts: tuple[str, ...] = ()
    record: str = ""
    undecided: tuple[str, ...] = ()
    resolves: bool = False
    given_up: frozenset[str] = frozenset()

    @property
    def in_step(self) -> bool:
        """Whether nobody has to do anything."""
        return self.drift in _FINE
