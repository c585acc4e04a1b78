"""Checking, watching and cleaning hosts: a real sshd in front of the real engine."""

import os
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.engine.containers import (
    create_container,
    list_containers,
    list_volumes,
    remove_container,
    remove_volume,
    start_container,
)
from helpers.engine.endpoint import DEFAULT_SOCKET, find_endpoint
from helpers.images.base.base_image import ensure_base_image
from helpers.model import labels
from helpers.model.host_state import find_troubles
from helpers.model.settings.hosts_config import THIS_MACHINE, DockerHost
from helpers.reach.check_hosts import check_hosts
from helpers.reach.hosted import clean_hosts, measure_runs, remove_run
from helpers.reach.reached import Links
from helpers.system.host import read_host
from helpers.system.process import ProcessResult, run
from tests.builders import make_repo, write_files
from tests.sshd import Sshd, free_port, ssh_on_path, sshd
from tests.toolchains import invoke_command

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as found:
        monkeypatch.setenv("PATH", ssh_on_path(tmp_path / "bin", found.config))
        yield found


@pytest.fixture
def build1(server: Sshd) -> DockerHost:
    return server.host(socket=find_endpoint(os.environ).socket or DEFAULT_SOCKET)


@pytest.fixture
def image(client: Client, tmp_path: Path) -> str:
    """One that has `sleep`."""
    repo = make_repo(tmp_path / "repo")
    return ensure_base_image(repo, read_host().platform, lambda _: None, client)


@pytest.fixture
def run_id(client: Client) -> Iterator[str]:
    run = f"20261201-000000-{uuid.uuid4().hex[:6]}"
    yield run
    own = {labels.RUN: run}
    for container in list_containers(client, own):
        remove_container(client, container.id)
    for name, _ in list_volumes(client, own):
        remove_volume(client, name)


def make_volume(client: Client, own: Mapping[str, str]) -> str:
    made = client.call("POST", "/volumes/create", body={"Labels": dict(own)})
    return str(made["Name"])


def make_worker(client: Client, image: str, own: Mapping[str, str]) -> str:
    body = {"Image": image, "Cmd": ["sleep", "300"], "Labels": {**own, labels.ROLE: labels.WORKER}}
    made = create_container(client, f"worker-{uuid.uuid4().hex[:8]}", body)
    assert made
    start_container(client, made)
    return made


def test_all_hosts_are_checked_and_one_that_is_not_reached_stops_no_other(
    client: Client, build1: DockerHost
) -> None:
    gone = DockerHost("gone", f"ssh://127.0.0.1:{free_port()}", where="hosts.yaml:2")
    good, lost, here = check_hosts([build1, gone, THIS_MACHINE], os.environ)
    version = client.call("GET", "/version")["Version"]
    assert good.facts is not None
    assert good.facts.version == version
    assert good.facts.cores > 0
    assert abs(good.facts.skew) < 5
    assert good.rate is not None
    assert good.rate > 1
    assert lost.error is not None
    assert "Connection refused" in lost.error.what
    assert here.facts is not None
    assert here.rate is None


def test_what_a_dead_run_left_is_found_and_removed_and_a_live_one_keeps_all(
    client: Client, build1: DockerHost, run_id: str, image: str
) -> None:
    own = labels.hosted(run_id, "ann@box:7", int(time.time()) - 3600)
    volume = make_volume(client, own)
    worker = make_worker(client, image, own)

    with Links(os.environ) as links:
        (used,) = measure_runs([build1], links)
    (use,) = [one for one in used.runs if one.run.run == run_id]
    assert use.memory > 0
    assert use.run.driver == "ann@box:7"

    (kept,) = clean_hosts([build1], os.environ, dry_run=True)
    assert run_id in [one.run for one in kept.kept]

    client.call("POST", f"/containers/{worker}/kill")
    (state,) = check_hosts([build1], os.environ)
    assert run_id in [one.run for one in state.left]
    assert any("earlier runs left" in one.what for one in find_troubles(state))
    (would_go,) = clean_hosts([build1], os.environ, dry_run=True)
    assert volume in [name for name, _ in list_volumes(client, own)]
    # Of this run alone: the engine is also that of others, who may look for what they left.
    (gone,) = [one for one in would_go.gone if one.run == run_id]
    remove_run(client, gone)
    assert list_volumes(client, own) == []
    assert list_containers(client, own) == []


@pytest.mark.parametrize("option", ["AllowTcpForwarding", "AllowStreamLocalForwarding"])
def test_a_host_whose_sshd_forbids_forwarding_is_named_with_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    with sshd(tmp_path / "sshd", **{option: "no"}) as found:
        monkeypatch.setenv("PATH", ssh_on_path(tmp_path / "bin", found.config))
        (state,) = check_hosts([found.host("build7")], os.environ)
    assert state.error is not None
    assert "'build7'" in state.error.what
    assert option in state.error.fix


def test_an_engine_that_is_not_there_is_told_with_what_to_try(server: Sshd) -> None:
    (state,) = check_hosts([server.host(socket="/nowhere/engine.sock")], os.environ)
    assert state.error is not None
    assert "/nowhere/engine.sock" in state.error.what
    assert f"ssh {server.address} docker version" in state.error.fix


@pytest.mark.superslow
def test_the_commands_go_on_where_one_host_is_not_reached_and_exit_with_2(
    build1: DockerHost, tmp_path: Path
) -> None:
    repo = make_repo(tmp_path / "repo")
    write_files(
        tmp_path,
        {
            "helpers/hosts.yaml": f"build1: {{address: '{build1.address}{build1.socket}'}}\n"
            f"gone: {{address: 'ssh://127.0.0.1:{free_port()}'}}\n"
        },
    )

    def typed(*args: str) -> ProcessResult:
        env = {"XDG_CONFIG_HOME": str(tmp_path)}
        return run([*invoke_command(), *args], cwd=repo.root, env=env, check=False)

    checked = typed("hosts_check")
    assert checked.status == 2
    assert "build1  yes" in checked.stdout
    assert "gone    no" in checked.stdout
    assert "Connection refused" in checked.stderr
    assert "Traceback" not in checked.stderr
    shown = typed("hosts_status")
    assert shown.status == 2
    assert "build1  " in shown.stdout
    cleaned = typed("hosts_clean", "--hosts", "build1", "--dry-run")
    assert cleaned.status == 0
    assert cleaned.stdout.startswith("build1: ")
    wrong = typed("hosts_check", "--hosts", "build2")
    assert wrong.status == 2
    assert "there is no host 'build2'; there are: build1, gone, local" in wrong.stderr
