"""How an error that the user can mend is shown: what, where, and the command that mends it."""

from typing import TextIO

from helpers.model.errors import HelpersError


def print_error(error: HelpersError, stream: TextIO) -> None:
    """Print the error in a few lines, without a traceback."""
    for line in error_lines(error):
        print(line, file=stream)


def print_os_error(error: OSError, stream: TextIO) -> None:
    """Print what the system refused: a folder that is not writable, a disk that is full."""
    what = f"the system refused: {error.strerror or error}"
    print_error(HelpersError(what, where=str(error.filename or "")), stream)


def error_lines(error: HelpersError) -> list[str]:
    """The error as lines; those of `where` are indented under it."""
    lines = [f"error: {error.what}"]
    for title, text in (("where:", error.where), ("mend: ", error.mend)):
        first, *rest = text.splitlines() or [""]
        lines += [f"  {title} {first}"] if first else []
        lines += [f"         {line}" for line in rest]
    return lines
