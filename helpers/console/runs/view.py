"""The view of a test run that fits where it is shown."""

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from helpers.console.runs.plain import PlainRunView
from helpers.model.runnable_dir import ROOT

if TYPE_CHECKING:
    from helpers.console.runs.terminal import TerminalRunView


def open_run_view(
    is_terminal: bool,
    stream: TextIO,
    repo: Path | None = None,
    root_name: str = ROOT,
    way: str = ".",
) -> "PlainRunView | TerminalRunView":
    """A live table on a terminal, plain lines otherwise; a context that takes events.

    Args:
        repo: where paths below it lead to; none: they are no links.
        root_name: what people call the repo's root.
        way: that to the repo's root from where the user stands.
    """
    if not is_terminal:
        return PlainRunView(stream, root_name, way=way)
    # Imported here: rich takes longer to import than a small run's results take to be printed.
    from helpers.console.runs.terminal import TerminalRunView

    return TerminalRunView(stream, repo, root_name, way)
