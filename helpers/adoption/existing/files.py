"""The files of a directory that are its own: no environments, no other repos, no inner projects."""

import os
import re
from collections.abc import Collection
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.locked import read_toml
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import CHANGELOG, DEVOPS

_LEFT_OUT = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist", DEVOPS})
_LEFT_OUT_STARTS = (".", "tmp.")
_LEFT_OUT_ENDS = (".egg-info", ".dist-info")
# Folders that have requirements for something other than being a project.
_PARTS = frozenset({"doc", "docs", "requirements", "test", "tests"})
TEST_FILE = re.compile(r"(test_.*|.*_test)\.py")


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """What is below a directory; paths relative to it, with `/`, sorted.

    Attributes:
        names: its own files.
        inner: folders that are projects of their own, without what makes a dir runnable.
    """

    names: tuple[str, ...]
    inner: tuple[str, ...]


def find_project_files(folder: Path, members: Collection[str]) -> ProjectFiles:
    """Its files without hidden folders, environments, what builds make, and what is of others.

    Of others are checkouts (submodules), runnable dirs, and projects with dependencies of their
    own.

    Args:
        members: folders that belong to it although they are projects.
    """
    names: list[str] = []
    inner: list[str] = []
    for place, folders, files in os.walk(folder):
        here = Path(place)
        below = here.relative_to(folder).as_posix()
        if here != folder and _is_of_others(folders, files):
            folders.clear()
        elif here != folder and below not in members and _is_project(here, files):
            inner.append(below)
            folders.clear()
        else:
            folders[:] = [name for name in folders if not _is_left_out(name)]
            names += [(here / name).relative_to(folder).as_posix() for name in files]
    return ProjectFiles(tuple(sorted(names)), tuple(sorted(inner)))


def _is_left_out(name: str) -> bool:
    return name in _LEFT_OUT or name.startswith(_LEFT_OUT_STARTS) or name.endswith(_LEFT_OUT_ENDS)


def _is_of_others(folders: list[str], files: list[str]) -> bool:
    """Whether a folder is a checkout, a virtual environment, or a runnable dir of its own."""
    runnable = DEVOPS in folders and CHANGELOG in files
    return runnable or ".git" in folders or ".git" in files or "pyvenv.cfg" in files


def _is_project(folder: Path, files: list[str]) -> bool:
    if _has_requirements(folder, files):
        return True
    if PROJECT not in files:
        return "setup.py" in files
    try:
        content = read_toml(folder / PROJECT)
    except HelpersError:
        return False  # a test's material, say; one that is a project reports it itself
    return "project" in content or "poetry" in content.get("tool", {})


def _has_requirements(folder: Path, files: list[str]) -> bool:
    """Whether it asks for packages of its own and has tests, which need these packages."""
    asks = not {pip.LOCK_FILE, pip.SOURCE_FILE}.isdisjoint(files)
    if not asks or folder.name in _PARTS:
        return False
    return any(TEST_FILE.fullmatch(path.name) for path in folder.rglob("*.py"))
