"""What became of each checkout when a command moved many at once."""

from enum import StrEnum
from typing import Self

from helpers.model.dataclass import dataclass


class MoveStatus(StrEnum):
    """What a command did with a checkout."""

    SAME = "same"
    MOVED = "moved"
    LEFT = "left"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MoveOutcome:
    """What became of one checkout.

    Attributes:
        path: relative to the outermost root; `.` for that itself.
        what: one line that says it.
        fix: the command that fixes it, typed in the outermost root; empty where none is needed.
    """

    path: str
    status: MoveStatus
    what: str
    fix: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether it was refused or failed."""
        return self.status in (MoveStatus.REFUSED, MoveStatus.FAILED)

    @classmethod
    def same(cls, path: str, what: str) -> Self:
        """It is where it belongs."""
        return cls(path, MoveStatus.SAME, what)

    @classmethod
    def moved(cls, path: str, what: str) -> Self:
        """It was moved, or changed as the command says."""
        return cls(path, MoveStatus.MOVED, what)

    @classmethod
    def left(cls, path: str, what: str, fix: str = "") -> Self:
        """It was not what the command is about; nothing is wrong."""
        return cls(path, MoveStatus.LEFT, what, fix)

    @classmethod
    def refused(cls, path: str, what: str, fix: str = "") -> Self:
        """It could not be moved without risk."""
        return cls(path, MoveStatus.REFUSED, what, fix)

    @classmethod
    def failed(cls, path: str, what: str, fix: str = "") -> Self:
        """Git, a network or a test failed."""
        return cls(path, MoveStatus.FAILED, what, fix)
