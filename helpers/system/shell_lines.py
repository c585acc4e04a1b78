"""Shell commands that print lines and add them to files, for messages."""

import shlex
from collections.abc import Iterable
from pathlib import Path


def print_lines(lines: Iterable[str]) -> str:
    """The command that prints lines."""
    return f"printf '%s\\n' {' '.join(map(shlex.quote, lines))}"


def append_lines(file: Path, typed: str, lines: Iterable[str]) -> str:
    """The command that adds lines to a file, which need not exist yet.

    Args:
        typed: the file as it is typed.

    Raises:
        OSError: the file cannot be read.
    """
    content = file.read_bytes() if file.is_file() else b""
    # A last line without an end would go on as the first one that is added.
    ends = [] if not content or content.endswith(b"\n") else [""]
    return f"{print_lines([*ends, *lines])} >> {shlex.quote(typed)}"
