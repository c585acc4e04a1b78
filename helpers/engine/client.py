"""A thin client of the Engine API.

The Docker SDK takes some 90 ms to import, more than entering a kept container takes as a whole;
these few calls need nothing but `http.client`, which invoke has imported already. Paths carry no
version, so the engine answers in its newest.
API reference: https://docs.docker.com/reference/api/engine/
"""

import http.client
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from helpers.engine.endpoint import Endpoint
from helpers.model.errors import HelpersError
from helpers.system.process import converse

_NO_SUCH = 404
_FIRST_ERROR = 400
_PIECE = 1 << 16

Json = Any


class EngineError(HelpersError):
    """The engine refused a request; `status` is HTTP's, 0 when no answer came."""

    def __init__(self, what: str, *, status: int = 0, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status


class EngineUnavailableError(EngineError):
    """No engine answers, or it stopped answering."""


class Client:
    """Talks to one engine; safe to use from several threads."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def get(self, path: str, **query: str) -> Json:
        """GET; None if the object does not exist.

        Raises:
            EngineError: the engine refused, or does not answer.
        """
        try:
            return self.call("GET", path, query=query)
        except EngineError as error:
            if error.status == _NO_SUCH:
                return None
            raise

    def call(self, method: str, path: str, **given: Any) -> Json:
        """One request as `read` makes it; the answer's JSON, or None where it has no body.

        Raises:
            EngineError: the engine refused, or does not answer.
        """
        content = self.read(method, path, **given)
        return json.loads(content) if content.strip() else None

    def read(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json = None,
        data: bytes | None = None,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """One request; the answer's bytes.

        Args:
            body: sent as JSON.
            data: sent as a tar archive.
            headers: further ones.
            timeout: seconds; none waits for ever.

        Raises:
            EngineError: the engine refused, or does not answer.
        """
        sent = dict(headers or {})
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif data is not None:
            sent["Content-Type"] = "application/x-tar"
        connection = http.client.HTTPConnection("engine", timeout=timeout)
        try:
            connection.sock = self.connect(timeout)
            connection.request(method, _target(path, query), data, sent)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise self.unavailable(error) from error
        finally:
            connection.close()
        if response.status >= _FIRST_ERROR:
            raise _refusal(content, response.status, f"{method} {path}")
        return content

    @contextmanager
    def reading(self, path: str, **query: str) -> Iterator["Answer"]:
        """GET what is too large to be held; the answer is read piece by piece in the context.

        Raises:
            EngineError: the engine refused, or does not answer.
        """
        connection = http.client.HTTPConnection("engine")
        try:
            try:
                connection.sock = self.connect(None)
                connection.request("GET", _target(path, query))
                response = connection.getresponse()
                refused = response.read() if response.status >= _FIRST_ERROR else b""
            except (OSError, http.client.HTTPException) as error:
                raise self.unavailable(error) from error
            if response.status >= _FIRST_ERROR:
                raise _refusal(refused, response.status, f"GET {path}")
            yield Answer(self, response)
        finally:
            connection.close()

    def hijack(self, path: str, body: Json = None) -> tuple[socket.socket, bytes]:
        """POST a request whose connection becomes a raw stream.

        Args:
            body: none where the engine reads none: it would take it for a part of the stream.

        Returns:
            The connection, and the bytes of the stream that came with the answer's head.

        Raises:
            EngineError: the engine refused, or does not answer.
        """
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n"
            f"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        try:
            connection = self.connect(None)
            connection.sendall(head.encode() + data)
            received = b""
            while b"\r\n\r\n" not in received:
                chunk = connection.recv(65536)
                if not chunk:
                    raise ConnectionResetError("closed before an answer")
                received += chunk
        except OSError as error:
            raise self.unavailable(error) from error
        answer, _, rest = received.partition(b"\r\n\r\n")
        status = int(answer.split(None, 2)[1])
        if status >= _FIRST_ERROR:
            connection.close()
            raise _refusal(rest, status, f"POST {path}")
        return connection, rest

    def connect(self, timeout: float | None) -> socket.socket:
        """A new connection to the engine.

        Raises:
            OSError: it does not answer.
        """
        path = self.endpoint.socket
        if path:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(timeout)
            try:
                connection.connect(path)
            except OSError:
                connection.close()
                raise
            return connection
        return self._dial(timeout)

    def unavailable(self, error: Exception) -> EngineUnavailableError:
        """The error to raise when the engine does not answer."""
        where = f"{self.endpoint.url} ({self.endpoint.origin})"
        if isinstance(error, PermissionError):
            return EngineUnavailableError(
                "you may not use the Docker Engine",
                where=where,
                fix='sudo usermod -aG docker "$USER", then log in again',
            )
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            return EngineUnavailableError(
                "no Docker Engine answers", where=where, fix=self.endpoint.start
            )
        return EngineUnavailableError(
            f"the Docker Engine does not answer: {error or type(error).__name__}",
            where=where,
            fix="i engine_status",
        )

    def _dial(self, timeout: float | None) -> socket.socket:
        """Through the docker client, which knows TLS, SSH and its own credentials."""
        connection = converse(["docker", "--host", self.endpoint.url, "system", "dial-stdio"])
        connection.settimeout(timeout)
        return connection


class Answer:
    """What an engine sends, to be read piece by piece."""

    def __init__(self, client: Client, response: http.client.HTTPResponse) -> None:
        self._client = client
        self._response = response

    def read(self, size: int) -> bytes:
        """The next bytes; fewer than `size` at the end alone.

        Raises:
            EngineError: the engine stopped before the end.
        """
        return self._read(lambda: self._response.read(size))

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they come, to the end.

        Raises:
            EngineError: the engine stopped before the end.
        """
        while piece := self._read(lambda: self._response.read1(_PIECE)):
            yield piece

    def _read(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except (OSError, http.client.HTTPException) as error:
            raise self._client.unavailable(error) from error


def _refusal(content: bytes, status: int, where: str) -> EngineError:
    return EngineError(f"the engine refused: {_message(content)}", status=status, where=where)


def _target(path: str, query: Mapping[str, str] | None) -> str:
    return path + (f"?{urlencode(query)}" if query else "")


def _message(content: bytes) -> str:
    start = content.find(b"{")
    try:
        return str(json.loads(content[start : content.rfind(b"}") + 1])["message"]).strip()
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace").strip() or "no reason given"
