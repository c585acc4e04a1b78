"""What the tests of a dir need of the machine, and how much of it there is."""

import re
from collections.abc import Mapping
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.numbers import whole_number

MEMORY, GPU = "memory", "gpu"
# More of anything than a machine has.
MOST = 999_999_999
# In the syntax that Python and JSON Schema share.
SIZE = r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([kmgtKMGT]?)(?:[iI]?[bB])?"
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}

# Bytes of memory, a number of everything else.
Amounts = Mapping[str, int]


def parse_size(text: str) -> int | None:
    """Bytes, from a size as Docker takes it (`512m`, `4g`); None where it is none."""
    found = re.fullmatch(SIZE, text.strip())
    return int(float(found[1]) * _UNITS[found[2].lower()]) if found else None


def read_amounts(texts: Mapping[str, str], where: str) -> Amounts:
    """Amounts, from what a key `resources` has; `where` is for messages alone.

    Raises:
        HelpersError: an amount is none.
    """
    amounts = {}
    for name, text in texts.items():
        amount = parse_size(text) if name == MEMORY else whole_number(text, MOST)
        if not amount:
            expected = "a size such as 512m or 4g" if name == MEMORY else "a number from 1"
            raise HelpersError(
                f"key 'resources': {name}: expected {expected}, found {text!r}",
                where=where,
                fix=f"give '{name}' {expected}",
            )
        amounts[name] = amount
    return amounts


def shown_amount(name: str, amount: int) -> str:
    """An amount as people write it."""
    if name != MEMORY:
        return f"{amount} {name}"
    for unit in "tgm":
        if amount >= _UNITS[unit]:
            return f"{amount / _UNITS[unit]:.3g}{unit} of memory"
    return f"{amount} bytes of memory"


@dataclass(slots=True)
class Stock:
    """The machine's free resources while dirs use some.

    Attributes:
        whole: what there is; of a name that is not in it there is one.
    """

    whole: Amounts
    _used: dict[str, int] = field(default_factory=dict)

    def lacks(self, wanted: Amounts) -> str:
        """The resource that the machine can never supply; empty if it can supply all."""
        for name, amount in wanted.items():
            if amount > self.amount(name):
                return name
        return ""

    def has(self, wanted: Amounts) -> bool:
        """Whether everything is free now."""
        return all(self._used.get(n, 0) + amount <= self.amount(n) for n, amount in wanted.items())

    def take(self, wanted: Amounts) -> None:
        """Use a part of what is free."""
        for name, amount in wanted.items():
            self._used[name] = self._used.get(name, 0) + amount

    def give_back(self, wanted: Amounts) -> None:
        """The end of `take`."""
        for name, amount in wanted.items():
            self._used[name] -= amount

    def amount(self, name: str) -> int:
        """The total amount of a resource."""
        return self.whole.get(name, 1)
