import json
from pathlib import Path
from typing import Any

import pytest

from helpers.containers.inventory import list_own, stop_own
from helpers.containers.leftovers import remove_leftovers
from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.images.clean import find_leftovers
from helpers.model import labels
from helpers.model.labels import own_labels
from helpers.model.repo import Repo
from helpers.system.lease import Lease
from tests.builders import make_repo

_LISTS = {"/containers/json": "container", "/networks": "network", "/volumes": "volume"}


class _Engine(Client):
    """Has containers, networks and volumes, and notes in which order they are removed."""

    def __init__(self) -> None:
        super().__init__(Endpoint("unix:///nowhere", "test"))
        self.there: list[tuple[str, str, dict[str, str]]] = []
        self.used: set[str] = set()
        self.removed: list[str] = []

    def add(self, kind: str, name: str, carried: dict[str, str]) -> None:
        self.there.append((kind, name, carried))

    def call(self, method: str, path: str, *, query: Any = None, **_: Any) -> Any:
        if method == "DELETE":
            self.removed.append(path.rpartition("/")[2])
            return None
        if path not in _LISTS:
            return {"ExecIDs": ["1"] if path.split("/")[2] in self.used else None}
        wanted = [one.partition("=") for one in json.loads(query["filters"])["label"]]
        # An engine that others use needs long to list everything.
        assert wanted
        found = [
            {"Id": name, "Name": name, "Names": [f"/{name}"], "Labels": carried,
             "ImageID": "1", "State": "running", "Status": "Up"}
            for kind, name, carried in self.there
            if kind == _LISTS[path]
            and all(key in carried and value in ("", carried[key]) for key, _, value in wanted)
        ]  # fmt: skip
        return {"Volumes": found} if path == "/volumes" else found


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "repo")


@pytest.fixture
def engine() -> _Engine:
    return _Engine()


def _of_run(repo: Repo, run: str) -> dict[str, str]:
    return own_labels(repo, "app") | {labels.RUN: run}


def test_what_a_killed_command_left_goes_and_what_a_running_one_has_stays(
    repo: Repo, engine: _Engine
) -> None:
    for kind in ("volume", "network", "container"):
        engine.add(kind, f"{kind}-killed", _of_run(repo, "killed"))
        engine.add(kind, f"{kind}-running", _of_run(repo, "running"))
    engine.add("container", "kept", own_labels(repo, "app"))
    with Lease(repo.root, "running", passing=True):
        assert remove_leftovers(engine, repo) == 3
    # A network or a volume goes after the container that uses it.
    assert engine.removed == ["container-killed", "network-killed", "volume-killed"]


def test_what_tests_started_goes_before_the_networks_of_their_run(
    repo: Repo, engine: _Engine
) -> None:
    started = labels.started_by("killed", f"{repo.root}:app")
    engine.add("network", "of-the-run", _of_run(repo, "killed"))
    engine.add("network", "started-network", started)
    engine.add("container", "started", started)
    assert remove_leftovers(engine, repo) == 3
    assert engine.removed == ["started", "started-network", "of-the-run"]


def test_what_another_checkout_left_or_a_run_within_a_run_started_stays(
    repo: Repo, engine: _Engine
) -> None:
    engine.add("container", "elsewhere", labels.started_by("killed", "/another/repo:app"))
    both = dict[str, str]()
    for run in ("outer", "inner"):
        both |= labels.started_by(run, f"{repo.root}:app")
    engine.add("container", "inner", both)
    with Lease(repo.root, "outer", passing=True):
        assert remove_leftovers(engine, repo) == 0
    assert engine.removed == []


def test_stopping_leaves_what_is_in_use_unless_it_is_forced(repo: Repo, engine: _Engine) -> None:
    for name in ("idle", "busy"):
        engine.add("container", name, own_labels(repo, "app"))
    engine.add("network", "network", own_labels(repo, "app"))
    engine.used = {"busy"}
    stopped = stop_own(engine, repo, force=False)
    assert (stopped.removed, stopped.in_use) == (("idle",), ("busy",))
    engine.removed.clear()
    assert stop_own(engine, repo, force=True).removed == ("idle", "busy")
    assert engine.removed == ["idle", "busy", "network"]


def test_containers_are_listed_by_dir_and_without_a_role_are_services(
    repo: Repo, engine: _Engine
) -> None:
    engine.add("container", "database", own_labels(repo, "web"))
    engine.add("container", "shell", own_labels(repo, "app") | {labels.ROLE: "kept"})
    engine.add("container", "other", {labels.REPO: "another"})
    mine = [(item.dir, item.role, item.name) for item in list_own(engine, repo)]
    assert mine == [("app", "kept", "shell"), ("web", "service", "database")]
    assert [item.repo for item in list_own(engine, None)] == ["another", "demo", "demo"]


def test_a_clean_up_takes_networks_and_volumes_that_no_command_and_no_container_uses(
    repo: Repo, engine: _Engine
) -> None:
    for run in ("killed", "running", "kept"):
        engine.add("network", f"network-{run}", _of_run(repo, run))
        engine.add("volume", f"volume-{run}", _of_run(repo, run))
    engine.add("container", "container", _of_run(repo, "kept"))
    with Lease(repo.root, "running", passing=True):
        found = find_leftovers(engine, repo)
    assert [item.name for item in found] == ["network network-kill", "volume volume-killed"]
    assert find_leftovers(engine, repo, "another") == []
