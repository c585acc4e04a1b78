"""What an upgrade changes, written down before the first change, so that it can be undone.

It is `tmp.helpers/upgrade/record.json` in the adopting repo. Another version of the toolchain may
read it than the one that wrote it: the one after the change, or the one before.
"""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.parsing import load_json
from helpers.system.file_states import FileState
from helpers.system.files import write_atomic
from helpers.system.lease import working_folder
from helpers.system.process import printable

_FOLDER = "upgrade"
_FILE = "record.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Changed:
    """A file, as it was before and as it is after."""

    path: str
    before: FileState
    after: FileState


@dataclass(frozen=True, slots=True)
class Record:
    """One upgrade.

    Attributes:
        submodule: the toolchain's path relative to the repo's root.
        before: the commit that the submodule is moved from.
        branch: the branch that it is on before; empty: none.
        after: the commit that it is moved to.
        version: what that is called.
        head: the commit of the repo itself that has the files as they are before.
        files: what becomes of the repo's own files.
        done: whether it came to its end.
    """

    submodule: str
    before: str
    branch: str
    after: str
    version: str
    head: str
    files: tuple[Changed, ...]
    done: bool = False

    def finished(self) -> "Record":
        """The same, at its end."""
        return replace(self, done=True)

    @property
    def paths(self) -> list[str]:
        """What an upgrade changes, relative to the repo's root."""
        moved = [self.submodule] if self.before != self.after else []
        return [*moved, *(file.path for file in self.files)]

    @property
    def committed_paths(self) -> list[str]:
        """What is committed together: the submodule too where it was moved by hand before."""
        return [self.submodule, *(file.path for file in self.files)]

    @property
    def undone_by_git(self) -> str:
        """What to type at the repo's root where not even the undoing starts."""
        steps = []
        if self.before != self.after:
            there = self.branch or self.before
            steps.append(["git", "-C", self.submodule, "checkout", "--force", there])
        kept = [file.path for file in self.files if file.before != FileState()]
        new = [file.path for file in self.files if file.before == FileState()]
        steps += [["git", "checkout", self.head, "--", *kept]] if kept else []
        steps += [["rm", "-f", "--", *new]] if new else []
        return " && ".join(printable(step) for step in steps)


def upgrade_folder(root: Path) -> Path:
    """The folder for what upgrades keep, at the root of a repo; git ignores it."""
    folder = working_folder(root) / _FOLDER
    folder.mkdir(exist_ok=True)
    return folder


def read_record(root: Path) -> Record | None:
    """The last upgrade of the repo; None where there is none.

    Raises:
        HelpersError: what is written there cannot be read.
    """
    path = upgrade_folder(root) / _FILE
    try:
        found = load_json(path.read_bytes())
        if found["format"] != _FORMAT:
            raise ValueError(f"format {found['format']}")
        return Record(
            submodule=found["submodule"],
            before=found["before"],
            branch=found["branch"],
            after=found["after"],
            version=found["version"],
            head=found["head"],
            files=_files(found["files"]),
            done=found["done"],
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise HelpersError(
            f"the record of the last upgrade cannot be read: {error!r}",
            where=str(path),
            fix=f"restore the submodule and the files with git, then: rm '{path}'",
        ) from error


def write_record(root: Path, record: Record) -> None:
    """Write the upgrade down, in one step.

    Raises:
        OSError: it cannot be written.
    """
    written = {
        "format": _FORMAT,
        "submodule": record.submodule,
        "before": record.before,
        "branch": record.branch,
        "after": record.after,
        "version": record.version,
        "head": record.head,
        "files": [
            {"path": file.path, "before": _state(file.before), "after": _state(file.after)}
            for file in record.files
        ],
        "done": record.done,
        # For people whose toolchain does not start.
        "undone by git": record.undone_by_git,
    }
    write_atomic(upgrade_folder(root) / _FILE, json.dumps(written, indent=1))


def forget_record(root: Path) -> None:
    """Nothing is left that could be undone."""
    (upgrade_folder(root) / _FILE).unlink(missing_ok=True)


def _files(found: list[dict[str, Any]]) -> tuple[Changed, ...]:
    return tuple(
        Changed(item["path"], _as_state(item["before"]), _as_state(item["after"])) for item in found
    )


def _state(state: FileState) -> dict[str, Any]:
    content = None if state.content is None else base64.b64encode(state.content).decode()
    return {"content": content, "mode": state.mode, "link": state.link}


def _as_state(found: dict[str, Any]) -> FileState:
    content = None if found["content"] is None else base64.b64decode(found["content"])
    return FileState(content, found["mode"], found["link"])
