"""HTTP as the proxy speaks it: strict in what it reads, one request on each connection."""

import json
import re
import socket
from collections.abc import Iterator
from http import HTTPStatus

from helpers.engine.proxy.requests import BAD_REQUEST, TOO_LARGE, Forward, Json, Refused
from helpers.model.dataclass import dataclass

CHUNK = 65536
_MAX_HEAD = 65536
_MAX_LINE = 1024
_NOT_IMPLEMENTED = 501
_REQUEST_LINE = re.compile(r"([A-Z]{3,10}) (\S+) HTTP/1\.1\Z")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*\Z")
_LENGTH = re.compile(r"[0-9]{1,15}\Z")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,12}\Z")
_ONCE = ("content-length", "transfer-encoding", "content-type", "upgrade", "expect", "host")
_OF_THE_CONNECTION = frozenset(
    (
        *("connection", "content-length", "content-type", "expect", "host", "keep-alive"),
        *("proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    )
)


@dataclass(frozen=True, slots=True)
class Head:
    """A request's line and headers.

    Attributes:
        headers: names in lower case.
        length: of the body; none: it comes in chunks.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    length: int | None

    def value(self, name: str) -> str:
        """A header's value; empty where it is missing."""
        return next((value for key, value in self.headers if key == name), "")


class Reader:
    """Bytes of a connection, with what was read ahead."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._ahead = b""

    def read(self) -> bytes:
        """What there is; empty at the end."""
        if self._ahead:
            found, self._ahead = self._ahead, b""
            return found
        return self._connection.recv(CHUNK)

    def some(self, most: int) -> bytes:
        """Some bytes; empty at the end."""
        found = self.read()
        self._ahead = found[most:] + self._ahead
        return found[:most]

    def until(self, end: bytes, most: int) -> bytes:
        """All before a mark, which is taken too; empty when the connection ends at once.

        Raises:
            Refused: the mark does not come.
        """
        found = b""
        while end not in found:
            if len(found) > most:
                raise Refused(BAD_REQUEST, "the request's head or a line of it is too long")
            piece = self.read()
            if not piece and not found:
                return b""
            if not piece:
                raise Refused(BAD_REQUEST, "the request ends too early")
            found += piece
        before, _, self._ahead = found.partition(end)
        return before

    def head(self) -> bytes:
        """A head, without the empty line after it.

        Raises:
            Refused: it is too long.
        """
        return self.until(b"\r\n\r\n", _MAX_HEAD)

    def body(self, head: Head) -> Iterator[bytes]:
        """A request's body, in pieces.

        Raises:
            Refused: it is not as long as it says, or not in proper chunks.
        """
        if head.length is not None:
            yield from self._exactly(head.length)
            return
        while size := self._chunk_size():
            yield from self._exactly(size)
            if b"".join(self._exactly(2)) != b"\r\n":
                raise Refused(BAD_REQUEST, "a chunk has another length than it says")
        if self.until(b"\r\n", _MAX_LINE):
            raise Refused(BAD_REQUEST, "headers after the body are not allowed")

    def _chunk_size(self) -> int:
        line = self.until(b"\r\n", _MAX_LINE)
        if not _CHUNK_SIZE.match(line):
            raise Refused(BAD_REQUEST, "a chunk's length cannot be read")
        return int(line, 16)

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self.some(size)
            if not piece:
                raise Refused(BAD_REQUEST, "the body ends too early")
            size -= len(piece)
            yield piece


def parse_head(raw: bytes) -> Head:
    """Read a request's head as any reader would, or not at all.

    Raises:
        Refused: it could be read in more than one way.
    """
    line, *lines = raw.decode("latin-1").split("\r\n")
    asked = _REQUEST_LINE.match(line)
    if not asked or not line.isascii():
        raise Refused(BAD_REQUEST, "the request line cannot be read")
    headers = []
    for text in lines:
        matched = _HEADER.match(text)
        if not matched:
            raise Refused(BAD_REQUEST, "a header cannot be read")
        headers.append((matched[1].lower(), matched[2]))
    names = [name for name, _ in headers]
    for name in _ONCE:
        if names.count(name) > 1:
            raise Refused(BAD_REQUEST, f"the header {name} stands more than once")
    return Head(asked[1], asked[2], tuple(headers), _length(dict(headers)))


def whole(pieces: Iterator[bytes], most: int) -> bytes:
    """A body as one.

    Raises:
        Refused: it is too large.
    """
    found = b""
    for piece in pieces:
        found += piece
        if len(found) > most:
            raise Refused(TOO_LARGE, f"the body has more than {most} bytes")
    return found


def engine_head(forward: Forward, head: Head) -> bytes:
    """The head of a request to the engine, which closes the connection after its answer."""
    upgrade = head.value("upgrade") if forward.hijack else ""
    # Closed also when it does not become a stream: nothing behind the request is ever read.
    lines = [
        f"{forward.method} {forward.target} HTTP/1.1",
        "Host: docker",
        f"Connection: {'Upgrade, ' if upgrade else ''}close",
    ]
    lines += [f"Upgrade: {upgrade}"] if upgrade else []
    lines += [f"{name}: {value}" for name, value in head.headers if _passes(forward, name)]
    kind = forward.content_type or (head.value("content-type") if forward.headers is None else "")
    lines += [f"Content-Type: {kind}"] if kind else []
    length = head.length if forward.body is None else len(forward.body)
    if length is None:
        lines.append("Transfer-Encoding: chunked")
    elif length or forward.method in ("POST", "PUT"):
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def framed(pieces: Iterator[bytes], *, chunked: bool) -> Iterator[bytes]:
    """A body in its wire format."""
    for piece in pieces:
        yield b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
    if chunked:
        yield b"0\r\n\r\n"


def becomes_stream(answer: bytes) -> bool:
    """Whether an answer's head says that its connection is a raw stream from here on."""
    line, *lines = answer.decode("latin-1").split("\r\n")
    status = line.split(" ")[1:2]
    headers = {name.strip().lower(): value for name, _, value in (x.partition(":") for x in lines)}
    if status == ["101"]:
        return True
    kind = headers.get("content-type", "").strip()
    framing = {"content-length", "transfer-encoding"} & headers.keys()
    return status == ["200"] and kind.startswith("application/vnd.docker.") and not framing


def is_interim(answer: bytes) -> bool:
    """Whether another answer follows."""
    return answer.split(b" ")[1:2] in ([b"100"], [b"102"], [b"103"])


def refusal_answer(refused: Refused, *, with_body: bool) -> bytes:
    """The answer to a refused request."""
    return _answer(refused.status, {"message": refused.message}, with_body=with_body)


def shaped_answer(content: Json) -> bytes:
    """An answer of the proxy's own."""
    return _answer(HTTPStatus.OK, content, with_body=True)


def _answer(status: int, content: Json, *, with_body: bool) -> bytes:
    body = json.dumps(content).encode() + b"\n"
    head = (
        f"HTTP/1.1 {int(status)} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")


def _passes(forward: Forward, name: str) -> bool:
    if forward.headers is None:
        return name not in _OF_THE_CONNECTION
    return name in forward.headers


def _length(headers: dict[str, str]) -> int | None:
    length, encoding = headers.get("content-length"), headers.get("transfer-encoding")
    if encoding is not None:
        if length is not None:
            raise Refused(BAD_REQUEST, "the body's length is given in two ways")
        if encoding.lower() != "chunked":
            raise Refused(_NOT_IMPLEMENTED, "no other transfer encoding than chunked")
        return None
    if length is None:
        return 0
    if not _LENGTH.match(length):
        raise Refused(BAD_REQUEST, "the body's length cannot be read")
    return int(length)
