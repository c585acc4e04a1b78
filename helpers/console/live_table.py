"""A table that is drawn again and again on a terminal, as wide as that is at most."""

from collections.abc import Container, Sequence
from typing import Literal

from rich.table import Table
from rich.text import Text

from helpers.console.tables import ECHO_WIDTH, fitted


def live_table(
    titles: Sequence[str],
    rows: Sequence[Sequence[Text]],
    width: int,
    shrinking: Sequence[tuple[int, int]],
    numbers: Container[str] = (),
) -> Table:
    """Draw the rows below their titles.

    Args:
        shrinking: which columns give way, and down to what, as `fitted` takes it.
        numbers: the titles of columns that are aligned to the right.
    """
    table = Table(box=None, pad_edge=False, collapse_padding=True, caption_justify="left")
    lengths = [[cell.cell_len for cell in row] for row in (map(Text, titles), *rows)]
    room = width - (len(titles) - 1) - ECHO_WIDTH
    widths = fitted([max(column) for column in zip(*lengths, strict=True)], room, shrinking)
    for title, most in zip(titles, widths, strict=True):
        justify: Literal["left", "right"] = "right" if title in numbers else "left"
        table.add_column(title, justify=justify, width=most, overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
