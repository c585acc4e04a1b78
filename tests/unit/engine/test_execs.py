"""Commands in containers: their output until they end."""

import socket
from collections.abc import Iterator
from typing import Any, cast

import pytest

from helpers.engine.client import Client
from helpers.engine.execs import Exec

_STDOUT = b"\x01\x00\x00\x00"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Ours, and the engine's."""
    ours, engines = socket.socketpair()
    with ours, engines:
        yield ours, engines


class _Engine:
    """Says that the command ended, whose output comes a moment later, and never closes it."""

    def __init__(self, end: socket.socket, last: bytes) -> None:
        self.end = end
        self.last = last

    def get(self, _: str) -> dict[str, Any]:
        if self.last:
            self.end.sendall(_STDOUT + len(self.last).to_bytes(4, "big") + self.last)
            self.last = b""
        return {"Running": False, "ExitCode": 3}


def _output(started: Exec) -> bytes:
    said = bytearray()
    while started.pump(lambda _, data: said.extend(data)):
        pass
    return bytes(said)


@pytest.mark.slow
def test_what_a_command_writes_as_it_ends_is_not_lost(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, engines = ends
    started = Exec(cast("Client", _Engine(engines, b"[1, 2]\n")), "exec", ours)
    assert _output(started) == b"[1, 2]\n"
    assert started.exit_status() == 3


@pytest.mark.slow
def test_a_command_ends_also_where_a_daemon_keeps_its_output_open(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, engines = ends
    assert _output(Exec(cast("Client", _Engine(engines, b"")), "exec", ours)) == b""
