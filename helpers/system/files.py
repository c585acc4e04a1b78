"""Files: read as text; written beside and renamed, so that nobody ever sees half of one."""

import os
import shlex
from contextlib import suppress
from pathlib import Path

from helpers.model.errors import HelpersError


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
    """What to say of a file that is there and is no text that can be read."""
    what = f"cannot read {path.name}: "
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return HelpersError(
            f"{what}it is not UTF-8", where=f"{path}:{line}", fix="save it again, as UTF-8"
        )
    fix = f"ls -ld {shlex.quote(str(path))}   (a file that you may read is needed there)"
    return HelpersError(f"{what}{error.strerror or error}", where=str(path), fix=fix)


def write_atomic(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Replace or make a file in one step; its mode is kept when it was there.

    Args:
        durable: it outlasts a power cut, for which it waits for the disk: 1 to 20 ms. What can be
            made again need not, where its reader takes an empty file for none.

    Raises:
        OSError: the folder is not writable or the disk is full; the old content is then intact.
    """
    data = content.encode() if isinstance(content, str) else content
    target = path.resolve()
    beside = name_beside(target)
    try:
        write_whole(beside, data, durable=durable)
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, durable: bool) -> None:
    """Write a file that nobody reads yet; `durable` is that of `write_atomic`."""
    with path.open("wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def name_beside(path: Path) -> Path:
    """A name in the same folder that no other process and no other thread takes."""
    return path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")


def remove_empty(folder: Path, stop: Path) -> None:
    """Remove a folder and those above it, up to `stop`, as far as nothing is in them."""
    for one in (folder, *folder.parents):
        if one == stop or not one.is_relative_to(stop):
            return
        with suppress(OSError):
            one.rmdir()
            continue
        return
