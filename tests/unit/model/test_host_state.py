from dataclasses import replace
from typing import Any

import pytest

from helpers.model import labels
from helpers.model.host_state import (
    CONTAINERD_STORE,
    EngineFacts,
    HostState,
    Thing,
    dead_runs,
    find_troubles,
    group_runs,
)

NOW = 1_800_000_000
FACTS = EngineFacts("26.1.5+dfsg1", CONTAINERD_STORE, "/var/lib/docker", "linux/amd64", 8, 1, 0.2)
GOOD = HostState("build1", "ssh://build1", FACTS, 10**11, 80.0)


def thing(kind: str, run: str, *, since: int = 0, role: str = "", running: bool = False) -> Thing:
    own = labels.hosted(run, "ann@box:7", since)
    return Thing(kind, "id", own | ({labels.ROLE: role} if role else {}), running)


def test_a_run_is_alive_while_its_worker_runs() -> None:
    things = [
        thing("container", "a", role=labels.WORKER, running=True),
        thing("volume", "a"),
        thing("container", "b", role=labels.WORKER),
        thing("container", "b", running=True),
        thing("network", "c"),
    ]
    runs = group_runs(things)
    assert [run.run for run in dead_runs(runs, NOW)] == ["b", "c"]
    assert runs[0].shown == "1 container, 1 volume"
    assert runs[0].driver == "ann@box:7"


def test_a_run_that_just_began_is_not_dead_although_no_worker_runs_yet() -> None:
    runs = group_runs([thing("volume", "a", since=NOW - 5), thing("volume", "b", since=NOW - 600)])
    assert [run.run for run in dead_runs(runs, NOW)] == ["b"]


def test_an_image_of_no_run_is_kept_while_any_run_is_alive() -> None:
    image = Thing("image", "sha256:1", {labels.HOSTED: "1"})
    worker = thing("container", "a", role=labels.WORKER, running=True)
    assert dead_runs(group_runs([image, worker]), NOW) == ()
    assert [one.things for one in dead_runs(group_runs([image]), NOW)] == [(image,)]


def test_labels_that_others_wrote_stop_nothing() -> None:
    strange = Thing("volume", "v", {labels.HOSTED: "1", labels.RUN: "a", labels.SINCE: "²"})
    assert dead_runs(group_runs([strange]), NOW) != ()


def test_a_good_host_has_no_trouble() -> None:
    assert find_troubles(GOOD) == []


@pytest.mark.parametrize(
    ("facts", "what", "fix", "stops"),
    [
        ({"version": "20.10.24"}, "Docker Engine 20.10.24; needed: 24 or newer;", "install", True),
        ({"store": "overlay2"}, "overlay2, not with containerd: images of one", "daemon", False),
        ({"skew": 3600.0}, "its clock is 3600 s ahead of", "set-ntp", False),
        ({"skew": -90.0}, "its clock is 90 s behind", "set-ntp", False),
    ],
)
def test_what_is_found_what_is_needed_and_what_still_works_are_said(
    facts: dict[str, Any], what: str, fix: str, stops: bool
) -> None:
    (found,) = find_troubles(replace(GOOD, facts=replace(FACTS, **facts)))
    assert what in found.what
    assert fix in found.fix
    assert found.stops is stops


def test_a_full_disk_is_told_with_how_much_is_missing() -> None:
    (found,) = find_troubles(replace(GOOD, free=2 * 10**9))
    assert "2.0 GB free; 3.0 GB are missing" in found.what
    assert found.fix == "i hosts_clean --hosts build1"
    assert found.stops


def test_what_dead_runs_left_is_told_with_the_command_that_removes_it() -> None:
    left = group_runs([thing("volume", "a"), thing("volume", "b"), thing("network", "b")])
    (found,) = find_troubles(replace(GOOD, left=left))
    assert found.what == "earlier runs left 2 volumes, 1 network"
    assert found.fix == "i hosts_clean --hosts build1"
    assert not found.stops
