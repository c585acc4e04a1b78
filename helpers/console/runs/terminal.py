"""A test run as a live table, for a terminal."""

import threading
import time
from pathlib import Path
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.style import Style
from rich.table import Table
from rich.text import Text

from helpers.console.foreign import one_line, printable, unfiltered
from helpers.console.live_table import PER_SECOND, live_table
from helpers.console.repeated import Gathered, Message, Ticker
from helpers.console.runs.plain import message_line
from helpers.console.runs.state import DirRow, RunState
from helpers.console.runs.summary import Located, summary_lines, sums_line
from helpers.model.events import Event, RunEnded, Warned
from helpers.model.results.results import DirState, Verdict, count, verdict_of
from helpers.model.runnable_dir import ROOT

_RESERVED_LINES = 6
_TITLES = ("dir", "image", "state", "tests", "passed", "failed", "skipped", "seconds", "step")
_NUMBERS = ("tests", "passed", "failed", "skipped", "seconds")
# The step gives way first; the state and the numbers stay.
_SHRINKING = ((8, 12), (1, 8), (0, 12), (8, 0))
_COLOURS = {
    DirState.WAITING: "dim",
    DirState.PASSED: "green",
    DirState.FAILED: "red",
    DirState.ERROR: "red",
    DirState.NO_TESTS: "yellow",
    DirState.STOPPED: "yellow",
}

_VERDICT_COLOURS = {Verdict.GOOD: "", Verdict.NOTICE: "yellow", Verdict.BAD: "red"}


class TerminalRunView:
    """Shows every dir's state while the run goes on, and the summary at its end."""

    def __init__(
        self, stream: TextIO, repo: Path | None = None, root_name: str = ROOT, way: str = "."
    ) -> None:
        self._console = Console(file=unfiltered(stream), highlight=False, soft_wrap=True)
        self._repo = repo
        self._way = way
        self._state = RunState(root_name)
        self._messages = Gathered()
        self._lock = threading.Lock()
        self._ticker = Ticker(self._tick)
        self._live = Live(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=PER_SECOND,
            transient=False,
        )

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        with self._lock:
            self._state.take(event, time.monotonic())
            if isinstance(event, Warned):
                self._messages.add(event, time.monotonic())
        if isinstance(event, RunEnded):
            self._tell_rest()
            self._live.stop()
            for line in summary_lines(event.result, self._way):
                last = line == sums_line(event.result)
                style = _VERDICT_COLOURS[event.result.verdict] if last else ""
                self._console.print(self._linked(line, style))

    def __enter__(self) -> Self:
        self._live.start()
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ticker.stop()
        self._tell_rest()
        self._live.stop()

    def _tick(self) -> None:
        with self._lock:
            due = self._messages.due(time.monotonic())
        self._tell(due)

    def _tell_rest(self) -> None:
        with self._lock:
            rest = self._messages.rest()
        self._tell(rest)

    def _tell(self, messages: list[tuple[Message, list[str]]]) -> None:
        """Print above the table; drawing it takes the lock, so we do not hold it."""
        for message, dirs in messages:
            line = message_line(message, dirs, self._state.root_name)
            self._console.print(Text(printable(line), style="yellow"))

    def _linked(self, line: str, style: str) -> Text:
        """A line whose path leads to the file, in terminals that have links."""
        text = Text(printable(line), style=style)
        if self._repo and isinstance(line, Located):
            start = len(text.plain) - len(printable(line.shown))
            place = f"#{line.line}" if line.line else ""
            text.stylize(Style(link=f"{(self._repo / line.path).as_uri()}{place}"), start)
        return text

    def _render(self) -> Table:
        with self._lock:
            rows = list(self._state.rows.values())
            shown = self._shown(rows)
            now = time.monotonic()
            cells = [_cells(row, now, self._state.beside(now)) for row in shown]
        return self._table(cells, rows, len(rows) - len(shown))

    def _table(self, cells: list[list[Text]], rows: list[DirRow], hidden: int) -> Table:
        table = live_table(_TITLES, cells, self._console.width, _SHRINKING, _NUMBERS)
        if hidden:
            done = sum(row.state.final for row in rows)
            table.caption = f"and {hidden} more; {done} of {len(rows)} done"
        return table

    def _shown(self, rows: list[DirRow]) -> list[DirRow]:
        """As many as fit: what is going on first, then what went wrong, then the rest."""
        room = max(3, self._console.height - _RESERVED_LINES)
        if len(rows) <= room:
            return rows
        chosen = {id(row) for row in sorted(rows, key=_urgency)[:room]}
        return [row for row in rows if id(row) in chosen]


def _urgency(row: DirRow) -> int:
    if row.state.final:
        return 1 if verdict_of(row.state) is Verdict.BAD else 3
    return 2 if row.state is DirState.WAITING else 0


def _cells(row: DirRow, now: float, beside: str) -> list[Text]:
    """A row of the table.

    Args:
        beside: the step of a build that is no dir's own, such as the base image's.
    """
    counts = count(row.tests)
    running = 0.0 if not row.began else now - row.began
    seconds = row.seconds if row.state.final else running
    total = f"{counts.total}/{row.collected}" if row.collected else str(counts.total)
    building = row.state is DirState.BUILDING
    step = row.detail or row.steps.shown(now) or (beside if building else "")
    return [
        Text(one_line(row.name)),
        Text(one_line(row.image)),
        Text(row.state.value, style=_COLOURS.get(row.state, "cyan")),
        Text(total),
        Text(str(counts.passed), style="green" if counts.passed else "dim"),
        Text(str(counts.failed), style="red" if counts.failed else "dim"),
        Text(str(counts.skipped), style="dim"),
        Text(f"{seconds:.1f}"),
        Text(one_line(step), style="dim"),
    ]
