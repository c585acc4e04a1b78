"""Changes of files as a diff."""

import difflib
from collections.abc import Iterable
from pathlib import PurePosixPath

from helpers.model.file_change import FileChange
from helpers.model.packages.locked import EVERY_LOCK_FILE

_NOWHERE = "/dev/null"
# What a locker writes and nobody reads; of requirements.txt only one with hashes.
_LOCK_FILES = (*EVERY_LOCK_FILE, "pdm.lock", "Pipfile.lock", "package-lock.json")
_PINNED = ("requirements.txt", "--hash=")


def diff_text(changes: Iterable[FileChange]) -> str:
    """The changes as `git diff` would show them, but a line for each lock file."""
    return "".join(_diff(change) for change in changes if not change.changes_nothing)


def _diff(change: FileChange) -> str:
    before = f"a/{change.path}" if change.before is not None else _NOWHERE
    after = f"b/{change.path}" if change.after is not None else _NOWHERE
    old, new = ((text or "").splitlines(keepends=True) for text in (change.before, change.after))
    if _is_lock_file(change):
        return f"--- {before}\n+++ {after}\n@@ lock file: {len(old)} -> {len(new)} lines @@\n"
    lines = difflib.unified_diff(old, new, before, after)
    shown = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return shown or f"--- {before}\n+++ {after}\n"


def _is_lock_file(change: FileChange) -> bool:
    name = PurePosixPath(change.path).name
    text = change.before if change.after is None else change.after
    return name in _LOCK_FILES or (name == _PINNED[0] and _PINNED[1] in (text or ""))
