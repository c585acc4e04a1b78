"""Containers that tests start beside their own: found again by a label, gone with the dir's run.

Tests speak to a proxy in front of the engine's socket, which puts the label on all that they
make, joins it to their network, and lets through what the dir's policy allows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from helpers.containers.plan import own_labels
from helpers.engine.client import Client
from helpers.engine.containers import (
    create_network,
    find_gateway,
    list_containers,
    list_networks,
    list_volumes,
    remove_container,
    remove_network,
    remove_volume,
)
from helpers.engine.proxy.asked import Rules
from helpers.engine.proxy.server import serve
from helpers.model import labels
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.socket_policy import SocketPolicy
from helpers.system.lease import working_folder


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


@contextmanager
def siblings_of(
    client: Client,
    repo: Repo,
    runnable_dir: RunnableDir,
    run: str,
    policy: SocketPolicy,
    network: str,
) -> Iterator[Served]:
    """A socket for a dir's tests, for as long as the context lasts; then all that they started.

    Args:
        run: id of the run.
        network: that of the dir's services; empty: one is made.

    Raises:
        EngineError: the engine refuses.
        OSError: the socket cannot be made.
    """
    folder = working_folder(repo.root) / "sockets"
    folder.mkdir(exist_ok=True)
    path = folder / f"{run}-{runnable_dir.slug}.sock"
    label = labels.started_by(run)
    own = {label: f"{repo.root}:{runnable_dir.name}"}
    joined = network
    try:
        if not network:
            joined = f"helpers-{runnable_dir.slug}-{run}"
            mine = own_labels(repo, runnable_dir.name) | {labels.RUN: run}
            create_network(client, joined, mine)
        gateway = find_gateway(client, joined)
        rules = Rules(policy, own, str(repo.root), joined, host_ip=gateway)
        with serve(client.endpoint.socket, path, rules):
            yield Served(str(path), joined, gateway)
    finally:
        remove_siblings(client, own)
        if not network:
            remove_network(client, joined)
        path.unlink(missing_ok=True)


def remove_siblings(client: Client, own: dict[str, str]) -> None:
    """Remove the containers, networks and volumes that carry the labels.

    Raises:
        EngineError: the engine does not answer.
    """
    for container in list_containers(client, own):
        remove_container(client, container.id)
    for network, _ in list_networks(client, own):
        remove_network(client, network)
    for volume, _ in list_volumes(client, own):
        remove_volume(client, volume)
