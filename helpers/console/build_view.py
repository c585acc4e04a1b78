"""Builds as they go: a live table on a terminal, plain lines otherwise."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from helpers.console.foreign import one_line, printable, unfiltered
from helpers.console.plain_run_view import PlainRunView, event_line
from helpers.model.events import BuildEnded, BuildStarted, BuildStep, Event, Listener

if TYPE_CHECKING:
    from rich.table import Table

_PER_SECOND = 8
_COLOURS = {"built": "green", "up to date": "green", "failed": "red", "interrupted": "yellow"}


@contextmanager
def open_build_view(is_terminal: bool, stream: TextIO) -> Iterator[Listener]:
    """What takes the events of builds, for as long as the context lasts.

    Args:
        is_terminal: a person sits at the command; the stream may still lead elsewhere.
    """
    if not (is_terminal and stream.isatty()):
        with PlainRunView(stream) as view:
            yield view
        return
    # Imported here: rich is for terminals alone.
    from rich.console import Console
    from rich.live import Live

    console = Console(file=unfiltered(stream), highlight=False)
    table = _BuildTable(lambda text: console.print(printable(text), style="dim", markup=False))
    with Live(console=console, get_renderable=table.render, refresh_per_second=_PER_SECOND):
        yield table


def _state(event: BuildEnded) -> str:
    if event.interrupted:
        return "interrupted"
    if event.failed:
        return "failed"
    return "built" if event.changed else "up to date"


@dataclass
class _Row:
    name: str
    image: str
    began: float
    step: str = ""
    cached: int = 0
    seconds: float = 0.0
    state: str = "building"


class _BuildTable:
    """Remembers how each build stands, and draws it."""

    def __init__(self, print_above: Callable[[str], None]) -> None:
        self._print_above = print_above
        self._rows: dict[str, _Row] = {}
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        with self._lock:
            match event:
                case BuildStarted():
                    self._rows[event.dir] = _Row(event.dir, event.image, time.monotonic())
                    return
                case BuildStep() if event.dir in self._rows:
                    row = self._rows[event.dir]
                    row.step, row.cached = event.step, row.cached + event.cached
                    return
                case BuildEnded():
                    row = self._rows[event.dir]
                    row.state = _state(event)
                    failed = event.failed and not event.interrupted
                    row.seconds, row.step = event.seconds, event.log if failed else ""
                    return
        line = event_line(event)
        if line:
            self._print_above(line)

    def render(self) -> "Table":
        """The table as it is now."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for title in ("dir", "image", "state", "seconds", "cached", "step"):
            table.add_column(title, overflow="ellipsis", no_wrap=True)
        with self._lock:
            for row in self._rows.values():
                seconds = row.seconds or time.monotonic() - row.began
                table.add_row(
                    Text(one_line(row.name)),
                    Text(one_line(row.image)),
                    Text(row.state, style=_COLOURS.get(row.state, "cyan")),
                    Text(f"{seconds:.1f}"),
                    Text(str(row.cached)),
                    Text(one_line(row.step), style="dim"),
                )
        return table
