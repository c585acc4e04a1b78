"""The one writer of a user's files, and the one way back.

A change is decided as text (`FileChange`), and written as what stands at a path in full, so that
undoing it leaves no trace: content, permissions, links.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from helpers.managed_files.file_states import ABSENT, FileState, put_state, read_state, state_of
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.system.files import unreadable


@dataclass(frozen=True, slots=True)
class Written:
    """A file, as it was before and as it is after."""

    path: str
    before: FileState
    after: FileState


def as_written(root: Path, changes: Iterable[FileChange]) -> tuple[Written, ...]:
    """What the changes make of files; those that change nothing are left out.

    Raises:
        HelpersError: a file is no longer as it was when the changes were decided.
    """
    found = (_as_written(root, change) for change in changes)
    return tuple(file for file in found if file.before != file.after)


def apply_changes(root: Path, changes: Iterable[FileChange]) -> None:
    """Make all changes, each in one step.

    Raises:
        HelpersError: a file is no longer as it was when the changes were decided; nothing is
            written then.
        OSError: a file cannot be written; those before it are.
    """
    write(root, as_written(root, changes))


def write(root: Path, files: Iterable[Written]) -> None:
    """Let the files be as they are after.

    Raises:
        OSError: a file cannot be written; those before it are.
    """
    for file in files:
        put_state(_place(root, file), file.after)


def undo(root: Path, files: Iterable[Written]) -> None:
    """Let the files that are as they are after be as they were before.

    Raises:
        OSError: a file cannot be written; those before it are.
    """
    for file in files:
        if is_as(root, file, file.after):
            put_state(_place(root, file), file.before)


def is_as(root: Path, file: Written, state: FileState) -> bool:
    """Whether a file is as it was before, or as it is after.

    Raises:
        OSError: it cannot be read.
    """
    return read_state(_place(root, file)) == state


def find_edited(root: Path, files: Iterable[Written]) -> str:
    """The first file that is neither as before nor as after; empty: there is none.

    Raises:
        OSError: a file cannot be read.
    """
    edited = (
        file.path
        for file in files
        if not (is_as(root, file, file.before) or is_as(root, file, file.after))
    )
    return next(edited, "")


def remove_remains(root: Path, paths: Iterable[str]) -> None:
    """Remove what a killed process left beside a file that it was about to write."""
    for path in paths:
        target = root / path
        for remains in target.parent.glob(f".{target.name}.*.tmp"):
            pid = remains.name.split(".")[-2].partition("-")[0]
            if pid.isdigit() and not _runs(pid):
                with suppress(FileNotFoundError):
                    remains.unlink()


def _as_written(root: Path, change: FileChange) -> Written:
    path = root / change.path
    try:
        found = read_state(path)
        follows = bool(found.link) and found.link != change.before
        seen = read_state(path.resolve()) if follows else found
        if seen.text != change.before:
            raise HelpersError(
                f"{change.path} changed while its changes were being decided",
                where=str(path),
                fix="run the command again",
            )
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error
    if change.after is None:
        return Written(change.path, found, ABSENT)
    if change.link:
        return Written(change.path, found, FileState(link=change.after))
    return Written(change.path, seen, state_of(change.after, seen, executable=change.executable))


def _place(root: Path, file: Written) -> Path:
    """Where to write: a link to a file stays, and what it leads to changes."""
    path = root / file.path
    stays = file.before.content is not None and file.after.content is not None
    return path.resolve() if stays else path


def _runs(pid: str) -> bool:
    """Whether a process runs; of one that ended and was not waited for, the command is gone."""
    try:
        return bool(Path("/proc", pid, "cmdline").read_bytes())
    except OSError:
        return False
