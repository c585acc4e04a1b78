"""The files of a directory that are its own: no environments, no other repos, no inner dirs."""

import os
from collections.abc import Iterator
from pathlib import Path

from helpers.model.runnable_dir import CHANGELOG, DEVOPS

_LEFT_OUT = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist", DEVOPS})
_LEFT_OUT_STARTS = (".", "tmp.")
_LEFT_OUT_ENDS = (".egg-info", ".dist-info")


def list_project_files(folder: Path) -> list[str]:
    """Its files, relative to it, with `/`, sorted.

    Left out are hidden folders, environments, what builds make, `devops/`, other checkouts
    (submodules) and runnable dirs below it.
    """
    return sorted(_files(folder))


def _files(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        here = Path(place)
        if here != folder and _is_of_others(folders, files):
            folders.clear()
            continue
        folders[:] = [name for name in folders if not _is_left_out(name)]
        yield from ((here / name).relative_to(folder).as_posix() for name in files)


def _is_left_out(name: str) -> bool:
    return name in _LEFT_OUT or name.startswith(_LEFT_OUT_STARTS) or name.endswith(_LEFT_OUT_ENDS)


def _is_of_others(folders: list[str], files: list[str]) -> bool:
    """Whether a folder is a checkout, a virtual environment, or a runnable dir of its own."""
    runnable = DEVOPS in folders and CHANGELOG in files
    return runnable or ".git" in folders or ".git" in files or "pyvenv.cfg" in files
