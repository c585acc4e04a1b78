"""Print a command's notices as plain lines on standard error."""

import sys
from collections.abc import Sequence
from dataclasses import replace

from helpers.console.foreign import printable
from helpers.console.repeated import Message, together, told_once
from helpers.model.events import BuildStarted, Event, Notice, Warned
from helpers.model.runnable_dir import ROOT, shown_name


def tell(event: Event, root_name: str = ROOT) -> None:
    """Print what the user should know; other events are not for single commands.

    Args:
        root_name: what people call the repo's root.
    """
    if not isinstance(event, Notice | Warned | BuildStarted):
        return
    name = shown_name(event.dir, root_name)
    if isinstance(event, Notice):
        _print(name, event.text)
    elif isinstance(event, Warned):
        _print(name, f"warning: {event.text}")
        if event.fix:
            _print(name, f"  fix: {event.fix}")
    else:
        _print(name, f"building {event.image}")


def tell_all(messages: Sequence[Message]) -> None:
    """Print messages of many dirs, equal ones once."""
    for message, dirs in told_once(messages):
        tell(replace(message, dir=together(dirs) if dirs else ""))


def _print(name: str, text: str) -> None:
    print(printable(f"{name}: {text}" if name else text), file=sys.stderr, flush=True)
