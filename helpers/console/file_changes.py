"""Changes of files as a diff."""

import difflib
from collections.abc import Iterable

from helpers.model.file_change import FileChange

_NOWHERE = "/dev/null"


def diff_text(changes: Iterable[FileChange]) -> str:
    """The changes as `git diff` would show them; empty where nothing changes."""
    return "".join(_diff(change) for change in changes if not change.changes_nothing)


def _diff(change: FileChange) -> str:
    before = f"a/{change.path}" if change.before is not None else _NOWHERE
    after = f"b/{change.path}" if change.after is not None else _NOWHERE
    lines = difflib.unified_diff(
        (change.before or "").splitlines(keepends=True),
        (change.after or "").splitlines(keepends=True),
        before,
        after,
    )
    shown = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return shown or f"--- {before}\n+++ {after}\n"
