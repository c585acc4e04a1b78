"""Changes of files, made as they were decided."""

import shlex
from collections.abc import Iterable
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.system.files import write_atomic

_EXECUTABLE = 0o755


def read_text(path: Path) -> str | None:
    """The text of a file, line ends kept; None where there is none.

    Raises:
        HelpersError: it is no file, or no text.
    """
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError | UnicodeDecodeError) -> HelpersError:
    """The error for a file that exists and is not readable text."""
    what = f"cannot read {path.name}: "
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return HelpersError(
            f"{what}it is not UTF-8", where=f"{path}:{line}", fix="save it again, as UTF-8"
        )
    fix = f"ls -ld {shlex.quote(str(path))}   (a file that you may read is needed there)"
    return HelpersError(f"{what}{error.strerror or error}", where=str(path), fix=fix)


def apply_changes(root: Path, changes: Iterable[FileChange]) -> None:
    """Make all changes, each atomically; skip those that are made already.

    Raises:
        HelpersError: a file is no longer as it was when the changes were decided; nothing is
            written then.
        OSError: a file cannot be written; those before it are.
    """
    needed = [change for change in changes if not change.changes_nothing]
    for change in needed:
        if read_text(root / change.path) != change.before:
            raise HelpersError(
                f"{change.path} changed while its changes were being decided",
                where=str(root / change.path),
                fix="run the command again",
            )
    for change in needed:
        path = root / change.path
        if change.after is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, change.after)
        if change.executable:
            path.chmod(_EXECUTABLE)
