import socket

import pytest

from helpers.containers import jupyter
from helpers.containers.jupyter import server_port
from helpers.model.errors import HelpersError


def test_a_port_that_is_taken_gives_way_to_the_next_unless_it_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(jupyter, "_PORT", port)
        assert server_port("") > port
        with pytest.raises(HelpersError, match=f"port {port} is taken"):
            server_port(f"{port}:{port}")
    assert server_port(f"{port}:{port}") == port
