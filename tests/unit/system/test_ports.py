"""Whether a port is free, and who has it."""

import os
import socket

from helpers.system.ports import holder_of, is_taken


def test_a_port_that_is_listened_on_is_taken_and_its_holder_is_known() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_taken("127.0.0.1", port, "tcp")
        assert is_taken("", port, "tcp")
        found = holder_of(port, "tcp")
        assert found is not None
        assert found[0] == os.getpid()
    assert not is_taken("127.0.0.1", port, "tcp")
    assert holder_of(port, "tcp") is None


def test_a_datagram_port_is_another_one() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert is_taken("127.0.0.1", port, "udp")
        assert holder_of(port, "udp") is not None
        assert holder_of(port, "tcp") is None
