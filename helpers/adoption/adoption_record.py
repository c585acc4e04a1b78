"""What adopting wrote, remembered beside git's own files, so that it can be undone exactly.

It is of one clone alone; in others the files themselves have to tell.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from helpers.model.file_change import FileChange
from helpers.model.parsing import load_json
from helpers.system.files import write_atomic
from helpers.vcs.git import git

_FILE = "helpers-adopted.json"


def remember(root: Path, changes: Iterable[FileChange]) -> None:
    """Note what is about to be written; of what was noted before, the oldest state stays.

    Raises:
        HelpersError: git fails.
        OSError: it cannot be written.
    """
    known = {change.path: change for change in recall(root)}
    for change in changes:
        if not change.changes_nothing:
            first = known.get(change.path, change)
            known[change.path] = FileChange(change.path, first.before, change.after)
    noted = {path: [change.before, change.after] for path, change in known.items()}
    write_atomic(_place(root), json.dumps(noted, indent=1, ensure_ascii=False))


def recall(root: Path) -> list[FileChange]:
    """What was written, as it was noted; nothing where that was in another clone.

    Raises:
        HelpersError: git fails.
    """
    try:
        noted = load_json(_place(root).read_text(encoding="utf-8"))
        return [FileChange(path, before, after) for path, (before, after) in noted.items()]
    except (OSError, ValueError, AttributeError):
        return []


def forget(root: Path) -> None:
    """Leave no trace of it.

    Raises:
        HelpersError: git fails.
        OSError: it cannot be removed.
    """
    _place(root).unlink(missing_ok=True)


def _place(root: Path) -> Path:
    return root / git(root, "rev-parse", "--git-common-dir").removesuffix("\n") / _FILE
