"""The first process of a kept container, in a container of its own."""

import time
from collections.abc import Iterator

import pytest

from helpers.engine.client import Client
from helpers.images.base.base_image import ensure_base_image
from helpers.system.host import read_host
from helpers.system.process import run
from tests import engine
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow


@pytest.fixture
def kept(workplace: Workplace, client: Client) -> Iterator[str]:
    """A container that ends when it was idle for two seconds."""
    base = ensure_base_image(workplace.repo, read_host().platform, lambda _: None, client)
    script = workplace.repo.in_container / "keep_alive.sh"
    mount = f"type=bind,source={script.parent},target={script.parent}"
    command = ["docker", "run", "--detach", "--init", "--mount", mount, base]
    container = run([*command, "sh", script, "2"]).stdout.strip()
    yield container
    run(["docker", "rm", "--force", container], check=False)


def _runs(container: str) -> bool:
    return bool(engine.container(container)["State"]["Running"])


def _seconds_until_it_ends(container: str) -> float:
    began = time.monotonic()
    while _runs(container):
        assert time.monotonic() - began < 30
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.superslow
def test_an_idle_container_ends_by_itself(kept: str) -> None:
    assert _seconds_until_it_ends(kept) < 15


def test_a_container_with_a_command_in_it_is_not_idle(kept: str) -> None:
    run(["docker", "exec", "--detach", kept, "sleep", "8"])
    assert _seconds_until_it_ends(kept) > 7


@pytest.mark.superslow
def test_short_commands_in_between_keep_it_alive(kept: str) -> None:
    for _ in range(8):
        run(["docker", "exec", kept, "true"])
        time.sleep(1)
    assert _runs(kept)


def test_it_ends_at_once_when_it_is_told_to(kept: str) -> None:
    began = time.monotonic()
    run(["docker", "stop", kept])
    assert time.monotonic() - began < 9
