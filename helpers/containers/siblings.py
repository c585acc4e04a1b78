"""Containers that tests start beside their own: found again by a label, gone with the dir's run.

Tests speak to a proxy in front of the engine's socket, which puts the label on all that they
make, joins it to their network, and lets through what the dir's policy allows.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.containers import (
    create_network,
    find_gateway,
    list_images,
    remove_image,
    remove_network,
    remove_volume,
)
from helpers.engine.proxy.beneath import volume_of
from helpers.engine.proxy.requests import Rules
from helpers.engine.proxy.server import serve
from helpers.engine.resources import list_resources, remove_resource
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.labels import own_labels
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.system.host import Host
from helpers.system.lease import is_held, working_folder


@dataclass(frozen=True, slots=True)
class Served:
    """What a dir's tests are given.

    Attributes:
        socket: its path on the host.
        network: what the tests and what they start join.
        gateway: the host's address on that network, where published ports are reached.
    """

    socket: str
    network: str
    gateway: str


@dataclass(frozen=True, slots=True)
class SocketUse:
    """What a dir's tests want an engine's socket for.

    Attributes:
        run: id of the test run.
        network: that of the dir's services; empty: one is made.
    """

    run: str
    policy: SocketPolicy
    network: str


@contextmanager
def siblings_of(
    client: Client, repo: Repo, runnable_dir: RunnableDir, host: Host, use: SocketUse
) -> Iterator[Served]:
    """A socket for a dir's tests, for as long as the context lasts; then all that they started.

    Raises:
        EngineError: the engine refuses.
        OSError: the socket cannot be made.
    """
    path = _sockets_folder(repo, host) / f"{use.run}-{runnable_dir.slug}.sock"
    own = labels.started_by(use.run, f"{repo.root}:{runnable_dir.name}")
    joined = use.network or f"helpers-{runnable_dir.slug}-{use.run}"
    rules = Rules(use.policy, own, str(repo.root))
    try:
        if not use.network:
            mine = own_labels(repo, runnable_dir.name) | {labels.RUN: use.run}
            create_network(client, joined, mine)
        gateway = find_gateway(client, joined)
        joining = replace(rules, network=joined, host_ip=gateway)
        with serve(client.endpoint.socket, path, joining):
            yield Served(str(path), joined, gateway)
    finally:
        remove_siblings(client, own)
        remove_volume(client, volume_of(rules))
        if not use.network:
            remove_network(client, joined)
        path.unlink(missing_ok=True)


def remove_siblings(client: Client, own: dict[str, str]) -> None:
    """Remove the containers, networks, volumes and images that carry the labels.

    Raises:
        EngineError: the engine does not answer.
    """
    for item in list_resources(client, own):
        remove_resource(client, item)
    for image in list_images(client, own):
        remove_image(client, image.id)


def _sockets_folder(repo: Repo, host: Host) -> Path:
    """Where the sockets of a repo's runs are: outside the repo, which other containers see.

    Inside a container the repo is all that the engine sees as well, so there they are in it.
    """
    if host.in_container:
        folder = working_folder(repo.root) / "sockets"
    else:
        name = digest_of(str(repo.root), 12)
        folder = Path(tempfile.gettempdir()) / f"helpers-{host.user.uid}" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.glob("*.sock"):
        run = "-".join(path.name.split("-")[:3])
        if not is_held(repo.root, run):
            path.unlink(missing_ok=True)  # of a run that was killed
    return folder
