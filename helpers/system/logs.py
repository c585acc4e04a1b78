"""Log files: written up to a limit, and their last lines."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_LOG_LIMIT = 50_000_000


class Log:
    """All that a command prints, up to a limit that keeps the disk usable."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self._left = _LOG_LIMIT

    def __enter__(self) -> Callable[[bool, bytes], None]:
        return self._write

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _write(self, _: bool, data: bytes) -> None:
        if self._left <= 0:
            return
        self._file.write(data[: self._left])
        self._left -= len(data)
        if self._left <= 0:
            self._file.write(f"\n[cut: more than {_LOG_LIMIT} bytes]\n".encode())
        self._file.flush()


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log."""
    with suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    return ""
