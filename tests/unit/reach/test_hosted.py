from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.model import labels
from helpers.model.host_state import HostedRun, Thing, group_runs
from helpers.model.settings.hosts_config import THIS_MACHINE, DockerHost
from helpers.reach import hosted
from helpers.reach.reached import Reached

DEAD = Thing("volume", "v", labels.hosted("dead", "ann@box:7", 1))
WORKER = Thing(
    "container", "w", labels.hosted("alive", "bob@box:9", 1) | {labels.ROLE: labels.WORKER}, True
)


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that are removed from a host which has a dead run and one that is alive."""
    gone: list[str] = []

    @contextmanager
    def reach(host: DockerHost, _: Mapping[str, str]) -> Iterator[Reached]:
        yield Reached(host, Client(Endpoint("unix:///nowhere", "a test")))

    def find_runs(_: Client, more: Sequence[Thing]) -> Sequence[HostedRun]:
        return group_runs([DEAD, WORKER, *more])

    monkeypatch.setattr(hosted, "reach", reach)
    monkeypatch.setattr(hosted, "find_runs", find_runs)
    monkeypatch.setattr(hosted, "remove_run", lambda _, run: gone.append(run.run))
    return gone


def test_what_a_dead_run_left_goes_and_what_a_live_run_uses_stays(removed: list[str]) -> None:
    (found,) = hosted.clean_hosts([THIS_MACHINE], {}, dry_run=False)
    assert removed == ["dead"]
    assert [one.run for one in found.kept] == ["alive"]


def test_a_dry_run_removes_nothing_and_says_what_would_go(removed: list[str]) -> None:
    (found,) = hosted.clean_hosts([THIS_MACHINE], {}, dry_run=True)
    assert removed == []
    assert [one.run for one in found.gone] == ["dead"]
