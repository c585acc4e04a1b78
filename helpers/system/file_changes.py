"""Changes of files, made as they were decided."""

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
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise HelpersError(f"cannot read {path.name}: {error}", where=str(path)) from error


def apply_changes(root: Path, changes: Iterable[FileChange]) -> None:
    """Make all changes, each in one step; what is already so is left alone.

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
                mend="run the command again",
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
