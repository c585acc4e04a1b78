"""Whole numbers as people and files write them."""


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
