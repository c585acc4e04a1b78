"""Builds as they go: a live table on a terminal, plain lines otherwise."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from helpers.console.foreign import one_line
from helpers.console.runs.plain import PlainRunView, event_line
from helpers.console.runs.state import DirRow, RunState
from helpers.model.events import BuildEnded, BuildStarted, BuildStep, Event, Listener
from helpers.model.runnable_dir import ROOT, shown_name

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

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
    from helpers.console.live_table import open_live

    with open_live(stream, lambda print_above: _BuildTable(print_above, root_name)) as view:
        yield view


def _state(event: BuildEnded) -> str:
    if event.interrupted:
        return "interrupted"
    if event.failed:
        return "failed"
    return "built" if event.changed else "up to date"


class _BuildTable:
    """Keeps the state of each build, and draws it."""

    def __init__(self, print_above: Callable[[str], None], root_name: str = ROOT) -> None:
        self._print_above = print_above
        self._state = RunState(root_name)
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        if isinstance(event, BuildStarted | BuildStep | BuildEnded):
            with self._lock:
                self._take(event, time.monotonic())
            return
        line = event_line(event, self._state.root_name)
        if line:
            self._print_above(line)

    def _take(self, event: BuildStarted | BuildStep | BuildEnded, now: float) -> None:
        rows, dir = self._state.rows, event.dir
        if isinstance(event, BuildStarted):
            rows[dir] = DirRow(shown_name(dir, self._state.root_name), event.image)
        self._state.take(event, now)
        if isinstance(event, BuildEnded):
            failed = event.failed and not event.interrupted
            rows[dir].phase, rows[dir].seconds = _state(event), event.seconds
            rows[dir].detail = event.log if failed else ""

    def render(self, width: int) -> "Table | Group":
        """The table as it is now; what is too long for the width loses its end, the step first."""
        from rich.console import Group
        from rich.text import Text

        from helpers.console.live_table import live_table

        with self._lock:
            now = time.monotonic()
            beside = self._state.beside(now)
            cells = [_cells(row, now, beside) for row in self._state.rows.values()]
        if not cells:
            # Nothing is built: what runs is a line.
            return Group(*([Text(one_line(beside), style="dim")] if beside else []))
        return live_table(_TITLES, cells, width, _SHRINKING)


def _cells(row: DirRow, now: float, beside: str) -> "list[Text]":
    from rich.text import Text

    return [
        Text(one_line(row.name)),
        Text(one_line(row.image)),
        Text(row.phase, style=_COLOURS.get(row.phase, "cyan")),
        Text(f"{row.seconds or now - row.began:.1f}"),
        Text(str(row.cached)),
        Text(one_line(row.detail or row.steps.shown(now) or beside), style="dim"),
    ]
