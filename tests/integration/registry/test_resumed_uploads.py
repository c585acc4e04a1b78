"""Uploads on a registry that goes on where they were cut, which Debian's does not."""

import contextlib
import os
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from helpers.model.descriptor import digest_of
from helpers.registry.errors import RegistryUnavailableError
from tests.integration.registry.conftest import MakeRepository
from tests.registries import Registry

pytestmark = pytest.mark.slow

_CONTENT = os.urandom(1_000_000)
_BLOCK = 10_000
_UPLOAD = "/v2/team/app/blobs/uploads/1"


class _Keeper:
    """The uploads of a registry that keeps what arrived.

    Attributes:
        cuts: for each of the next requests with a content, the bytes after which it is cut.
        resumes: whether it takes the rest of what was cut.
        received: bytes that arrived in all.
    """

    def __init__(self) -> None:
        self.content = bytearray()
        self.cuts: list[int] = []
        self.resumes = True
        self.received = 0
        self.asked: list[str] = []


class _KeeperHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    keeper: _Keeper

    def do_HEAD(self) -> None:
        self._say(404)

    def do_POST(self) -> None:
        self.keeper.content.clear()
        self._say(202, Location=_UPLOAD)

    def do_GET(self) -> None:
        last = max(len(self.keeper.content) - 1, 0)
        self._say(204, Location=f"{_UPLOAD}?from={last}", Range=f"0-{last}")

    def do_PATCH(self) -> None:
        start = int(self.headers["Content-Range"].partition("-")[0])
        if not self.keeper.resumes or start != len(self.keeper.content):
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(416)
        elif self._take():
            self._say(202, Location=f"{_UPLOAD}?all")

    def do_PUT(self) -> None:
        if self._take():
            found = re.search(r"digest=([^&]+)", self.path)
            assert found is not None
            same = found[1].replace("%3A", ":") == digest_of(bytes(self.keeper.content))
            self._say(201 if same else 400)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _take(self) -> bool:
        """Keep what arrives, up to where it is to be cut; whether it was not."""
        left = int(self.headers["Content-Length"])
        cut = self.keeper.cuts.pop(0) if left and self.keeper.cuts else left
        taken = self.rfile.read(min(left, cut))
        self.keeper.content += taken
        self.keeper.received += len(taken)
        if cut >= left:
            return True
        self._note("cut")
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        return False

    def _say(self, status: int, **headers: str) -> None:
        self._note(str(status))
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _note(self, what: str) -> None:
        self.keeper.asked.append(f"{self.command} {what}")


@pytest.fixture
def keeper() -> _Keeper:
    return _Keeper()


@pytest.fixture
def keeping(keeper: _Keeper) -> Iterator[Registry]:
    """A registry that serves these uploads, and no more."""
    handler = type("Handler", (_KeeperHandler,), {"keeper": keeper})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield Registry(f"127.0.0.1:{server.server_address[1]}", Path("none"))
    server.shutdown()
    server.server_close()
    thread.join()


def test_only_what_is_missing_is_sent_again(
    keeping: Registry, keeper: _Keeper, make_repository: MakeRepository, told: list[str]
) -> None:
    keeper.cuts = [400_000, 300_000]
    make_repository(keeping).upload_bytes(_CONTENT)
    assert bytes(keeper.content) == _CONTENT
    assert keeper.received == len(_CONTENT)
    assert [line for line in keeper.asked if "HEAD" not in line] == [
        "POST 202",
        "PUT cut",
        "GET 204",
        "PATCH cut",
        "GET 204",
        "PATCH 202",
        "PUT 201",
    ]
    assert len(told) == 2


def test_a_file_goes_on_from_its_middle(
    keeping: Registry, keeper: _Keeper, make_repository: MakeRepository, tmp_path: Path
) -> None:
    file = tmp_path / "layer"
    file.write_bytes(_CONTENT)
    keeper.cuts = [123_457]
    assert make_repository(keeping).upload(
        lambda: file.open("rb"), digest_of(_CONTENT), len(_CONTENT)
    )
    assert bytes(keeper.content) == _CONTENT
    assert keeper.received == len(_CONTENT)


def test_a_registry_that_does_not_go_on_gets_all_again(
    keeping: Registry, keeper: _Keeper, make_repository: MakeRepository
) -> None:
    keeper.cuts = [400_000]
    keeper.resumes = False
    make_repository(keeping).upload_bytes(_CONTENT)
    assert bytes(keeper.content) == _CONTENT
    assert keeper.received == len(_CONTENT) + 400_000


def test_the_retry_budget_lasts_as_long_as_something_arrives(
    keeping: Registry, keeper: _Keeper, make_repository: MakeRepository, told: list[str]
) -> None:
    keeper.cuts = [_BLOCK] * 50
    make_repository(keeping).upload_bytes(_CONTENT)
    assert bytes(keeper.content) == _CONTENT
    assert len(told) == 50


def test_the_retry_budget_ends_where_nothing_arrives(
    keeping: Registry, keeper: _Keeper, make_repository: MakeRepository
) -> None:
    keeper.cuts = [_BLOCK] + [0] * 1000
    with pytest.raises(RegistryUnavailableError, match="closed the connection"):
        make_repository(keeping).upload_bytes(_CONTENT)
