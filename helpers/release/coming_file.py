"""A file that others read while it is still written: a layer is sent on as the engine gives it."""

import io
import threading
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from helpers.model.errors import HelpersError

_BLOCK = 1 << 20


class ComingFile:
    """A file that one thread fills; others open it, and wait for what is not there yet."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self._path = path
        self._size = 0
        self._is_whole = self._ended = False
        self._changed = threading.Condition()

    def fill(self, source: IO[bytes]) -> None:
        """Write all that the source has. Whatever it raises, nobody waits for more afterwards."""
        try:
            with self._path.open("wb") as file:
                while block := source.read(_BLOCK):
                    file.write(block)
                    file.flush()
                    with self._changed:
                        self._size += len(block)
                        self._changed.notify_all()
            self._is_whole = True
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def open(self) -> BinaryIO:
        """Open it from its beginning.

        To read raises a HelpersError where the rest never came: to try again is of no use.
        """
        return cast("BinaryIO", _Reader(self, self._path))

    def remove(self) -> None:
        """Take it from the disk."""
        self._path.unlink()

    def wait_beyond(self, offset: int) -> None:
        """Wait until there is more than so many bytes, or all.

        Raises:
            HelpersError: the rest never came.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._size > offset or self._ended)
            if self._size <= offset and not self._is_whole:
                raise HelpersError("the engine stopped in the middle of a layer")


class _Reader(io.RawIOBase):
    def __init__(self, coming: ComingFile, path: Path) -> None:
        super().__init__()
        self._coming = coming
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._coming.wait_beyond(self._file.tell())
        return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()
