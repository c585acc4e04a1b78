"""What adopting wrote, remembered beside git's own files, so that it can be undone exactly.

It is of one clone alone; in others the files themselves have to tell.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from helpers.managed_files import record
from helpers.managed_files.file_states import ABSENT, state_of
from helpers.managed_files.written import Written
from helpers.model.documents.parsing import load_json
from helpers.vcs.git import git

_FILE = "helpers-written.json"
# Of versions up to 1.3: the texts before and after, by path.
_FORMER_FILE = "helpers-adopted.json"


def remember(root: Path, files: Iterable[Written]) -> None:
    """Note what is about to be written; of what was noted before, the oldest state stays.

    Raises:
        HelpersError: git fails.
        OSError: it cannot be written.
    """
    known = {file.path: file for file in recall(root)}
    for file in files:
        known[file.path] = replace(file, before=known.get(file.path, file).before)
    record.note(_folder(root) / _FILE, known.values(), {})


def recall(root: Path) -> tuple[Written, ...]:
    """What was written, as it was noted; nothing where that was in another clone.

    Raises:
        HelpersError: git fails.
    """
    folder = _folder(root)
    try:
        found = record.recall(folder / _FILE)
        return found[0] if found else _read_former(folder / _FORMER_FILE)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def forget(root: Path) -> None:
    """Leave no trace of it.

    Raises:
        HelpersError: git fails.
        OSError: it cannot be removed.
    """
    for name in (_FILE, _FORMER_FILE):
        (_folder(root) / name).unlink(missing_ok=True)


def _read_former(file: Path) -> tuple[Written, ...]:
    noted = load_json(file.read_text(encoding="utf-8"))
    return tuple(
        Written(path, *(state_of(text, ABSENT, executable=False) for text in texts))
        for path, texts in noted.items()
    )


def _folder(root: Path) -> Path:
    return root / git(root, "rev-parse", "--git-common-dir").removesuffix("\n")
