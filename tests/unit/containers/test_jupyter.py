import socket

import pytest

from helpers.containers.jupyter import free_port
from helpers.model.errors import HelpersError


def test_a_port_that_is_taken_gives_way_to_the_next_unless_it_was_chosen() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port, chosen=False) > port
        with pytest.raises(HelpersError, match=f"port {port} is taken"):
            free_port(port, chosen=True)
    assert free_port(port, chosen=True) == port
