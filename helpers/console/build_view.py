"""Builds as they go: a live table on a terminal, plain lines otherwise."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, TextIO

from helpers.console.foreign import one_line, printable, unfiltered
from helpers.console.plain_run_view import PlainRunView, event_line
from helpers.console.run_state import RunningSteps
from helpers.console.tables import ECHO_WIDTH, fitted
from helpers.model.dataclass import dataclass
from helpers.model.events import BuildEnded, BuildStarted, BuildStep, Event, Listener
from helpers.model.runnable_dir import ROOT, shown_name

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

_PER_SECOND = 8
_TITLES = ("dir", "image", "state", "seconds", "cached", "step")
# The step gives way first; the state and the numbers stay.
_SHRINKING = ((5, 12), (1, 8), (0, 12), (5, 0))
_COLOURS = {"built": "green", "up to date": "green", "failed": "red", "interrupted": "yellow"}


@contextmanager
def open_build_view(is_terminal: bool, stream: TextIO, root_name: str = ROOT) -> Iterator[Listener]:
    """Open a view that shows the events of builds until the context ends.

    Args:
        is_terminal: a person sits at the command; the stream may still lead elsewhere.
        root_name: what people call the repo's root.
    """
    if not (is_terminal and stream.isatty()):
        with PlainRunView(stream, root_name) as view:
            yield view
        return
    # Imported here: rich is for terminals alone.
    from rich.console import Console
    from rich.live import Live

    console = Console(file=unfiltered(stream), highlight=False)
    table = _BuildTable(
        lambda text: console.print(printable(text), style="dim", markup=False), root_name
    )
    with Live(
        console=console,
        get_renderable=lambda: table.render(console.width),
        refresh_per_second=_PER_SECOND,
    ):
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
    steps: RunningSteps = field(default_factory=RunningSteps)
    ended: str = ""
    cached: int = 0
    seconds: float = 0.0
    state: str = "building"


class _BuildTable:
    """Keeps the state of each build, and draws it."""

    def __init__(self, print_above: Callable[[str], None], root_name: str = ROOT) -> None:
        self._print_above = print_above
        self._root_name = root_name
        self._rows: dict[str, _Row] = {}
        self._beside = RunningSteps()
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        now = time.monotonic()
        with self._lock:
            match event:
                case BuildStarted():
                    name = shown_name(event.dir, self._root_name)
                    self._rows[event.dir] = _Row(name, event.image, now)
                    return
                case BuildStep():
                    row = self._rows.get(event.dir)
                    steps = row.steps if row else self._beside
                    steps.take(event, now)
                    if row:
                        row.cached += event.cached
                    return
                case BuildEnded():
                    row = self._rows[event.dir]
                    row.state = _state(event)
                    failed = event.failed and not event.interrupted
                    row.seconds, row.ended = event.seconds, event.log if failed else ""
                    row.steps.clear()
                    return
        line = event_line(event, self._root_name)
        if line:
            self._print_above(line)

    def render(self, width: int) -> "Table | Group":
        """The table as it is now; what is too long for the width loses its end, the step first."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        with self._lock:
            cells = [self._cells(row) for row in self._rows.values()]
        if not cells:
            # Nothing is built: what runs is a line.
            running = self._beside.shown(time.monotonic())
            return Group(*([Text(one_line(running), style="dim")] if running else []))
        lengths = [[len(text) for text in row] for row in (_TITLES, *cells)]
        room = width - (len(_TITLES) - 1) - ECHO_WIDTH
        widths = fitted([max(column) for column in zip(*lengths, strict=True)], room, _SHRINKING)
        table = Table(box=None, pad_edge=False, collapse_padding=True)
        for title, most in zip(_TITLES, widths, strict=True):
            table.add_column(title, width=most, overflow="ellipsis", no_wrap=True)
        for name, image, state, seconds, cached, step in cells:
            shown = Text(state, style=_COLOURS.get(state, "cyan"))
            table.add_row(name, image, shown, seconds, cached, Text(step, style="dim"))
        return table

    def _cells(self, row: _Row) -> tuple[str, ...]:
        now = time.monotonic()
        running = row.steps.shown(now) or self._beside.shown(now)
        step = row.ended or running
        seconds = f"{row.seconds or now - row.began:.1f}"
        words = (row.name, row.image, row.state, seconds, str(row.cached), step)
        return tuple(one_line(word) for word in words)
