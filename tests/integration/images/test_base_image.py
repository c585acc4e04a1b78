import secrets
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.images.base.base_image import ensure_base_image
from helpers.model.errors import HelpersError
from helpers.model.events import Event
from helpers.system.host import read_host
from helpers.system.process import run
from tests.builders import make_repo
from tests.registries import Registry

pytestmark = pytest.mark.slow
PLATFORM = read_host().platform


@pytest.mark.superslow
def test_an_image_of_a_registry_is_pulled_and_its_digest_told(
    registry: Registry, workspace: Path, client: Client
) -> None:
    source = ensure_base_image(make_repo(workspace / "a"), PLATFORM, lambda _: None, client)
    wanted = f"{registry.address}/python:{secrets.token_hex(4)}"
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
    registry: Registry, workspace: Path, client: Client
) -> None:
    repo = make_repo(
        workspace / "a", config=f"name: a\nbase_image: {registry.address}/python:none\n"
    )
    with pytest.raises(HelpersError, match="registry does not give"):
        ensure_base_image(repo, PLATFORM, lambda _: None, client)


def test_a_pinned_image_that_cannot_be_had_is_never_replaced(
    workspace: Path, client: Client
) -> None:
    pin = "127.0.0.1:1/python:3.13-slim@sha256:" + "0" * 64
    repo = make_repo(workspace / "a", config=f"name: a\nbase_image: {pin}\n")
    with pytest.raises(HelpersError, match="no registry can be reached"):
        ensure_base_image(repo, PLATFORM, lambda _: None, client)
