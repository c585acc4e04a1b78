"""An engine that stops half-way, which a real one cannot be made to do."""

import io
import json
import socket
import tarfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from helpers.engine.client import Client, EngineError, EngineUnavailableError
from helpers.engine.endpoint import Endpoint
from helpers.engine.image_files import read_image

_IMAGE = json.dumps({"Os": "linux", "Architecture": "arm64", "Variant": "v8"})
_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def whole(content: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("file")
        info.size = 4000
        tar.addfile(info, io.BytesIO(b"x" * info.size))
    return buffer.getvalue()


def _whole_request(connection: socket.socket) -> bytes:
    """Head and body: who closes before it has read all breaks the other's pipe."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65536)
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0].partition(b":")[2]):
        body += connection.recv(65536)
    return head


class Engine:
    """Gives each request the answer whose key its first line holds; one request a connection."""

    def __init__(self, path: Path, answers: Mapping[str, bytes]) -> None:
        self.asked: list[str] = []
        self.client = Client(Endpoint(f"unix://{path}", "test"))
        self._answers = answers
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                line = _whole_request(connection).partition(b"\r\n")[0].decode()
                self.asked.append(line)
                connection.sendall(next(a for key, a in self._answers.items() if key in line))


@pytest.fixture
def engine(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine whose export answers as the test says."""
    answers = {
        "GET /images/": whole(_IMAGE.encode()),
        "POST /containers/create": whole(b'{"Id": "c1"}', "201 Created"),
        "GET /containers/c1/export": request.param,
        "DELETE /containers/c1": whole(b"", "200 OK"),
    }
    made = Engine(tmp_path / "engine.sock", answers)
    yield made
    made.close()


@pytest.mark.parametrize(
    "engine",
    [_HEAD + chunk(archive()[:2000]), _HEAD + chunk(archive()[:2000]) + b"10\r\nabc"],
    indirect=True,
)
def test_an_engine_that_goes_away_half_way_is_told_and_its_container_removed(
    engine: Engine,
) -> None:
    with pytest.raises(EngineUnavailableError):
        read_image(engine.client, "app", {}, lambda _: True)
    assert engine.asked[-1].startswith("DELETE /containers/c1")


@pytest.mark.parametrize("engine", [_HEAD + chunk(archive()[:2000]) + chunk(b"")], indirect=True)
def test_an_archive_that_is_cut_short_is_told(engine: Engine) -> None:
    with pytest.raises(EngineError, match="archive of the image cannot be read") as caught:
        read_image(engine.client, "app", {}, lambda _: True)
    assert caught.value.where == "app"
    assert engine.asked[-1].startswith("DELETE /containers/c1")


@pytest.mark.parametrize(
    "engine", [whole(b'{"message": "no space"}', "500 Internal Server Error")], indirect=True
)
def test_a_refusal_says_why(engine: Engine) -> None:
    with pytest.raises(EngineError, match="no space") as caught:
        read_image(engine.client, "app", {}, lambda _: True)
    assert caught.value.status == 500


@pytest.mark.parametrize(
    "engine", [_HEAD + chunk(archive()[:700]) + chunk(archive()[700:]) + chunk(b"")], indirect=True
)
def test_the_container_has_the_platform_of_the_image(engine: Engine) -> None:
    contents = read_image(engine.client, "app", {}, lambda path: path == "/file")
    assert contents.texts == {"/file": b"x" * 4000}
    (created,) = [line for line in engine.asked if "create" in line]
    assert "platform=linux%2Farm64%2Fv8" in created
