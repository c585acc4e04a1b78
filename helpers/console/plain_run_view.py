"""A test run as plain lines, for files and pipes: one for each event that matters."""

import threading
import time
from types import TracebackType
from typing import Self, TextIO

from helpers.console.foreign import printable
from helpers.console.run_summary import state_words, summary_lines
from helpers.model.events import (
    BuildEnded,
    BuildStarted,
    DirEnded,
    DirStateChanged,
    Event,
    Notice,
    ReleaseStep,
    RunEnded,
    RunStarted,
    TestEnded,
    Warned,
)


class PlainRunView:
    """Prints a line for each event; a test that passed has none."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        with self._lock:
            if isinstance(event, RunEnded):
                for line in summary_lines(event.result):
                    print(printable(line), file=self._stream)
            else:
                line = event_line(event)
                if line:
                    seconds = time.monotonic() - self._began
                    print(f"[{seconds:6.1f}] {printable(line)}", file=self._stream)
            self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.flush()


def event_line(event: Event) -> str:
    """An event as a line; empty where it is not worth one."""
    match event:
        case RunStarted():
            number = len(event.dirs)
            return f"run {event.run}: {number} dir{'' if number == 1 else 's'}"
        case DirStateChanged():
            return f"{event.dir}: {event.state.value} {event.detail}".rstrip()
        case TestEnded() if event.test.bad:
            return f"{event.dir}: {event.test.outcome.value} {event.test.node}"
        case DirEnded():
            counts = event.result.counts
            done = f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
            return f"{event.result.dir}: {state_words(event.result)} ({done})"
        case Warned():
            mend = f" (mend: {event.mend})" if event.mend else ""
            return f"{event.dir or 'all'}: warning: {event.text}{mend}"
        case ReleaseStep():
            return f"{event.dir}: {event.text}"
        case Notice():
            return f"{event.dir or 'all'}: {event.text}"
        case BuildStarted():
            return f"{event.dir}: building {event.image}"
        case BuildEnded():
            return _build_line(event)
        case _:
            return ""


def _build_line(event: BuildEnded) -> str:
    if not event.changed:
        return f"{event.dir}: {event.image} is up to date"
    if event.interrupted:
        return ""  # the command itself says so
    ended = "failed" if event.failed else "built"
    return f"{event.dir}: {ended} {event.image} ({event.seconds:.1f} s)"
