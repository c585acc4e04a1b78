"""Which packages a directory's files name, and which file decides about its packages."""

import os
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.all_lockers import PROJECT, asks_conda
from helpers.lockers.locked import Locker, Toml, read_toml
from helpers.lockers.project_lockers import LOCKERS, PROJECT_LOCKERS
from helpers.lockers.requirement_files import logical_lines, read_requirements_file
from helpers.lockers.toml_values import table, texts
from helpers.lockers.workspaces.member import find_member
from helpers.lockers.workspaces.polylith import find_shared_lock
from helpers.model.packages.installed import python_name

# A name in the sense of packaging, and no URL.
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?=$|[\[(;<>=!~@,#\\])")
_OPTION = re.compile(r"\s+--?[a-z].*$")
_INCLUDE = re.compile(r"\s*(?:-r|--requirement)(?:\s+|=)?(.+?)\s*(?:\s#.*)?$")


class Kind(StrEnum):
    """What decides about a directory's packages."""

    POETRY = "poetry"
    UV = "uv"
    CONDA = "conda"
    # `[project]` that no locker locks: setuptools, hatch, flit and others.
    PROJECT = "project"
    REQUIREMENTS = "requirements"
    PLAIN = "plain"

    @property
    def has_locker(self) -> bool:
        """Whether a tool locks what the dir asks for."""
        return self.value in LOCKERS


def read_project(folder: Path) -> Toml:
    """Its `pyproject.toml`; empty where there is none.

    A member of a workspace of uv has the groups of the workspace's root besides its own.

    Raises:
        HelpersError: it is malformed.
    """
    content = read_toml(folder / PROJECT) if (folder / PROJECT).is_file() else {}
    member = find_member(folder)
    if member is None:
        return content
    around = read_toml(member.root / PROJECT)
    shared = dict(table(around, "dependency-groups"))
    former = texts(table(around, "tool", "uv").get("dev-dependencies"))
    if former:
        shared["dev"] = [*shared.get("dev", ()), *former]
    groups = dict(table(content, "dependency-groups"))
    for name, lines in shared.items():
        groups[name] = [*groups.get(name, ()), *lines]
    return {**content, "dependency-groups": groups} if groups else content


def find_kind(folder: Path, content: Toml) -> Kind:
    """What decides about the packages of a directory with that `pyproject.toml`."""
    tool = content.get("tool", {})
    for locker in PROJECT_LOCKERS:
        if _lock_files(folder, locker):
            return Kind(locker.NAME)
    if any((folder / name).is_file() for name in (pip.LOCK_FILE, pip.SOURCE_FILE)):
        return Kind.REQUIREMENTS
    if asks_conda(folder, content):
        return Kind.CONDA
    if find_member(folder):
        return Kind.UV
    if find_shared_lock(folder):
        return Kind.POETRY
    if "poetry" in tool:
        return Kind.POETRY
    if "project" not in content and "workspace" not in tool.get("uv", {}):
        return Kind.PLAIN
    return Kind.UV if "uv" in tool else Kind.PROJECT


def find_lock_file(folder: Path, kind: Kind) -> str:
    """What the image is made from, relative to the directory; empty: nothing is locked yet."""
    own = _lock_files(folder, LOCKERS[kind]) if kind.has_locker else ()
    name = own[0] if own else pip.LOCK_FILE
    if around := find_member(folder) or find_shared_lock(folder):
        name = os.path.relpath(around.lock_file, folder)
    return name if (folder / name).is_file() else ""


def _lock_files(folder: Path, locker: Locker) -> tuple[str, ...]:
    names = (locker.LOCK_FILE, *(name for group in locker.OTHER_LOCKS for name in group))
    return tuple(name for name in names if (folder / name).is_file())


def requirement_names(path: Path) -> set[str]:
    """The packages that a requirements file and those that it includes name, normalised."""
    return set(requirement_lines(path))


def requirement_lines(path: Path) -> dict[str, str]:
    """The same, with the requirement of each: no comment, no hashes."""
    lines = (line for text in requirement_texts(path).values() for line in logical_lines(text))
    return named_lines(_OPTION.sub("", line) for line in lines)


def requirement_texts(path: Path) -> dict[Path, str]:
    """A requirements file and those that it includes, as far as they are there.

    Raises:
        HelpersError: one cannot be read.
    """
    found: dict[Path, str] = {}
    waiting = [path.resolve()]
    while waiting:
        file = waiting.pop()
        if file in found or not file.is_file():
            continue
        found[file] = read_requirements_file(file)
        for line in found[file].splitlines():
            included = _INCLUDE.match(line)
            if included:
                waiting.append((file.parent / included[1].strip("'\"")).resolve())
    return found


def project_names(content: Toml) -> set[str]:
    """The packages that `[project]` depends on by name, normalised; extras left out."""
    return set(named_lines(texts(table(content, "project").get("dependencies"))))


def group_names(content: Toml) -> set[str]:
    """The packages that dependency groups (PEP 735) name, normalised."""
    groups = table(content, "dependency-groups")
    return {name for lines in groups.values() for name in named_lines(texts(lines))}


def poetry_names(asked: Toml, *, optional: bool = False) -> set[str]:
    """The packages that a table of Poetry's names, normalised; as a rule not those of extras."""
    return {
        python_name(name)
        for name, given in asked.items()
        if optional or not (isinstance(given, dict) and given.get("optional"))
    }


def workspace_members(folder: Path, content: Toml) -> list[str]:
    """The members of a workspace of uv, relative to its root."""
    workspace = table(content, "tool", "uv", "workspace")
    left = {path for glob in texts(workspace.get("exclude")) for path in folder.glob(glob)}
    found = {path for glob in texts(workspace.get("members")) for path in folder.glob(glob)}
    return sorted(
        path.relative_to(folder).as_posix()
        for path in found - left
        if (path / PROJECT).is_file() and path != folder
    )


def named_lines(lines: Iterable[str]) -> dict[str, str]:
    """Requirements by the normalised name of their package; what names none is left out."""
    return {python_name(found[1]): line for line in lines if (found := _NAME.match(line))}
