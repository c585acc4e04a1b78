"""The files of an image, and how those of two images differ."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from helpers.model.dataclass import dataclass


class FileKind(StrEnum):
    """What stands at a path; `hard link` is a second name of a file that came before."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    HARD_LINK = "hard link"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class FileEntry:
    """A file, folder or link of an image.

    Attributes:
        path: absolute.
        size: bytes of its content; 0 for all but files.
        target: where a link leads.
        checksum: of its content; empty where it was not asked for, and for all but files.
    """

    path: str
    size: int = 0
    mode: int = 0o644
    kind: FileKind = FileKind.FILE
    target: str = ""
    checksum: str = ""

    @property
    def top(self) -> str:
        """The folder below the root that it is in; `/` for a file in the root itself."""
        folder = self.path.split("/", 2)
        return f"/{folder[1]}" if len(folder) > 2 or self.kind is FileKind.FOLDER else "/"


@dataclass(frozen=True, slots=True)
class FolderDiff:
    """What differs below one top folder; sizes in bytes, of all files there."""

    folder: str
    added: int
    removed: int
    changed: int
    size_before: int
    size_after: int


@dataclass(frozen=True, slots=True)
class FilesDiff:
    """How the files of two images differ; paths are sorted, folders of the images left out."""

    added: tuple[FileEntry, ...]
    removed: tuple[FileEntry, ...]
    changed: tuple[tuple[FileEntry, FileEntry], ...]
    folders: tuple[FolderDiff, ...]
    size_before: int
    size_after: int


def diff_files(before: Iterable[FileEntry], after: Iterable[FileEntry]) -> FilesDiff:
    """Compare files by path; they differ when anything that is known of them does."""
    old, new = _by_path(before), _by_path(after)
    added = tuple(sorted(new[path] for path in new.keys() - old.keys()))
    removed = tuple(sorted(old[path] for path in old.keys() - new.keys()))
    changed = tuple(
        (old[path], new[path]) for path in sorted(old.keys() & new.keys()) if old[path] != new[path]
    )
    return FilesDiff(
        added,
        removed,
        changed,
        _folders(old, new, added, removed, changed),
        sum(entry.size for entry in old.values()),
        sum(entry.size for entry in new.values()),
    )


def _by_path(entries: Iterable[FileEntry]) -> dict[str, FileEntry]:
    return {entry.path: entry for entry in entries if entry.kind is not FileKind.FOLDER}


def _folders(
    old: Mapping[str, FileEntry],
    new: Mapping[str, FileEntry],
    added: tuple[FileEntry, ...],
    removed: tuple[FileEntry, ...],
    changed: tuple[tuple[FileEntry, FileEntry], ...],
) -> tuple[FolderDiff, ...]:
    """The top folders in which something differs."""
    numbers: dict[str, list[int]] = {}
    groups = (added, removed, tuple(entry for _, entry in changed))
    for column, group in enumerate(groups):
        for entry in group:
            numbers.setdefault(entry.top, [0, 0, 0, 0, 0])[column] += 1
    for column, entries in ((3, old), (4, new)):
        for entry in entries.values():
            if entry.top in numbers:
                numbers[entry.top][column] += entry.size
    return tuple(FolderDiff(folder, *numbers[folder]) for folder in sorted(numbers))
