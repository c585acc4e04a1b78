"""Ports, networks, mounts and lines of containers, whatever a user asks for."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.containers.plan import (
    SOCKET,
    VIEW,
    VIEW_CERTIFICATES,
    ContainerPlan,
    Given,
    Options,
    Role,
    Surroundings,
    plan_container,
    with_networks,
)
from helpers.containers.prod_run import ProdRun, run_words
from helpers.containers.stats_and_logs import _Lines
from helpers.engine.containers import Image
from helpers.images.resolve import Chosen
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.settings.config import RepoConfig
from tests.builders import make_host

_ROOT = Path("/srv/o'brien/shöp repo")
_REPO = Repo(_ROOT, _ROOT / "helpers_root", RepoConfig("Shop_1"))
_CHOSEN = Chosen(Image("sha256:1", (), {}, "", 0), "app:prod", Stage.PROD, "1.0.0")
_AROUND = Surroundings(socket="/run/real.sock", socket_group=998, git_folders=())


def _plan(
    options: Options, around: Surroundings = _AROUND, role: Role = Role.KEPT
) -> ContainerPlan:
    given_here = Given(make_host(_ROOT), options, around)
    return plan_container(_REPO, _REPO.runnable_dir("apps/äpp"), _CHOSEN, given_here, role)


@pytest.mark.parametrize(
    ("ports", "bound"),
    [
        (("8000:80",), {"80/tcp": [("127.0.0.1", "8000")]}),
        (("0.0.0.0:8000:80",), {"80/tcp": [("0.0.0.0", "8000")]}),
        (
            ("8000:80", "10.0.0.1:8001:80", "8002:81"),
            {
                "80/tcp": [("127.0.0.1", "8000"), ("10.0.0.1", "8001")],
                "81/tcp": [("127.0.0.1", "8002")],
            },
        ),
    ],
)
def test_the_same_ports_are_published_by_a_session_and_by_a_deployed_image(
    ports: tuple[str, ...], bound: dict[str, list[tuple[str, str]]]
) -> None:
    body = _plan(Options(ports=ports)).body
    found = {
        port: [(one["HostIp"], one["HostPort"]) for one in given_here]
        for port, given_here in body["HostConfig"]["PortBindings"].items()
    }
    assert found == bound
    assert set(body["ExposedPorts"]) == set(bound)
    words = run_words(_CHOSEN, ProdRun(ports=ports), "it", {}, terminal=False)
    assert sorted(word for word in words if word.startswith("--publish=")) == sorted(
        f"--publish={address}:{outer}:{port.removesuffix('/tcp')}"
        for port, given_here in bound.items()
        for address, outer in given_here
    )


def test_without_ports_none_is_spoken_of() -> None:
    body = _plan(Options()).body
    assert "ExposedPorts" not in body
    assert "PortBindings" not in body["HostConfig"]
    assert "NetworkMode" not in body["HostConfig"]


@pytest.mark.parametrize(
    ("networks", "first", "more"),
    [((), "", ()), (("a",), "a", ()), (("a", "b", "c"), "a", ("b", "c"))],
)
def test_a_container_begins_on_the_first_network_and_joins_the_others(
    networks: tuple[str, ...], first: str, more: tuple[str, ...]
) -> None:
    plan = _plan(with_networks(Options(network="old", more_networks=("old",)), networks))
    assert plan.body["HostConfig"].get("NetworkMode", "") == first
    assert plan.more_networks == more


@pytest.mark.parametrize(
    "change",
    [
        {"ports": ("1:2",)}, {"memory": 5}, {"gpus": 1}, {"network": "n"}, {"volumes": {"/a": "v"}},
        {"engine_socket": "/x"}, {"docker_client": Path("/d")}, {"root": True}, {"sibling": True},
    ],
)  # fmt: skip
def test_a_kept_container_of_other_options_is_out_of_date(change: dict[str, object]) -> None:
    plain, other = _plan(Options()), _plan(replace(Options(), **change))  # type: ignore[arg-type]
    assert plain.key != other.key
    assert _plan(Options()).key == plain.key
    assert (plain.name == other.name) is not bool(change.keys() & {"root", "sibling"})


def test_a_folder_that_was_made_anew_is_another_one() -> None:
    before, after = (_plan(Options(), replace(_AROUND, inodes=(number,))) for number in (1, 2))
    assert (before.name, before.body["Image"]) == (after.name, after.body["Image"])
    assert before.key != after.key


def test_a_name_is_one_that_every_engine_takes() -> None:
    roles = [role for role in Role if role is not Role.INNER_ENGINE]
    names = {_plan(Options(), role=role).name for role in roles}
    assert len(names) == len(roles)
    assert all(name.isascii() and name.replace("-", "").isalnum() for name in names)


def test_with_a_view_nothing_of_the_repo_is_mounted_but_it() -> None:
    around = replace(
        _AROUND, git_folders=(Path("/elsewhere/.git"),), certificates=_ROOT / "tmp.helpers/x.pem"
    )
    plan = _plan(Options(view=True), around)
    assert plan.view
    assert [one["Source"] for one in plan.body["HostConfig"]["Mounts"]] == [VIEW]
    assert plan.env["SSL_CERT_FILE"] == str(_ROOT / VIEW_CERTIFICATES)
    seen = plan.with_view("v1", Path("/views/v1"))
    assert not seen.view
    assert seen.body["HostConfig"]["Mounts"] == [
        {"Type": "bind", "Source": "/views/v1", "Target": str(_ROOT)}
    ]
    # Which view it is decides nothing about what code does in it.
    other = plan.with_view("v2", Path("/views/v1"))
    assert (seen.seen, seen.body == other.body) == (other.seen, False)


@pytest.mark.parametrize(
    ("options", "source", "groups"),
    [
        (Options(sibling=True), "/run/real.sock", ["998"]),
        (Options(sibling=True, socket="/tmp/proxy.sock"), "/tmp/proxy.sock", []),
        (Options(), "", []),
    ],
)
def test_the_engines_socket_is_given_to_who_asks_and_its_group_with_the_real_one_alone(
    options: Options, source: str, groups: list[str]
) -> None:
    host = _plan(options).body["HostConfig"]
    found = [one["Source"] for one in host["Mounts"] if one["Target"] == SOCKET]
    assert found == ([source] if source else [])
    assert host["GroupAdd"] == groups


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=6)), max_size=8), st.integers(0, 5))
def test_lines_arrive_whole_however_they_were_cut(
    pieces: list[tuple[bool, bytes]], size: int
) -> None:
    written: dict[bool, bytes] = {False: b"", True: b""}

    def write(is_error: bool, line: bytes) -> None:
        assert line.startswith(b"x: ")
        assert line.count(b"\n") == 1
        written[is_error] += line.removeprefix(b"x: ")

    lines = _Lines(b"x: ", write, threading.Lock())
    for is_error, data in pieces:
        for at in range(0, len(data), size + 1):
            lines.add(is_error, data[at : at + size + 1])
    lines.end()
    for is_error, said in written.items():
        whole = b"".join(data for error, data in pieces if error is is_error)
        assert said == whole + b"\n" * (bool(whole) and not whole.endswith(b"\n"))
