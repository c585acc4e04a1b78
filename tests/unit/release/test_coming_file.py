"""A layer is sent on while the engine still gives it."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.release.coming_file import ComingFile

_BEGIN, _REST = b"begin", b"and the rest"


class _Source(io.RawIOBase):
    """Gives the rest only once it is let go, or fails instead."""

    def __init__(self, error: OSError | None = None) -> None:
        self.go = threading.Event()
        self._blocks = iter((_BEGIN, _REST, b""))
        self._error = error

    def read(self, _: int = -1) -> bytes:
        block = next(self._blocks)
        if block == _REST:
            assert self.go.wait(30)
            if self._error:
                raise self._error
        return block


def test_what_is_there_is_read_before_the_rest_comes_and_again_afterwards(tmp_path: Path) -> None:
    coming, source = ComingFile(tmp_path / "layer"), _Source()
    with ThreadPoolExecutor(1) as pool, coming.open() as reader:
        filling = pool.submit(coming.fill, source)  # type: ignore[arg-type]
        assert reader.read(1000) == _BEGIN
        source.go.set()
        assert reader.read() == _REST
        reader.seek(2)
        assert reader.read() == (_BEGIN + _REST)[2:]
        filling.result()
    with coming.open() as again:
        assert again.read() == _BEGIN + _REST
    coming.remove()
    assert not list(tmp_path.iterdir())


def test_nobody_waits_for_what_never_comes(tmp_path: Path) -> None:
    coming, source = ComingFile(tmp_path / "layer"), _Source(OSError("gone"))
    with ThreadPoolExecutor(1) as pool, coming.open() as reader:
        filling = pool.submit(coming.fill, source)  # type: ignore[arg-type]
        assert reader.read(1000) == _BEGIN
        source.go.set()
        with pytest.raises(HelpersError, match="stopped in the middle"):
            reader.read()
        with pytest.raises(OSError, match="gone"):
            filling.result()
    with coming.open() as again, pytest.raises(HelpersError):
        again.read()
