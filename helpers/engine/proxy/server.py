"""A socket whose requests are decided on by `rules`, for as long as a context lasts."""

import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from helpers.engine.client import Client, EngineError, EngineUnavailableError
from helpers.engine.endpoint import Endpoint
from helpers.engine.proxy.build_watch import BuildWatch
from helpers.engine.proxy.relay import Relay
from helpers.engine.proxy.requests import Asked, Refused, Rules, parse_target
from helpers.engine.proxy.rules import Body, Route, find_route
from helpers.engine.proxy.wire import Head, Reader, parse_head, refusal_answer, shaped_answer, whole

_MAX_JSON = 4 * 1024 * 1024
_MAX_CONNECTIONS = 256
_SECONDS_TO_ASK = 60
_SECONDS_TO_LEAVE = 2
_SECONDS_TO_END = 5
# The longest address of a Unix socket, with its final zero.
_MAX_ADDRESS = 104
_BAD_TYPE = 415
_BAD_GATEWAY = 502
_BUSY = 503
_JSON_TYPES = ("application/json",)


@contextmanager
def serve(
    engine_socket: str, path: Path, rules: Rules, *, mode: int = 0o600, group: int = -1
) -> Iterator[Path]:
    """Serve a socket at `path` until the context ends; then all its connections end too.

    Args:
        engine_socket: path of the engine's own socket.
        mode: of the socket's file; 0o660 to let a group use it.
        group: id of that group; -1: the process's own.

    Raises:
        OSError: the socket cannot be made.
    """
    server = _Server(engine_socket, replace(rules, engine_socket=engine_socket))
    with _listen(path, mode, group) as listener:
        thread = threading.Thread(target=server.accept, args=(listener,), daemon=True)
        thread.start()
        try:
            yield path
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(_SECONDS_TO_END)
            server.end()


class _Server:
    """The connections of one socket."""

    def __init__(self, engine_socket: str, rules: Rules) -> None:
        self._rules = rules
        self._engine = Client(Endpoint(f"unix://{engine_socket}", "the socket proxy"))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._ended = False

    def accept(self, listener: socket.socket) -> None:
        """Take connections until the listener is shut."""
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._converse, args=(client,), daemon=True)
            with self._lock:
                full = len(self._threads) >= _MAX_CONNECTIONS
                if not full:
                    self._threads.add(thread)
            if full:
                with client, suppress(OSError):
                    client.sendall(refusal_answer(Refused(_BUSY, "too busy"), with_body=True))
                continue
            thread.start()

    def end(self) -> None:
        """Cut all connections, and wait for their threads."""
        with self._lock:
            self._ended = True
            threads = list(self._threads)
            for connection in self._open:
                _cut(connection)
        for thread in threads:
            thread.join(_SECONDS_TO_END)

    def _converse(self, client: socket.socket) -> None:
        method = ""
        try:
            with self._tracked(client):
                client.settimeout(_SECONDS_TO_ASK)
                reader = Reader(client)
                try:
                    raw = reader.head()
                    if raw:
                        method = raw.split(b" ")[0].decode("latin-1")
                        self._pass_on(client, reader, parse_head(raw))
                except Refused as refused:
                    _refuse(client, refused, method)
        except OSError:
            return
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _pass_on(self, client: socket.socket, reader: Reader, head: Head) -> None:
        target = parse_target(head.target)
        route, named = find_route(self._rules, head.method, target)
        _check_type(route, head)
        if head.value("expect").lower() == "100-continue":
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = b""
        if route.body in (Body.NONE, Body.JSON):
            body = whole(reader.body(head), _MAX_JSON if route.body is Body.JSON else 0)
        asked = Asked(head.method, target, body, bool(head.value("upgrade")))
        try:
            forward = route.decide(asked, self._rules, self._engine, named)
            if forward.shape:
                found = forward.shape(self._engine.call(forward.method, str(forward.target)))
                client.sendall(shaped_answer(found))
                return
            upstream = self._engine.connect(None)
        except EngineUnavailableError as error:
            raise Refused(_BAD_GATEWAY, error.what) from error
        except EngineError as error:
            raise Refused(error.status or _BAD_GATEWAY, error.what) from error
        except OSError as error:
            raise Refused(_BAD_GATEWAY, "the Docker Engine does not answer") from error
        client.settimeout(None)
        with self._tracked(upstream):
            build = BuildWatch(self._engine) if target.path == "/build" else None
            Relay(client, reader, upstream, build).run(forward, head)

    @contextmanager
    def _tracked(self, connection: socket.socket) -> Iterator[None]:
        with connection:
            with self._lock:
                if self._ended:
                    raise ConnectionAbortedError("the socket is closed")
                self._open.add(connection)
            try:
                yield
            finally:
                with self._lock:
                    self._open.discard(connection)


@contextmanager
def _listen(path: Path, mode: int, group: int) -> Iterator[socket.socket]:
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            listener.bind(_address(path, folder))
        finally:
            os.close(folder)
        try:
            # No client can connect before it listens.
            os.chown(path, -1, group)
            path.chmod(mode)
            listener.listen(_MAX_CONNECTIONS)
            yield listener
        finally:
            path.unlink(missing_ok=True)


def _address(path: Path, folder: int) -> str:
    if len(os.fsencode(path)) < _MAX_ADDRESS or not sys.platform.startswith("linux"):
        return str(path)
    return f"/proc/self/fd/{folder}/{path.name}"


def _check_type(route: Route, head: Head) -> None:
    kind = head.value("content-type").partition(";")[0].strip().lower()
    carries = head.length != 0
    if route.body is Body.JSON and carries and kind not in _JSON_TYPES:
        raise Refused(_BAD_TYPE, "the body must be application/json")


def _refuse(client: socket.socket, refused: Refused, method: str) -> None:
    client.sendall(refusal_answer(refused, with_body=method != "HEAD"))
    client.shutdown(socket.SHUT_WR)
    # Until the client has read it: closing on what it still sends would take it away.
    client.settimeout(_SECONDS_TO_LEAVE)
    leave = time.monotonic() + _SECONDS_TO_LEAVE
    while client.recv(65536) and time.monotonic() < leave:
        continue


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
