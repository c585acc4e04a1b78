"""The view of a test run that fits where it is shown."""

from typing import TYPE_CHECKING, TextIO

from helpers.console.plain_run_view import PlainRunView

if TYPE_CHECKING:
    from helpers.console.terminal_run_view import TerminalRunView


def open_run_view(is_terminal: bool, stream: TextIO) -> "PlainRunView | TerminalRunView":
    """A live table on a terminal, plain lines otherwise; a context that takes events."""
    if not is_terminal:
        return PlainRunView(stream)
    # Imported here: rich takes longer to import than a small run's results take to be printed.
    from helpers.console.terminal_run_view import TerminalRunView

    return TerminalRunView(stream)
