"""The full state of a path: saved, compared, and restored byte for byte."""

import os
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.files import name_beside, write_whole

_MODE = 0o644
_EXECUTABLE = 0o755
_OWNER_STARTS = 0o100


@dataclass(frozen=True, slots=True)
class FileState:
    """The state of a path: a file, a link, or nothing.

    Attributes:
        content: the bytes of a file; none: it is no file.
        mode: the permissions of a file.
        link: where a link points; empty: it is no link.
    """

    content: bytes | None = None
    mode: int = 0
    link: str = ""

    @property
    def text(self) -> str | None:
        """The content as git shows it: a link's target; None if nothing exists.

        Raises:
            UnicodeDecodeError: it is no text.
        """
        if self.link:
            return self.link
        return None if self.content is None else self.content.decode()


ABSENT = FileState()


def read_state(path: Path) -> FileState:
    """Read the state of the path; a link is not followed.

    Raises:
        OSError: it cannot be read, or a folder stands there.
    """
    if path.is_symlink():
        # A `Path` would drop `./`.
        return FileState(link=os.readlink(path))  # noqa: PTH115
    try:
        return FileState(path.read_bytes(), path.stat().st_mode & 0o7777)
    except FileNotFoundError:
        return ABSENT


def state_of(text: str | None, before: FileState, *, executable: bool) -> FileState:
    """The state once a text is written; permissions of an existing file are kept."""
    if text is None:
        return ABSENT
    mode = before.mode if before.content is not None else _MODE
    lacks = executable and not mode & _OWNER_STARTS
    return FileState(text.encode(), mode | _EXECUTABLE if lacks else mode)


def put_state(path: Path, state: FileState) -> None:
    """Restore the state of a path atomically; a link there is replaced, not followed.

    What replaces a file outlasts a power cut, for which it waits for the disk; a new file need not:
    the command that made it makes it again.

    Raises:
        OSError: it cannot be written; what stood there is intact.
    """
    if state == ABSENT:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = name_beside(path)
    try:
        if state.link:
            beside.symlink_to(state.link)
        else:
            write_whole(beside, state.content or b"", durable=path.exists())
            beside.chmod(state.mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
