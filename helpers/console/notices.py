"""What a single command tells besides its own output: plain lines on standard error."""

import sys
from collections.abc import Sequence
from dataclasses import replace

from helpers.console.foreign import printable
from helpers.console.repeated import Message, grouped, together
from helpers.model.events import BuildStarted, Event, Notice, Warned


def tell(event: Event) -> None:
    """Print what the user should know; other events are not for single commands."""
    if isinstance(event, Notice):
        _print(event.dir, event.text)
    elif isinstance(event, Warned):
        _print(event.dir, f"warning: {event.text}")
        if event.mend:
            _print(event.dir, f"  mend: {event.mend}")
    elif isinstance(event, BuildStarted):
        _print(event.dir, f"building {event.image}")


def tell_all(messages: Sequence[Message]) -> None:
    """Print messages of many dirs, equal ones once."""
    for message, dirs in grouped(messages):
        tell(replace(message, dir=together(dirs) if dirs else ""))


def _print(name: str, text: str) -> None:
    print(printable(f"{name}: {text}" if name else text), file=sys.stderr, flush=True)
