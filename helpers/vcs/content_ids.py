"""The id of a file's content as it is on the disk, remembered as long as the file stands still.

The id is the one that git gives to content that no filter changes. What git's index says is not
used: it has the id of what git stores, which line ends and filters (LFS, nbstripout) make another
one, and git may be told not to look again (`assume-unchanged`, `core.trustctime`, a file monitor).
"""

import hashlib
import json
import os
import time
from collections.abc import Iterable
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from helpers.model.dataclass import dataclass
from helpers.system.files import write_atomic
from helpers.system.lease import WORKING_FOLDER, working_folder

_FILE = "content_ids.json"
_CHUNK = 1 << 20
# A change within one tick of the clock does not show in the time of a file. The longest tick of a
# file system in use is 2 s.
_TICK = 2_000_000_000
# From this much on, writing down what was hashed is cheaper than hashing it again.
_MANY_FILES, _MANY_BYTES = 50, 5_000_000


@dataclass(slots=True)
class ContentIds:
    """The ids of a repo's files.

    Attributes:
        root: the repo; an entry's name is its path relative to it.
    """

    root: Path
    # By name: inode, size, time of the last change of content and of anything, id.
    _known: dict[str, str] = field(default_factory=dict)
    _loaded: bool = False
    _hashed: int = 0
    _bytes: int = 0

    def load(self) -> None:
        """Take what earlier commands remembered."""
        if self._loaded:
            return
        self._loaded = True
        try:
            found = json.loads((self.root / WORKING_FOLDER / _FILE).read_text())
        except (OSError, ValueError):
            return
        if isinstance(found, dict) and all(type(entry) is str for entry in found.values()):
            self._known = found

    def of(self, name: str, found: os.stat_result, algorithm: str) -> str:
        """The id of a regular file.

        Args:
            found: what was seen of it just now.
            algorithm: of the repo's ids.

        Raises:
            OSError: it cannot be read.
        """
        seen = f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} "
        known = self._known.get(name)
        if known and known.startswith(seen):
            content_id = known[len(seen) :]
            if len(content_id) == _LENGTHS[algorithm]:
                return content_id
        began = time.time_ns()
        content_id = _read(f"{self.root}/{name}", found.st_size, algorithm)
        self._hashed += 1
        self._bytes += found.st_size
        self._known.pop(name, None)
        if found.st_ctime_ns + _TICK < began:
            self._known[name] = seen + content_id
        return content_id

    def keep(self, names: Iterable[str]) -> None:
        """Remember them for the next command.

        Args:
            names: the files that there are; others are forgotten.

        Raises:
            OSError: the file cannot be written.
        """
        if self._hashed >= _MANY_FILES or self._bytes >= _MANY_BYTES:
            used = {name: self._known[name] for name in names if name in self._known}
            write_atomic(working_folder(self.root) / _FILE, json.dumps(used), durable=False)


def _read(path: str, size: int, algorithm: str) -> str:
    """The id of a file that was of that size just now."""
    if size < _CHUNK:
        # Most are small: without a file object it takes half as long.
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            content = os.read(opened, size + 1)
        finally:
            os.close(opened)
        if len(content) == size:  # a byte more was asked for: it ends here
            return blob_id(content, algorithm)
    with open(path, "rb") as file:  # noqa: PTH123 - of every file: faster
        return read_id(file, algorithm)


def blob_id(content: bytes, algorithm: str) -> str:
    """The id that git gives to content that no filter changes."""
    made = _start(len(content), algorithm)
    made.update(content)
    return made.hexdigest()


def read_id(file: BinaryIO, algorithm: str, copy: BinaryIO | None = None) -> str:
    """The id of an open file.

    Args:
        copy: takes what is read.

    Raises:
        OSError: it cannot be read, or the copy not be written.
    """
    made = _start(os.fstat(file.fileno()).st_size, algorithm)
    while chunk := file.read(_CHUNK):
        made.update(chunk)
        if copy:
            copy.write(chunk)
    return made.hexdigest()


def algorithm_of(content_id: str) -> str:
    """What kind an id is."""
    return next(name for name, length in _LENGTHS.items() if length == len(content_id))


_LENGTHS = {"sha1": 40, "sha256": 64}


def _start(size: int, algorithm: str) -> "hashlib._Hash":
    # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    return hashlib.new(algorithm, f"blob {size}\0".encode(), usedforsecurity=False)
