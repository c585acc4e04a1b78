"""Show the resources that containers use, as a table."""

from collections.abc import Iterable

from helpers.console.sizes import readable_size
from helpers.console.tables import print_table
from helpers.model.results.usage import Usage

# The terminal's cursor to its first cell, and everything after it erased.
CLEAR = "\x1b[H\x1b[J"
_HEADER = ("cpu", "memory", "pids", "dir", "role", "name")

# Dir, role and name of a container, what it uses, and its share of a processor where it is known.
Row = tuple[str, str, str, Usage, float | None]


def print_usage(rows: Iterable[Row]) -> None:
    """Print a line for each container."""
    lines = [
        (
            "" if cpu is None else f"{cpu:.1%}",
            readable_size(usage.memory)
            + (f" / {readable_size(usage.limit)}" if usage.limit else ""),
            str(usage.pids),
            dir,
            role,
            name,
        )
        for dir, role, name, usage, cpu in rows
    ]
    if lines:
        print_table(_HEADER, lines)
    else:
        print("no containers run")
