"""Messages that several dirs have in common, each told once."""

import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace

from helpers.console.foreign import one_line
from helpers.model.dataclass import dataclass
from helpers.model.events import Notice, Warned
from helpers.model.groups import grouped

Message = Notice | Warned
# Dirs start together, so what they have in common comes within this time.
_HELD_BACK = 1.0
_MOST_NAMES = 4
_TICK = 0.5


def together(names: Sequence[str]) -> str:
    """The dirs of a message, with their number where that is more than one."""
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    return f"{len(names)} dirs ({shown})"


def print_once(lines: Iterable[str]) -> None:
    """Print each line once, for people, on standard error."""
    for line in dict.fromkeys(lines):
        print(one_line(line), file=sys.stderr)


def told_once(messages: Sequence[Message]) -> list[tuple[Message, list[str]]]:
    """Each message once, with the dirs that it is about; a message about none has no dirs."""
    equal = grouped((_key(message), message) for message in messages)
    return [_as_one(found) for found in equal.values()]


def _as_one(equal: Sequence[Message]) -> tuple[Message, list[str]]:
    dirs = list(dict.fromkeys(message.dir for message in equal if message.dir))
    first, times = equal[0], len(equal)
    if times > max(len(dirs), 1):
        first = replace(first, text=f"{first.text} ({times} times)")
    return first, dirs


def _key(message: Message) -> tuple[object, ...]:
    return type(message), message.text, message.fix if isinstance(message, Warned) else ""


@dataclass(slots=True)
class Gathered:
    """Messages of a run: equal ones that come together become one, and none is repeated."""

    _waiting: list[tuple[float, Message]] = field(default_factory=list)
    _told: dict[tuple[object, ...], list[Message]] = field(default_factory=dict)

    def add(self, message: Message, now: float) -> None:
        """Keep a message until it is due."""
        if _key(message) in self._told:
            self._told[_key(message)].append(message)
        else:
            self._waiting.append((now, message))

    def due(self, now: float) -> list[tuple[Message, list[str]]]:
        """The messages that waited long enough, each with its dirs."""
        old = {_key(message) for at, message in self._waiting if now - at >= _HELD_BACK}
        return self._take(old)

    def rest(self) -> list[tuple[Message, list[str]]]:
        """The messages for the end: those that still wait, and those that came again later."""
        first = self._take({_key(message) for _, message in self._waiting})
        again = [message for later in self._told.values() for message in later]
        self._told = {key: [] for key in self._told}
        return first + told_once(again)

    def _take(self, keys: set[tuple[object, ...]]) -> list[tuple[Message, list[str]]]:
        taken = [message for _, message in self._waiting if _key(message) in keys]
        self._waiting = [item for item in self._waiting if _key(item[1]) not in keys]
        self._told |= {key: [] for key in keys}
        return told_once(taken)


class Ticker:
    """Calls a function twice a second until it is stopped."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; the function is not called any more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_TICK):
            self._call()
