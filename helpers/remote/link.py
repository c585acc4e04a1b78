"""A connection to a host: what it carries, how fast it is, and whether it still is."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from helpers.model.settings.hosts_config import DockerHost
from helpers.remote.refusals import LinkError, engine_refusal, read_words

# The rate is measured with twice the bytes until they take long enough, in seconds.
_FIRST_BYTES = 1 << 16
_MOST_BYTES = 1 << 23
_LONG_ENOUGH = 0.2


class Link:
    """A connection to a host, from `linked`; safe to use from several threads.

    Attributes:
        engine: the Unix socket here behind which the host's engine is.
        ports: by the number of a port of this machine, the one that the host has for it.
        lost: is set as soon as the connection is gone.
    """

    def __init__(
        self,
        host: DockerHost,
        session: socket.socket,
        engine: Path,
        said: Path,
        ports: Mapping[int, int],
    ) -> None:
        self.host = host
        self.engine = engine
        self.ports = ports
        self.lost = threading.Event()
        self._session = session
        self._said = said
        self._on_lost: list[Callable[[], None]] = []
        self._received = 0
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._sent = 0
        self._closing = False
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        with suppress(OSError):
            self._session.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def when_lost(self, call: Callable[[], None]) -> None:
        """Call a function as soon as the connection is lost, in the thread that notices it."""
        with self._changed:
            self._on_lost.append(call)
            late = self.lost.is_set()
        if late:
            call()

    def error(self) -> LinkError:
        """The error for a connection that was lost."""
        lines = [line.strip() for line in read_words(self._said).splitlines() if line.strip()]
        said = [line for line in lines if not line.startswith("Allocated port")][-1:]
        return LinkError(
            f"host {self.host.name!r} was lost: {''.join(said) or 'ssh ended'}",
            where=f"{self.host.address} ({self.host.where})",
            fix=f"i hosts_check --hosts {self.host.name}",
        )

    def engine_error(self) -> LinkError | None:
        """Why the host's sshd does not carry the engine's socket; None: it does."""
        return engine_refusal(self.host, read_words(self._said))

    def rate(self) -> float:
        """Megabytes per second that go there and come back.

        Raises:
            LinkError: the connection was lost.
        """
        size = _FIRST_BYTES
        while (seconds := self._round_trip(size)) < _LONG_ENOUGH and size < _MOST_BYTES:
            size *= 2
        return size / seconds / 1e6

    def _round_trip(self, size: int) -> float:
        with self._sending:
            began = time.monotonic()
            self._sent += size
            with suppress(OSError):
                self._session.sendall(bytes(size))
            with self._changed:
                self._changed.wait_for(lambda: self._received >= self._sent or self.lost.is_set())
            if self.lost.is_set():
                raise self.error()
            return max(time.monotonic() - began, 1e-6)

    def _watch(self) -> None:
        """Read what comes back until ssh ends, which it does when the host is silent."""
        while piece := self._read():
            with self._changed:
                self._received += len(piece)
                self._changed.notify_all()
        self._lose()

    def _read(self) -> bytes:
        try:
            return self._session.recv(1 << 16)
        except OSError:
            return b""

    def _lose(self) -> None:
        with suppress(OSError):
            self._session.shutdown(socket.SHUT_RDWR)
        with self._changed:
            self.lost.set()
            self._changed.notify_all()
            told = [] if self._closing else list(self._on_lost)
        for call in told:
            call()
