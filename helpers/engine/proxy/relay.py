"""Both directions of one request that passes, and of the stream that it may become."""

import socket
import threading
from contextlib import suppress

from helpers.engine.proxy.build_watch import BuildWatch
from helpers.engine.proxy.requests import Forward, Refused
from helpers.engine.proxy.wire import Head, Reader, becomes_stream, engine_head, framed, is_interim

_BAD_GATEWAY = 502


class Relay:
    """Between a client, whose request's head was read, and the engine."""

    def __init__(
        self,
        client: socket.socket,
        reader: Reader,
        upstream: socket.socket,
        build: BuildWatch | None = None,
    ) -> None:
        self._client = client
        self._reader = reader
        self._upstream = upstream
        self._build = build
        self._ended = False
        self._answered = threading.Event()
        self._is_stream = False

    def run(self, forward: Forward, head: Head) -> None:
        """Pass on the request and its answer; return at the answer's end.

        Raises:
            Refused: the engine gives no answer.
            OSError: the client is gone.
        """
        self._upstream.sendall(engine_head(forward, head) + (forward.body or b""))
        sender = threading.Thread(target=self._send, args=(forward, head), daemon=True)
        sender.start()
        try:
            self._answer(forward)
        finally:
            if self._build and not self._ended:
                self._build.end()
            self._ended = True
            self._answered.set()
            # Both, or the other thread would wait for a client that has nothing to say.
            for connection in (self._upstream, self._client):
                with suppress(OSError):
                    connection.shutdown(
                        socket.SHUT_RDWR if connection is self._upstream else socket.SHUT_RD
                    )
            sender.join()

    def _answer(self, forward: Forward) -> None:
        answers = Reader(self._upstream)
        while True:
            try:
                head = answers.head()
            except (Refused, OSError) as error:
                raise Refused(_BAD_GATEWAY, "the Docker Engine gave no whole answer") from error
            if not head:
                raise Refused(_BAD_GATEWAY, "the Docker Engine gave no answer")
            if not is_interim(head):
                break
        self._client.sendall(head + b"\r\n\r\n")
        self._is_stream = forward.hijack and becomes_stream(head)
        self._answered.set()
        while piece := answers.read():
            if self._build:
                self._build.read(piece)
            self._client.sendall(piece)
        self._ended = True

    def _send(self, forward: Forward, head: Head) -> None:
        try:
            with suppress(OSError, Refused):
                self._send_body(forward, head)
                self._send_rest(forward)
        finally:
            if self._build and not self._ended:
                self._build.end()
            # Also when the client broke off: the engine takes no half of a body for a whole one,
            # and closes a stream that nobody reads.
            with suppress(OSError):
                self._upstream.shutdown(socket.SHUT_WR)

    def _send_rest(self, forward: Forward) -> None:
        if forward.hijack:
            self._answered.wait()
        while piece := self._reader.read():
            # Bytes after the request are dropped, unless it is a stream.
            if self._is_stream:
                self._upstream.sendall(piece)

    def _send_body(self, forward: Forward, head: Head) -> None:
        if forward.body is None:
            for piece in framed(self._reader.body(head), chunked=head.length is None):
                self._upstream.sendall(piece)
