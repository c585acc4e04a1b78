"""A table that is drawn again and again on a terminal, as wide as that is at most."""

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol, TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from helpers.console.foreign import printable, unfiltered
from helpers.console.tables import ECHO_WIDTH, fitted
from helpers.model.events import Event, Listener

PER_SECOND = 8


class Drawn(Protocol):
    """Keeps what events say, and draws it as wide as the terminal is."""

    def __call__(self, event: Event) -> None: ...  # noqa: D102

    def render(self, width: int) -> RenderableType: ...  # noqa: D102


@contextmanager
def open_live(stream: TextIO, make: Callable[[Callable[[str], None]], Drawn]) -> Iterator[Listener]:
    """Draw a table on a terminal until the context ends; yields what takes events.

    Args:
        make: is given what prints a line above the table.
    """
    console = Console(file=unfiltered(stream), highlight=False)
    table = make(lambda text: console.print(printable(text), style="dim", markup=False))
    with Live(
        console=console,
        get_renderable=lambda: table.render(console.width),
        refresh_per_second=PER_SECOND,
    ):
        yield table


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
