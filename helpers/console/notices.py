"""What a single command tells besides its own output: plain lines on standard error."""

import sys

from helpers.console.foreign import printable
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


def _print(name: str, text: str) -> None:
    print(printable(f"{name}: {text}" if name else text), file=sys.stderr, flush=True)
