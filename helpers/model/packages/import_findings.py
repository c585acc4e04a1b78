"""What is wrong between what code imports or reads and what its project declares."""

from enum import StrEnum

from helpers.model.dataclass import dataclass


class FindingKind(StrEnum):
    """What is wrong; the values are words of the JSON output."""

    IMPORTS_PROJECT = "imports-project"
    UNDECLARED = "undeclared"
    UNUSED = "unused"
    MISSING_BRICK = "missing-brick"
    NOT_LOCKED = "not-locked"
    STRANGER = "stranger"
    MISSING_DATA = "missing-data"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One of them.

    Attributes:
        place: the dir or package concerned, relative to the repo's root.
        file, line: where the import or the declaration is; line 0: the file as a whole.
        subject: the module, package or data file.
        note: worth a look, and no failure.
    """

    place: str
    kind: FindingKind
    file: str
    line: int
    subject: str
    what: str
    fix: str = ""
    note: bool = False
