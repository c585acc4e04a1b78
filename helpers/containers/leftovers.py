"""What a killed command left on the engine: found by label, removed by the next one."""

from functools import partial

from helpers.containers.plan import own_labels
from helpers.engine.client import Client
from helpers.engine.containers import (
    list_containers,
    list_networks,
    list_volumes,
    remove_container,
    remove_network,
    remove_volume,
)
from helpers.model import labels
from helpers.model.repo import Repo
from helpers.system.lease import is_held


def remove_leftovers(client: Client, repo: Repo) -> int:
    """Remove the containers, networks and volumes of this checkout whose lease has ended.

    Returns:
        How many were removed.

    Raises:
        EngineError: the engine does not answer.
    """
    mine = own_labels(repo) | {labels.RUN: ""}
    # In this order: a network or volume goes only after the containers that use it.
    found = [
        (item.labels[labels.RUN], partial(remove_container, client, item.id))
        for item in list_containers(client, mine)
    ]
    for name, item_labels in list_networks(client, mine):
        found.append((item_labels[labels.RUN], partial(remove_network, client, name)))
    for name, item_labels in list_volumes(client, mine):
        found.append((item_labels[labels.RUN], partial(remove_volume, client, name)))
    held = {lease: is_held(repo.root, lease) for lease, _ in found}
    leftovers = [remove for lease, remove in found if not held[lease]]
    for remove in leftovers:
        remove()
    return len(leftovers)
