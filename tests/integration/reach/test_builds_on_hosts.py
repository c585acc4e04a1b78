"""Images are built on hosts behind a real sshd, and come back; a lost host costs no image."""

import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.engine.containers import find_image
from helpers.engine.endpoint import DEFAULT_SOCKET, find_endpoint
from helpers.images.building.many import build_all
from helpers.images.building.plan import BuildOptions
from helpers.model import labels
from helpers.model.events import BuildEnded, BuildStep, Event, Listener, Notice, Warned
from helpers.model.repo import Repo
from helpers.model.settings.hosts_config import DockerHost
from helpers.reach.build_hosts import open_build_hosts
from helpers.system.host import read_host
from tests import engine
from tests.builders import TEST_REPO, make_repo, make_runnable_dir
from tests.sshd import Sshd, free_port, ssh_on_path, sshd

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
def repo(tmp_path: Path) -> Iterator[Repo]:
    """A repo with two dirs, each with a Dockerfile of its own that nothing has built yet."""
    made = make_repo(tmp_path / "repo", config=f"name: {TEST_REPO}-{secrets.token_hex(4)}\n")
    for name in ("one", "two"):
        step = f"RUN echo {secrets.token_hex(8)} > /made && sleep 1"
        recipe = f"ARG BASE_IMAGE\nFROM ${{BASE_IMAGE}}\n{step}\n"
        make_runnable_dir(made, name, {"devops/Dockerfile": recipe})
    yield made
    engine.remove_images({labels.REPO: made.config.name})


def build_on(repo: Repo, hosts: list[DockerHost], listen: Listener) -> list[str]:
    with open_build_hosts(hosts, os.environ, listen) as builders:
        dirs = [repo.runnable_dir(name) for name in ("one", "two")]
        built = build_all(repo, dirs, read_host(), BuildOptions(builders=builders), listen)
    assert [one.error for one in built] == [None, None]
    return [one.references[0] for one in built]


def test_dirs_are_built_on_a_host_and_their_images_are_here_afterwards(
    client: Client, repo: Repo, build1: DockerHost
) -> None:
    events: list[Event] = []
    gone = DockerHost("gone", f"ssh://127.0.0.1:{free_port()}", where="hosts.yaml:2")
    images = build_on(repo, [build1, gone], events.append)
    assert all(find_image(client, image) for image in images)
    said = [one for one in events if isinstance(one, Notice) and "is built on build1" in one.text]
    assert {one.dir for one in said} == {"one", "two"}
    (missed,) = [one for one in events if isinstance(one, Warned)]
    assert missed.text.startswith("the host gone takes no part")

    events.clear()
    build_on(repo, [build1], events.append)
    assert not any(one.changed for one in events if isinstance(one, BuildEnded))
    assert not any(isinstance(one, BuildStep) for one in events)


def test_what_a_lost_host_was_building_is_built_on_this_machine(
    client: Client, repo: Repo, server: Sshd, build1: DockerHost
) -> None:
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, BuildStep) and event.step.startswith("RUN echo") and not lost:
            lost.append(event)
            server.signal_sessions(signal.SIGKILL)

    lost: list[Event] = []
    images = build_on(repo, [build1], listen)
    assert lost
    assert all(find_image(client, image) for image in images)
    assert any(isinstance(one, Warned) and "was lost" in one.text for one in events)
    assert any(isinstance(one, Notice) and "it is built here" in one.text for one in events)
