"""A stack as it starts: a live table on a terminal, a line for each change otherwise."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from helpers.console.foreign import one_line
from helpers.console.runs.plain import PlainRunView
from helpers.model.events import Event, Listener, ServiceChanged
from helpers.model.runnable_dir import shown_name
from helpers.model.stack.readiness import Phase

if TYPE_CHECKING:
    from rich.table import Table

_TITLES = ("service", "dir", "state", "seconds", "detail")
_SHRINKING = ((4, 12), (1, 8), (0, 12), (4, 0))
_COLOURS = {Phase.READY: "green", Phase.DONE: "green", Phase.FAILED: "red"}
_ENDED = (Phase.READY, Phase.DONE, Phase.FAILED)


@contextmanager
def open_stack_view(is_terminal: bool, stream: TextIO, root_name: str) -> Iterator[Listener]:
    """Open a view that shows the services of a stack until the context ends.

    Args:
        is_terminal: a person sits at the command; the stream may still lead elsewhere.
        root_name: what people call the repo's root.
    """
    if not (is_terminal and stream.isatty()):
        yield PlainRunView(stream, root_name)
        return
    # Imported here: rich is for terminals alone.
    from helpers.console.live_table import open_live

    with open_live(stream, lambda _: _StackTable(root_name)) as view:
        yield view


class _StackTable:
    """Keeps how each service stands, and since when; draws it."""

    def __init__(self, root_name: str) -> None:
        self._root_name = root_name
        self._began = time.monotonic()
        self._rows: dict[str, tuple[ServiceChanged, float]] = {}
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        if isinstance(event, ServiceChanged):
            with self._lock:
                self._rows[event.service] = event, time.monotonic()

    def render(self, width: int) -> "Table":
        """The table as it is now; the detail gives way first."""
        from rich.text import Text

        from helpers.console.live_table import live_table

        with self._lock:
            now = time.monotonic()
            cells = []
            for event, at in self._rows.values():
                ended = event.phase in _ENDED
                seconds = (at if ended else now) - self._began
                cells.append(
                    [
                        Text(one_line(event.service)),
                        Text(one_line(shown_name(event.dir, self._root_name) or "-")),
                        Text(event.phase, style=_COLOURS.get(Phase(event.phase), "cyan")),
                        Text(f"{seconds:.1f}"),
                        Text(one_line(event.why), style="dim"),
                    ]
                )
        return live_table(_TITLES, cells, width, _SHRINKING, numbers=("seconds",))
