"""A test run as plain lines, for files and pipes: one for each event that matters."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Self, TextIO

from helpers.console.foreign import printable
from helpers.console.repeated import Gathered, Message, Ticker, together
from helpers.console.runs.state import RunState
from helpers.console.runs.summary import are_many, ended_line, summary_lines
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
    ServiceChanged,
    TestEnded,
    Warned,
)
from helpers.model.numbers import counted
from helpers.model.results.results import DirState
from helpers.model.runnable_dir import ROOT, shown_name

_SECONDS_BETWEEN = 10.0


class PlainRunView:
    """Prints a line for each event; a test that passed has none, and of many dirs fewer have one.

    As a context it also says every 10 seconds what runs, and tells messages that several dirs have
    in common once.
    """

    def __init__(
        self,
        stream: TextIO,
        root_name: str = ROOT,
        clock: Callable[[], float] = time.monotonic,
        way: str = ".",
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._way = way
        self._began = self._said = clock()
        self._lock = threading.Lock()
        self._state = RunState(root_name)
        self._messages = Gathered()
        self._ticker: Ticker | None = None
        self._many = False

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        with self._lock:
            self._state.take(event, self._clock())
            if isinstance(event, RunStarted):
                self._many = are_many(len(event.dirs))
            if isinstance(event, RunEnded):
                self._tell(self._messages.rest())
                for line in summary_lines(event.result, self._way):
                    print(printable(line), file=self._stream)
            elif isinstance(event, Notice | Warned) and self._ticker:
                self._messages.add(event, self._clock())
            elif not (self._many and _is_of_course(event)):
                self._print(event_line(event, self._state.root_name))
            self._stream.flush()

    def tick(self) -> None:
        """Tell what is due, and every 10 seconds what runs now."""
        with self._lock:
            now = self._clock()
            self._tell(self._messages.due(now))
            if now - self._said >= _SECONDS_BETWEEN:
                self._said = now
                self._print(self._state.going_on(now))
            self._stream.flush()

    def __enter__(self) -> Self:
        self._ticker = Ticker(self.tick)
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._ticker:
            self._ticker.stop()
            self._ticker = None
        self._tell(self._messages.rest())
        self._stream.flush()

    def _tell(self, messages: Iterable[tuple[Message, list[str]]]) -> None:
        for message, dirs in messages:
            self._print(message_line(message, dirs, self._state.root_name))

    def _print(self, line: str) -> None:
        if line:
            seconds = self._clock() - self._began
            print(f"[{seconds:6.1f}] {printable(line)}", file=self._stream)


def _is_of_course(event: Event) -> bool:
    """Whether an event is one that most dirs have: it starts, it is tested, or it is reused."""
    if isinstance(event, DirStateChanged):
        return event.state in (DirState.STARTING, DirState.TESTING)
    return isinstance(event, DirEnded) and bool(event.result.reused)


def message_line(message: Message, dirs: Sequence[str], root_name: str) -> str:
    """A message as a line.

    Args:
        dirs: those that it is about; none: all.
    """
    names = [shown_name(dir, root_name) for dir in dirs]
    about = together(names) if names else "all"
    if isinstance(message, Notice):
        return f"{about}: {message.text}"
    fix = f" (fix: {message.fix})" if message.fix else ""
    return f"{about}: warning: {message.text}{fix}"


def event_line(event: Event, root_name: str = ROOT) -> str:
    """An event as a line; empty where it is not worth one."""
    match event:
        case RunStarted():
            return f"run {event.run}: {counted(len(event.dirs), 'dir')}"
        case DirEnded():
            return ended_line(event.result)
        case Warned() | Notice():
            return message_line(event, [event.dir] if event.dir else [], root_name)
        case DirStateChanged() | TestEnded() | ReleaseStep() | BuildStarted() | BuildEnded():
            what = _what(event)
            return f"{shown_name(event.dir, root_name)}: {what}" if what else ""
        case ServiceChanged():
            why = f" ({event.why})" if event.why else ""
            return f"{event.service}: {event.phase}{why}"
        case _:
            return ""


def _what(
    event: DirStateChanged | TestEnded | ReleaseStep | BuildStarted | BuildEnded,
) -> str:
    match event:
        case DirStateChanged():
            return f"{event.state.value} {event.detail}".rstrip()
        case TestEnded():
            return f"{event.test.outcome.value} {event.test.node}" if event.test.bad else ""
        case ReleaseStep():
            return event.text
        case BuildStarted():
            return f"building {event.image}"
        case BuildEnded():
            return _build_line(event)


def _build_line(event: BuildEnded) -> str:
    if not event.changed:
        return f"{event.image} is up to date"
    if event.interrupted:
        return ""  # the command itself says so
    ended = "failed" if event.failed else "built"
    return f"{ended} {event.image} ({event.seconds:.1f} s)"
