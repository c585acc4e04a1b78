"""What a dir's devcontainer is: files that are committed, the same for everybody's machine.

All that a machine decides (image, user, paths) stands in `machine.yaml` beside them, which git
ignores and `prepare` makes as the container is opened.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.managed_files.repo_record import Applied
from helpers.managed_files.three_way import FileToPlan, Here, WantedText, plan_file
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing
from helpers.model.repo import Repo
from helpers.model.runnable_dir import ROOT, RunnableDir, path_below
from helpers.system.files import read_text

FOLDER = ".devcontainer"
MACHINE, VARIABLES = "machine.yaml", "machine.env"
SERVICE = "helpers-devcontainer"
_NAME = "devcontainer.json"
# What was last written: the base of the three that are merged.
_WRITTEN = ".helpers_written.json"
_IGNORED = f"/{MACHINE}\n/{VARIABLES}\n"
_PATH_OF_I = Path("dev_scripts") / "path" / "i"
_FINE = (Drift.IN_STEP, Drift.HERE)


@dataclass(frozen=True, slots=True)
class DevcontainerPlan:
    """What becomes of the files.

    Attributes:
        standings: how each configuration stands; keys that somebody added or changed stay.
        changes: what is written, the record of it last.
    """

    standings: tuple[Standing, ...]
    changes: tuple[FileChange, ...]

    @property
    def is_fresh(self) -> bool:
        """Whether the files are as the toolchain would write them now."""
        return not self.changes and all(one.drift in _FINE for one in self.standings)


def plan_devcontainer(repo: Repo, item: RunnableDir) -> DevcontainerPlan:
    """Decide what is written for a dir.

    Raises:
        HelpersError: a file that is there is malformed.
    """
    folder = path_below(item.name, FOLDER)
    record = f"{folder}/{_WRITTEN}"
    before = _read_record(repo.root / record)
    wanted = _wanted(repo, item)
    standings = [
        _plan(repo.root, path, text, before.get(path, "")) for path, text in wanted.items()
    ]
    changes = [one.change for one in standings if one.change]
    ignore = f"{folder}/.gitignore"
    here = read_text(repo.root / ignore)
    if here is None or not set(_IGNORED.split()) <= set(here.split()):
        changes.append(FileChange(ignore, here, (here or "") + _IGNORED))
    text = json.dumps(wanted, indent=1) + "\n"
    noted = FileChange(record, read_text(repo.root / record), text)
    if not noted.changes_nothing:
        changes.append(noted)
    return DevcontainerPlan(tuple(standings), tuple(changes))


def _wanted(repo: Repo, item: RunnableDir) -> dict[str, str]:
    """The configurations by their paths: one in the dir, and one where Codespaces looks."""
    command = os.path.relpath(repo.toolchain / _PATH_OF_I, item.root)
    found = {
        path_below(item.name, f"{FOLDER}/{_NAME}"): _configuration(
            item, [command, "devcontainer_sync", "--prepare"], MACHINE, ""
        )
    }
    if item.name == ROOT:
        return found
    command = os.path.relpath(repo.toolchain / _PATH_OF_I, repo.root)
    words = [command, "devcontainer_sync", "--prepare", "--dir", item.name]
    machine = f"../../{item.name}/{FOLDER}/{MACHINE}"
    path = f"{FOLDER}/{item.slug}/{_NAME}"
    return found | {path: _configuration(item, words, machine, f"/{item.name}")}


def _configuration(item: RunnableDir, command: list[str], machine: str, below: str) -> str:
    settings = {
        "python.defaultInterpreterPath": "python",
        "python.testing.pytestEnabled": True,
        "python.testing.unittestEnabled": False,
        "python.testing.cwd": f"${{localWorkspaceFolder}}{below}",
    }
    content: Mapping[str, Any] = {
        "name": item.root.name,
        "initializeCommand": command,
        "dockerComposeFile": machine,
        "service": SERVICE,
        "workspaceFolder": f"${{localWorkspaceFolder}}{below}",
        "overrideCommand": False,
        "updateRemoteUserUID": False,
        "customizations": {"vscode": {"extensions": ["ms-python.python"], "settings": settings}},
    }
    return json.dumps(content, indent=2) + "\n"


def _plan(root: Path, path: str, text: str, before: str) -> Standing:
    here = read_text(root / path)
    applied = Applied(Mode.KEYS, _digest(before), "") if before and here is not None else None
    item = ManagedFile(path, path, "devcontainer", Mode.KEYS)
    wanted = WantedText(text, _digest(text))
    return plan_file(FileToPlan(item, wanted, Here(here), applied, lambda: before))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read_record(path: Path) -> dict[str, str]:
    try:
        found = load_json(read_text(path) or "{}")
    except ValueError:
        return {}
    return (
        {str(k): v for k, v in found.items() if isinstance(v, str)}
        if isinstance(found, dict)
        else {}
    )
