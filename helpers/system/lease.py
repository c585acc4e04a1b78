"""Leases: file locks of running processes; the kernel releases them with the process.

A lease is a lock (`flock`) on a file below the repo. The kernel gives it up when the process
dies, however it dies, and holds it across containers that mount the repo, so no process ids are
compared and no file can be stale.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Self

WORKING_FOLDER = "tmp.helpers"
RESULTS_FOLDER = "tmp.main_pytest"
_DAY = 24 * 3600


def working_folder(repo: Path, name: str = WORKING_FOLDER) -> Path:
    """A folder at the repo's root for what the toolchain makes there; git ignores it.

    Raises:
        OSError: it cannot be made.
    """
    folder = repo / name
    ignore = folder / ".gitignore"
    if not ignore.exists():
        folder.mkdir(exist_ok=True)
        ignore.write_text("*\n")
    # On another host it is a link, to a folder that containers are given by its real path.
    return folder.resolve()


class Lease:
    """Holds a lease until it is released or the process ends."""

    def __init__(
        self,
        repo: Path,
        name: str,
        *,
        shared: bool = False,
        wait: bool = True,
        passing: bool = False,
    ) -> None:
        """Take the lease.

        Args:
            shared: others may hold it as well.
            wait: until whoever excludes us has given it up.
            passing: the name is never taken again, so the file goes with the lease.

        Raises:
            BlockingIOError: another holds it, and `wait` is not set.
        """
        self.name = name
        self._path = _path(repo, name)
        self._passing = passing
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self._file, kind | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            os.close(self._file)
            raise

    def is_last(self) -> bool:
        """Whether nobody else holds it; if so, we now hold it exclusively."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give it up; more than once does no harm."""
        if self._file >= 0:
            if self._passing:
                self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_held(repo: Path, name: str) -> bool:
    """Whether anyone holds the lease; one that was never taken is not held."""
    path = _path(repo, name)
    if not path.exists():
        return False
    try:
        Lease(repo, name, wait=False).release()
    except BlockingIOError:
        return True
    return False


def forget_old_leases(repo: Path) -> None:
    """Remove the files of runs' leases that nobody has held for a day.

    Not at once: whoever takes a lease makes its file before it locks it. Of runs alone: a name that
    is taken again may be taken at this very moment.
    """
    before = time.time() - _DAY
    for path in _path(repo, "").glob(f"{'[0-9]' * 8}-{'[0-9]' * 6}-*"):
        if path.stat().st_mtime < before and not is_held(repo, path.name):
            path.unlink(missing_ok=True)


def _path(repo: Path, name: str) -> Path:
    folder = working_folder(repo) / "leases"
    folder.mkdir(exist_ok=True)
    return folder / name
