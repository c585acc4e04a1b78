"""Tables as aligned plain text, the same on a terminal and in a file."""

from collections.abc import Sequence

from helpers.console.foreign import one_line

_GAP = "  "
# What a live table leaves free in its lines: a terminal writes `^C` behind the last one. Where that
# starts a new line, the table is drawn again below its own head.
ECHO_WIDTH = 2 * len("^C")


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header, each column as wide as its widest cell."""
    for line in table_lines(header, rows):
        print(line)


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The table as lines, without blanks at their ends."""
    table = [[one_line(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def fitted(widths: Sequence[int], room: int, shrinking: Sequence[tuple[int, int]]) -> list[int]:
    """Widths that fit into the room as far as they may shrink; all others stay.

    Args:
        shrinking: columns in the order in which they give way, each with what it keeps; a column
            may stand in it again, and then keeps less.
    """
    found = list(widths)
    for column, least in shrinking:
        excess = sum(found) - room
        if excess > 0:
            found[column] = max(min(least, found[column]), found[column] - excess)
    return found
