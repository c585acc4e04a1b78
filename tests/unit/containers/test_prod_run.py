"""How a production image is run as it would be deployed."""

import socket

import pytest

from helpers.containers.prod_run import ProdRun, _check_ports, run_words
from helpers.engine.containers import Image
from helpers.images.resolve import Chosen
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage

_CHOSEN = Chosen(Image("sha256:1", (), {}, "", 0), "api:prod", Stage.PROD, "1.0.0")


def test_nothing_is_said_that_the_image_says_itself() -> None:
    wanted = ProdRun(args=("--once", "a b"), env={"TOKEN": "secret"}, ports=("8000:80",))
    words = run_words(_CHOSEN, wanted, "it", {"mark": "x"}, terminal=False)
    assert words[-3:] == ["api:prod", "--once", "a b"]
    assert words[:-3] == [
        *("run", "--rm", "--interactive", "--name=it", "--label=mark=x"),
        *("--env", "TOKEN", "--publish=127.0.0.1:8000:80"),
    ]


@pytest.mark.parametrize(
    ("port", "published"),
    [("8000:80", "127.0.0.1:8000:80"), ("0.0.0.0:8000:80", "0.0.0.0:8000:80")],
)
def test_a_port_is_on_loopback_unless_an_address_is_named(port: str, published: str) -> None:
    words = run_words(_CHOSEN, ProdRun(ports=(port,)), "it", {}, terminal=True)
    assert f"--publish={published}" in words
    assert "--tty" in words


def test_a_port_that_is_taken_is_refused_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(HelpersError, match=f"port {port} of 127.0.0.1 cannot be taken"):
            _check_ports([f"{port}:80"])
