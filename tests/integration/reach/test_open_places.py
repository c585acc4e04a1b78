"""A host that ssh leads to, with a real sshd on loopback and this machine's engine behind it."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.model.errors import HelpersError
from helpers.model.settings.hosts_config import DockerHost
from helpers.model.settings.resources import MEMORY
from helpers.reach.open_places import named_hosts
from helpers.system.host import read_host
from tests.builders import make_repo
from tests.sshd import Sshd, free_port, ssh_on_path, sshd

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as found:
        monkeypatch.setenv("PATH", ssh_on_path(tmp_path / "bin", found.config))
        yield found


def test_what_is_not_said_of_a_host_is_asked_of_it(
    server: Sshd, client: Client, tmp_path: Path
) -> None:
    repo = make_repo(tmp_path / "repo")
    said = DockerHost("build1", server.address, socket=os.path.realpath(client.endpoint.socket))
    (host,) = named_hosts([replace(said, slots=3)], repo, read_host(), client, 1)
    scheduler, images = free_port(), free_port()
    with host.open(scheduler, images) as place:
        info = client.call("GET", "/info")
        assert place.slots == 3
        assert place.offers[MEMORY] == info["MemTotal"]
        assert place.platform.startswith("linux/")
        assert (place.user.uid, place.user.gid) == (os.getuid(), os.getgid())
        assert {place.scheduler, place.registry}.isdisjoint({0, scheduler, images})
        assert place.client.call("GET", "/info")["ID"] == info["ID"]
        assert place.folder
        tree = place.folder / "trees" / "one"
        place.prepare([tree])
        assert tree.stat().st_uid == os.getuid()
        assert place.folder.name.startswith("demo-")
        tree.rmdir()


def test_a_host_that_is_not_reached_is_an_error_that_names_it(
    server: Sshd, client: Client, tmp_path: Path
) -> None:
    del server  # what knows its keys is on the PATH
    repo = make_repo(tmp_path / "repo")
    gone = DockerHost("build2", f"ssh://127.0.0.1:{free_port()}", where="hosts.yaml:2")
    (host,) = named_hosts([gone], repo, read_host(), client, 1)
    with pytest.raises(HelpersError, match="build2") as caught, host.open(1, 2):
        pass
    assert caught.value.fix
