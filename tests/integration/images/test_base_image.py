import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.images.base.base_image import ensure_base_image
from helpers.model.errors import HelpersError
from helpers.model.events import Event
from helpers.system.host import read_host
from helpers.system.process import run
from tests.builders import make_repo

pytestmark = pytest.mark.slow
PLATFORM = read_host().platform


_REGISTRY = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update && apt-get install --yes --no-install-recommends docker-registry
RUN echo '{version: 0.1, storage: {filesystem: {rootdirectory: /data}}, http: {addr: ":5000"}}' \\
    > /etc/registry.yml
CMD ["docker-registry", "serve", "/etc/registry.yml"]
"""


@pytest.fixture
def registry(workspace: Path, client: Client) -> Iterator[str]:
    """A real registry: its host and port, on the loopback of the engine's machine."""
    base = ensure_base_image(make_repo(workspace / "r"), PLATFORM, lambda _: None, client)
    build = ["docker", "build", "--quiet", "--build-arg", f"BASE_IMAGE={base}", "-"]
    image = run(build, stdin=_REGISTRY).stdout.strip()
    container = run(["docker", "run", "-d", "-p", "127.0.0.1::5000", image]).stdout.strip()
    address = run(["docker", "port", container, "5000"]).stdout.strip()
    _wait_for_registry(container)
    yield address
    run(["docker", "rm", "--force", "--volumes", container])


def _wait_for_registry(container: str) -> None:
    probe = "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/v2/')"
    for _ in range(100):
        if run(["docker", "exec", container, "python3", "-c", probe], check=False).status == 0:
            return
        time.sleep(0.1)
    pytest.fail(run(["docker", "logs", container], check=False).stderr)


@pytest.mark.superslow
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
