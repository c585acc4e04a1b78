"""A web server in a container beside this one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

_SITE = Path(__file__).parent / "site"
_PORT = 8000


@pytest.fixture(scope="session")
def site(siblings: Any) -> Iterator[str]:
    """The address of the site, served from its folder in this repo."""
    server = (
        DockerContainer(os.environ["HELPERS_IMAGE"])
        .with_volume_mapping(siblings.host_path(_SITE), "/site", "ro")
        .with_command(f"python -m http.server {_PORT} --directory /site")
        .with_exposed_ports(_PORT)
        .waiting_for(HttpWaitStrategy(_PORT))
    )
    with server:
        yield f"http://{server.get_container_host_ip()}:{server.get_exposed_port(_PORT)}/"


@pytest.fixture(scope="session")
def named_site(siblings: Any) -> Iterator[str]:
    """The same, reached by the name of its container instead of a port of the host."""
    server = (
        DockerContainer(os.environ["HELPERS_IMAGE"])
        .with_volume_mapping(siblings.host_path(_SITE), "/site", "ro")
        .with_command(f"python -m http.server {_PORT} --directory /site")
        .with_bind_ports(_PORT, siblings.free_port())
    )
    with server:
        yield f"http://{siblings.address(server)}:{_PORT}/"
