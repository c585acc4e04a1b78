"""What became of each checkout when a command moved many at once."""

from collections.abc import Iterable
from enum import StrEnum

from helpers.model.dataclass import dataclass


class Fate(StrEnum):
    """What a command did with a checkout."""

    SAME = "same"
    MOVED = "moved"
    # It was not what the command is about; nothing is wrong.
    LEFT = "left"
    # It could not be moved without risk.
    REFUSED = "refused"
    # Git, a network or a test failed.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one checkout.

    Attributes:
        path: relative to the outermost root; `.` for that itself.
        what: one line that says it.
        fix: the command that fixes it, typed in the outermost root; empty where none is needed.
    """

    path: str
    fate: Fate
    what: str
    fix: str = ""


def is_bad(outcomes: Iterable[Outcome]) -> bool:
    """Whether something was refused or failed."""
    return any(one.fate in (Fate.REFUSED, Fate.FAILED) for one in outcomes)
