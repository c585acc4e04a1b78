"""What a comment asks for: `/train MODEL ...`, `/train help` or `/train cancel`.

A comment is text that anybody may write. Nothing but `/train` at the start of a line counts in it,
and what follows there is read by the grammar of requests alone.
"""

import re
from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.training import FORM, TrainingRequest, parse_line

WORD = "/train"
# Any white space ends the word, so that a line with an odd one is refused and not passed over.
_LINE = re.compile(rf"{re.escape(WORD)}(?=\s|$)(?P<rest>.*)", re.DOTALL)
_ENDS = re.compile(r"\r\n|\n|\r")


class Order(StrEnum):
    """What is to be done."""

    TRAIN = "train"
    HELP = "help"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a comment asks for; `request` is there where a model is to be trained."""

    order: Order
    request: TrainingRequest | None = None


def lines_for_us(text: str) -> list[str]:
    """What follows `/train` in each line that begins so."""
    found = (_LINE.fullmatch(line) for line in _ENDS.split(text))
    return [one["rest"] for one in found if one]


def read_order(lines: list[str]) -> Ordered:
    """What the lines of a comment ask for.

    Raises:
        HelpersError: there are several of them, or the one does not have the form of a request.
    """
    if len(lines) != 1:
        raise HelpersError(
            f"a comment asks for one training, and this one has {len(lines)} lines with {WORD}",
            fix="write a comment for each",
        )
    words = lines[0].split(" ")
    first, rest = next(((one, words[n + 1 :]) for n, one in enumerate(words) if one), ("", []))
    if first in (Order.HELP, Order.CANCEL):
        if any(rest):
            raise HelpersError(f"nothing follows {WORD} {first}", fix=f"write {WORD} {first}")
        return Ordered(Order(first))
    try:
        return Ordered(Order.TRAIN, parse_line(lines[0]))
    except HelpersError as error:
        raise HelpersError(error.what, fix=f"{WORD} {FORM}, or {WORD} help") from error
