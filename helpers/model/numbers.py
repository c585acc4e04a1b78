"""Whole numbers as people and files write them, and how many of a list."""

from collections.abc import Iterable, Sequence

# The exit status of a process that was killed: 128 and the number of SIGKILL.
KILLED = 137


def whole_number(text: str, most: int) -> int | None:
    """Read a number from 0 to `most`; None if the text is not one.

    `str.isdigit` takes digits that `int` refuses, and `int` refuses a text of many digits.
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > len(str(most)):
        return None
    number = int(digits)
    return number if number <= most else None


def counted(number: int, one: str, many: str = "") -> str:
    """A number and what it counts: `1 dir`, `2 dirs`.

    Args:
        many: the plural, where it is not `one` with an s.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def list_few(names: Iterable[str], most: int = 5) -> str:
    """The first of the names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most:,} more" * (len(every) > most)
    return ", ".join(every[:most]) + more


def few_lines(lines: Sequence[str], most: int = 5) -> str:
    """The first of the lines, and `...` where there are more."""
    return "\n".join([*lines[:most], *["..."] * (len(lines) > most)])
