"""How a checkout differs from its state at a commit of the outermost repo."""

from enum import StrEnum

from helpers.model.dataclass import dataclass


class DiffForm(StrEnum):
    """How much of a difference is shown."""

    PATCH = "patch"
    STAT = "stat"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class CheckoutDiff:
    """The difference of one checkout.

    Attributes:
        path: of the checkout, relative to the outermost root.
        text: as git tells it; empty where only names are wanted.
        names: files that are not the same; of a patch or a stat, those that git does not know yet.
        note: what became of the checkout itself since then.
        fault: why it could not be compared.
    """

    path: str
    text: str = ""
    names: tuple[str, ...] = ()
    note: str = ""
    fault: str = ""
