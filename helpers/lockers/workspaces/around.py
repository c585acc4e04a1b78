"""A project that the lock file of a workspace around it locks."""

from collections.abc import Callable
from pathlib import Path

from helpers.lockers.locked import PROJECT
from helpers.lockers.project_lockers import OWN_LOCKS
from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class InWorkspace:
    """A project in a workspace.

    Attributes:
        root: the workspace's root, absolute.
        path: the project's folder, relative to it.
    """

    root: Path
    path: str

    @property
    def folder(self) -> Path:
        """Where the project is."""
        return self.root / self.path


def find_around(folder: Path, is_root: Callable[[Path, str], bool]) -> tuple[Path, str] | None:
    """The nearest workspace around a project that is locked by none of its own, and its path in it.

    A checkout of git ends the search: what is around it is not the project's own.

    Args:
        is_root: whether a folder is the root of a workspace that has the path in it.
    """
    if not (folder / PROJECT).is_file() or any((folder / name).is_file() for name in OWN_LOCKS):
        return None
    for inner, around in zip((folder, *folder.parents), folder.parents, strict=False):
        if (inner / ".git").exists():
            return None
        path = folder.relative_to(around).as_posix()
        if is_root(around, path):
            return around, path
    return None
