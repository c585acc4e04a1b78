"""What was written into a repo's files, noted before the first of them changes.

A record is a JSON file of its owner's: the files, and what else the owner has to know to go on or
back. Another version of the toolchain may read it than the one that wrote it, so its names stay.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from helpers.managed_files.file_states import FileState
from helpers.managed_files.written import Written
from helpers.model.documents.parsing import load_json
from helpers.system.files import write_atomic

_FORMAT = 1


def note(record: Path, files: Iterable[Written], facts: Mapping[str, Any]) -> None:
    """Write the files and the owner's facts down, in one step.

    Raises:
        OSError: they cannot be written.
    """
    noted = [
        {"path": file.path, "before": _as_json(file.before), "after": _as_json(file.after)}
        for file in files
    ]
    write_atomic(record, json.dumps({"format": _FORMAT, **facts, "files": noted}, indent=1))


def recall(record: Path) -> tuple[tuple[Written, ...], dict[str, Any]] | None:
    """The files and facts that were noted last; None where nothing was.

    Raises:
        OSError, ValueError, KeyError, TypeError: what is noted there cannot be read.
    """
    try:
        found = load_json(record.read_bytes())
    except FileNotFoundError:
        return None
    if found["format"] != _FORMAT:
        raise ValueError(f"format {found['format']}")
    files = (
        Written(item["path"], _as_state(item["before"]), _as_state(item["after"]))
        for item in found["files"]
    )
    return tuple(files), found


def _as_json(state: FileState) -> dict[str, Any]:
    content = None if state.content is None else base64.b64encode(state.content).decode()
    return {"content": content, "mode": state.mode, "link": state.link}


def _as_state(found: dict[str, Any]) -> FileState:
    content = None if found["content"] is None else base64.b64decode(found["content"])
    return FileState(content, found["mode"], found["link"])
