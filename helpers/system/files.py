"""Write files beside and rename them, so that nobody ever sees half of one."""

import os
from contextlib import suppress
from pathlib import Path


def write_atomic(path: Path, content: str | bytes) -> None:
    """Replace or make a file in one step; its mode is kept when it was there.

    Raises:
        OSError: the folder is not writable or the disk is full; the old content is then intact.
    """
    data = content.encode() if isinstance(content, str) else content
    target = path.resolve()
    beside = name_beside(target)
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


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
