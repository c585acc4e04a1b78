from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.engine.proxy.requests import Forward, Refused, parse_target
from helpers.engine.proxy.wire import Reader, becomes_stream, engine_head, parse_head


@pytest.mark.parametrize(
    "head",
    [
        "GET /x HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
        "GET /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1",
        "GET /x HTTP/1.1\r\nContent-Length: +1",
        "GET /x HTTP/1.1\r\nContent-Length: 1, 1",
        "GET /x HTTP/1.1\r\nContent-Length: ",
        "GET /x HTTP/1.1\r\nTransfer-Encoding: chunked, identity",
        "GET /x HTTP/1.1\r\nTransfer-Encoding: xchunked",
        "GET /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "GET /x HTTP/1.1\r\nA: b\r\n c",
        "GET /x HTTP/1.1\r\nContent-Length : 1",
        "GET /x HTTP/1.1\r\nA: b\nContent-Length: 1",
        "GET /x HTTP/1.1\r\nA: b\rC: d",
        "GET /x HTTP/1.1\r\n: b",
        "GET  /x HTTP/1.1",
        "get /x HTTP/1.1",
        "GET /x HTTP/1.0",
        "GET /x HTTP/2.0",
        "GET /x",
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_refused(head: str) -> None:
    with pytest.raises(Refused):
        parse_head(head.encode())


class _Pieces:
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)

    def recv(self, size: int) -> bytes:  # noqa: ARG002
        return next(self._pieces, b"")


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=5), st.integers(1, 7))
def test_chunks_are_put_together_however_they_arrive(chunks: list[bytes], size: int) -> None:
    wire = b"".join(b"%X\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\nmore"
    pieces = [wire[at : at + size] for at in range(0, len(wire), size)]
    reader = Reader(_Pieces(pieces))  # type: ignore[arg-type]
    head = parse_head(b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked")
    assert b"".join(reader.body(head)) == b"".join(chunks)
    assert b"".join(iter(reader.read, b"")) == b"more"


@pytest.mark.parametrize(
    "body", [b"g\r\n", b"-1\r\n", b"1;a\r\n", b"1\r\nab\r\n", b"2\r\na", b"\r\n"]
)
def test_chunks_that_are_no_chunks_are_refused(body: bytes) -> None:
    head = parse_head(b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked")
    with pytest.raises(Refused):
        list(Reader(_Pieces([body])).body(head))  # type: ignore[arg-type]


def test_the_engine_is_always_told_to_close() -> None:
    head = parse_head(b"POST /exec/x/start HTTP/1.1\r\nUpgrade: tcp\r\nConnection: Upgrade")
    for hijack in (True, False):
        forward = Forward("POST", parse_target("/exec/x/start"), b"{}", "application/json", hijack)
        written = engine_head(forward, head).decode()
        assert "close\r\n" in written
        assert ("Upgrade: tcp" in written) is hijack


@pytest.mark.parametrize(
    ("answer", "is_stream"),
    [
        (b"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp", True),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream", True),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
            b"Transfer-Encoding: chunked",
            False,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0", False),
        (b"HTTP/1.1 409 Conflict\r\nContent-Type: application/json", False),
    ],
)
def test_only_what_the_engine_made_a_stream_is_one(answer: bytes, is_stream: bool) -> None:
    assert becomes_stream(answer) is is_stream
