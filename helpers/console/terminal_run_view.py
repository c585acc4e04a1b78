"""A test run as a live table, for a terminal."""

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from helpers.console.foreign import one_line, printable, unfiltered
from helpers.console.plain_run_view import event_line
from helpers.console.run_summary import state_words, summary_lines, sums_line
from helpers.model.events import (
    BuildStep,
    DirEnded,
    DirStateChanged,
    Event,
    RunEnded,
    RunStarted,
    TestEnded,
    TestsCollected,
    Warned,
)
from helpers.model.results import DirState, TestCase, Verdict, count

_PER_SECOND = 8
_RESERVED_LINES = 6
_COLOURS = {
    DirState.WAITING: "dim",
    DirState.PASSED: "green",
    DirState.FAILED: "red",
    DirState.ERROR: "red",
    DirState.NO_TESTS: "yellow",
    DirState.STOPPED: "yellow",
}

_VERDICT_COLOURS = {Verdict.GOOD: "", Verdict.NOTICE: "yellow", Verdict.BAD: "red"}


@dataclass
class _Row:
    name: str
    image: str
    state: DirState = DirState.WAITING
    detail: str = ""
    collected: int = 0
    began: float = 0.0
    seconds: float = 0.0
    tests: list[TestCase] = field(default_factory=list)


class TerminalRunView:
    """Shows every dir's state while the run goes on, and the summary at its end."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=unfiltered(stream), highlight=False, soft_wrap=True)
        self._rows: dict[str, _Row] = {}
        self._lock = threading.Lock()
        self._live = Live(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=_PER_SECOND,
            transient=False,
        )

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        with self._lock:
            self._take(event)
        if isinstance(event, Warned):
            self._console.print(Text(printable(event_line(event)), style="yellow"))
        elif isinstance(event, RunEnded):
            self._live.stop()
            for line in summary_lines(event.result):
                last = line == sums_line(event.result)
                style = _VERDICT_COLOURS[event.result.verdict] if last else ""
                self._console.print(Text(printable(line), style=style))

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def _take(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._rows = {name: _Row(name, image) for name, image in event.dirs}
            case DirStateChanged():
                row = self._rows[event.dir]
                row.state, row.detail = event.state, event.detail
                row.began = row.began or time.monotonic()
            case BuildStep():
                self._rows[event.dir].detail = event.step
            case TestsCollected():
                self._rows[event.dir].collected = event.number
            case TestEnded():
                self._rows[event.dir].tests.append(event.test)
            case DirEnded():
                row = self._rows[event.result.dir]
                row.state, row.seconds = event.result.state, event.result.seconds
                row.detail = state_words(event.result).partition(" ")[2]
                row.tests = row.tests or list(event.result.tests)
            case _:
                pass

    def _render(self) -> Table:
        with self._lock:
            rows = list(self._rows.values())
            shown = self._shown(rows)
            table = Table(box=None, pad_edge=False)
            for title in ("dir", "image", "state"):
                table.add_column(title, overflow="ellipsis", no_wrap=True)
            for title in ("tests", "passed", "failed", "skipped", "seconds"):
                table.add_column(title, justify="right", no_wrap=True)
            for row in shown:
                table.add_row(*_cells(row))
            hidden = len(rows) - len(shown)
            if hidden:
                done = sum(row.state.final for row in rows)
                table.add_row(Text(f"and {hidden} more; {done} of {len(rows)} done", style="dim"))
            return table

    def _shown(self, rows: list[_Row]) -> list[_Row]:
        """As many as fit: what is going on first, then what went wrong, then the rest."""
        room = max(3, self._console.height - _RESERVED_LINES)
        if len(rows) <= room:
            return rows
        chosen = {id(row) for row in sorted(rows, key=_urgency)[:room]}
        return [row for row in rows if id(row) in chosen]


def _urgency(row: _Row) -> int:
    if row.state in (DirState.FAILED, DirState.ERROR):
        return 1
    if row.state.final:
        return 3
    return 2 if row.state is DirState.WAITING else 0


def _cells(row: _Row) -> list[Text]:
    counts = count(row.tests)
    running = 0.0 if not row.began else time.monotonic() - row.began
    seconds = row.seconds if row.state.final else running
    state = one_line(f"{row.state.value} {row.detail}").strip()[:40]
    total = f"{counts.total}/{row.collected}" if row.collected else str(counts.total)
    return [
        Text(one_line(row.name)),
        Text(one_line(row.image)),
        Text(state, style=_COLOURS.get(row.state, "cyan")),
        Text(total),
        Text(str(counts.passed), style="green" if counts.passed else "dim"),
        Text(str(counts.failed), style="red" if counts.failed else "dim"),
        Text(str(counts.skipped), style="dim"),
        Text(f"{seconds:.1f}"),
    ]
