import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.images.base import ensure_base_image
from helpers.model.errors import HelpersError
from helpers.model.events import Event
from helpers.system.host import read_host
from helpers.system.process import run
from tests.builders import make_repo

pytestmark = pytest.mark.slow
PLATFORM = read_host().platform


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A real registry on loopback: its host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = tmp_path / "registry.yml"
    config.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {tmp_path}/data\n"
        f"http:\n  addr: {address}\n"
    )
    log = (tmp_path / "registry.log").open("w")
    server = subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)
    host, _, port = address.partition(":")
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                break
        time.sleep(0.05)
    yield address
    server.terminate()
    server.wait()
    log.close()


def test_an_image_of_a_registry_is_pulled_and_its_digest_told(
    registry: str, workspace: Path, client: Client
) -> None:
    source = ensure_base_image(make_repo(workspace / "a"), PLATFORM, lambda _: None, client)
    wanted = f"{registry}/python:{secrets.token_hex(4)}"
    run(["docker", "tag", source, wanted])
    run(["docker", "push", "--quiet", wanted])
    run(["docker", "image", "rm", wanted])
    repo = make_repo(workspace / "b", config=f"name: b\nbase_image: {wanted}\n")
    events: list[Event] = []
    try:
        assert ensure_base_image(repo, PLATFORM, events.append, client) == wanted
        assert f"base_image: {wanted}@sha256:" in str(events)
        events.clear()
        assert ensure_base_image(repo, PLATFORM, events.append, client) == wanted
        assert events == []
    finally:
        run(["docker", "image", "rm", wanted], check=False)


def test_an_image_that_the_registry_does_not_have_is_an_error(
    registry: str, workspace: Path, client: Client
) -> None:
    repo = make_repo(workspace / "a", config=f"name: a\nbase_image: {registry}/python:none\n")
    with pytest.raises(HelpersError, match="registry does not give"):
        ensure_base_image(repo, PLATFORM, lambda _: None, client)


def test_a_pinned_image_that_cannot_be_had_is_never_replaced(
    workspace: Path, client: Client
) -> None:
    pin = "127.0.0.1:1/python:3.13-slim@sha256:" + "0" * 64
    repo = make_repo(workspace / "a", config=f"name: a\nbase_image: {pin}\n")
    with pytest.raises(HelpersError, match="no registry can be reached"):
        ensure_base_image(repo, PLATFORM, lambda _: None, client)
