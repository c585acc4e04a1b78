from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from helpers.engine.client import Client, EngineUnavailableError
from helpers.engine.endpoint import Endpoint
from helpers.model.settings.hosts_config import DockerHost
from helpers.reach import reached
from helpers.reach.reached import Links, Reached

HOST = DockerHost("build1", "ssh://build1")


@pytest.fixture
def began(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was reached, and what of it was let go."""
    told: list[str] = []

    @contextmanager
    def reach(host: DockerHost, _: Mapping[str, str]) -> Iterator[Reached]:
        told.append(f"reached {host.name}")
        try:
            yield Reached(host, Client(Endpoint("unix:///nowhere", "a test")))
        finally:
            told.append(f"left {host.name}")

    monkeypatch.setattr(reached, "reach", reach)
    return told


def test_a_host_is_reached_once_for_all_looks_at_it(began: list[str]) -> None:
    with Links({}) as links:
        for _ in range(3):
            with links.to(HOST):
                pass
    assert began == ["reached build1", "left build1"]


def test_a_host_that_was_lost_is_reached_anew(began: list[str]) -> None:
    with Links({}) as links:
        with pytest.raises(EngineUnavailableError), links.to(HOST):
            raise EngineUnavailableError("gone")
        with links.to(HOST):
            assert began == ["reached build1", "left build1", "reached build1"]
