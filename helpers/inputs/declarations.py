"""Cache what files declare by their content, so that an unchanged file is parsed once."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

from helpers.inputs import service_paths
from helpers.lockers import declared, toml_values
from helpers.lockers.declared import Declared, read_pyproject, read_requirements
from helpers.lockers.workspaces import asked, member, polylith, polylith_project
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.names import digest_of
from helpers.model.runnable_dir import ROOT, path_below
from helpers.model.settings.config import parse_dir_config
from helpers.system.files import write_atomic
from helpers.system.lease import WORKING_FOLDER, working_folder
from helpers.system.repo_files import blameless_config
from helpers.vcs.snapshot import Snapshot

PYPROJECT = "pyproject.toml"
PYTEST_FILES = ("pytest.ini", ".pytest.ini", PYPROJECT, "tox.ini", "setup.cfg")
_FILE = "declarations.json"

# The modules that decide what is found in a file.
_PARSERS = (declared, toml_values, member, asked, polylith, polylith_project, service_paths)

Reader = Callable[[str], str]


@dataclass(slots=True)
class Declarations:
    """Reads what the files of one snapshot declare.

    Attributes:
        snapshot: the files and their content.
        read: gives the text of one of them.
    """

    snapshot: Snapshot
    read: Reader
    known: dict[str, list[Any]] = field(default_factory=dict)
    _seen: dict[str, Declared] = field(default_factory=dict)
    _new: bool = False

    def pyproject(self, path: str) -> Declared:
        """What a `pyproject.toml` declares."""
        return self._get(path, "pyproject", read_pyproject)

    def requirements(self, path: str) -> Declared:
        """What a requirements file declares."""
        name = path.rpartition("/")[2]
        return self._get(path, f"requirements {name}", lambda text: read_requirements(text, name))

    def pytest_settings(self, path: str) -> bool:
        """Whether pytest takes its settings from a file."""
        name = path.rpartition("/")[2]
        if name == PYPROJECT:
            return self.pyproject(path).pytest
        return self._get(
            path, f"pytest {name}", lambda text: declared.read_pytest_settings(text, name)
        ).pytest

    def lock_parts(self, path: str) -> dict[str, str]:
        """By name, a hash of what a `uv.lock` has for each member of its workspace."""
        return dict(self._get(path, "lock parts", member.read_parts).paths)

    def shared_lock_part(self, path: str, project: str) -> str:
        """A hash of what the `poetry.lock` of a workspace of Polylith's has for a project in it.

        Args:
            project: its `pyproject.toml`.
        """
        around = path_below(path.rpartition("/")[0] or ROOT, PYPROJECT)
        own, shared = self.read(project), self.read(around)
        key = digest_of(f"{own}\0{shared}", 16)

        def parse(text: str) -> Declared:
            return Declared(name=polylith.part_digest(text, own, shared))

        return self._get(path, f"shared lock {key}", parse).name

    def services(self, path: str) -> Declared:
        """The paths that a services file names; empty if there is no file."""
        return self._get(path, "services", service_paths.read_service_paths)

    def depends_on(self, path: str) -> tuple[str, ...]:
        """What a dir's settings declare; empty if they are malformed, which others report."""

        def parse(text: str) -> Declared:
            try:
                found = (blameless_config(text) or parse_dir_config(text, path)).depends_on
            except HelpersError:
                return declared.NOTHING
            return Declared(paths=tuple(("declared", item) for item in found))

        return tuple(item for _, item in self._get(path, "config", parse).paths)

    def keep(self, repo: Path) -> None:
        """Remember what was parsed, for the next command."""
        if self._new:
            used = {key: self.known[key] for key in self._seen if key in self.known}
            # Keep some entries of other branches, so that switching branches stays quick.
            merged = {**dict(list(self.known.items())[-20_000:]), **used}
            content = {"parser": _parser(), "files": merged}
            write_atomic(working_folder(repo) / _FILE, json.dumps(content), durable=False)

    def _get(self, path: str, kind: str, parse: Callable[[str], Declared]) -> Declared:
        content = self.snapshot.get(path)
        if content is None:
            return declared.NOTHING
        key = f"{kind} {content.partition(' ')[2]}"
        found = self._seen.get(key)
        if found is None:
            if key in self.known:
                found = _from_json(self.known[key])
            else:
                found, self._new = parse(self.read(path)), True
                self.known[key] = list(asdict(found).values())
            self._seen[key] = found
        return found


def open_declarations(repo: Path, snapshot: Snapshot, read: Reader) -> Declarations:
    """Open the cache of what earlier commands parsed."""
    try:
        content = load_json((repo / WORKING_FOLDER / _FILE).read_text())
        known = content["files"] if content["parser"] == _parser() else {}
    except (OSError, ValueError, KeyError, TypeError):
        known = {}
    return Declarations(snapshot, read, known)


def _parser() -> str:
    """A hash of the parsers: another version of them must not use this cache."""
    parsers = (Path(str(module.__file__)) for module in _PARSERS)
    return hashlib.sha256(b"".join(file.read_bytes() for file in parsers)).hexdigest()[:16]


def _from_json(values: list[Any]) -> Declared:
    return Declared(*map(_as_tuples, values)) if any(values) else declared.NOTHING


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value
