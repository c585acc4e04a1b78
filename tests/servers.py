"""Servers that run in a thread of the tests, and one that hands connections on."""

import contextlib
import socket
import socketserver
import threading
from typing import Self

LOOPBACK = "127.0.0.1"
_BLOCK = 16 * 1024


class InThread:
    """Serves until the end of the block."""

    def __init__(self, server: socketserver.TCPServer) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])


class Relay(InThread):
    """Hands each connection to an address of this machine on to another one, both ways."""

    def __init__(self, address: tuple[str, int], target: tuple[str, int]) -> None:
        copy = self.copy

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError), socket.create_connection(target) as other:
                    # A network hands each packet on at once: without it the second of two small
                    # ones waits 40 ms until the first one is acknowledged.
                    for one in (self.request, other):
                        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    back = threading.Thread(target=copy, args=(other, self.request), daemon=True)
                    back.start()
                    copy(self.request, other)
                    back.join()

        super().__init__(_ThreadingServer(address, Handler))

    def copy(self, source: socket.socket, target: socket.socket) -> None:
        """Copy until the source ends, and tell the target that it did."""
        with contextlib.suppress(OSError):
            while block := source.recv(_BLOCK):
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)


class _ThreadingServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
