"""Find by label what a killed command left on the engine, and remove it."""

from functools import partial

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
from helpers.model.labels import own_labels
from helpers.model.repo import Repo
from helpers.system.lease import forget_old_leases, is_held


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
    # Containers that they started use their networks.
    removed = _remove_orphans(client, repo)
    for remove in leftovers:
        remove()
    forget_old_leases(repo.root)
    return removed + len(leftovers)


def _remove_orphans(client: Client, repo: Repo) -> int:
    """Remove what tests of runs that were killed had started; how many there were.

    Raises:
        EngineError: the engine does not answer.
    """
    found = []
    # The label's name has the run's id in it, so that runs within runs do not get in each
    # other's way; what carries one of them is found only by looking at everything.
    for item in list_containers(client, {}):
        found.append((item.labels, partial(remove_container, client, item.id)))
    for network, network_labels in list_networks(client, {}):
        found.append((network_labels, partial(remove_network, client, network)))
    for volume, volume_labels in list_volumes(client, {}):
        found.append((volume_labels, partial(remove_volume, client, volume)))
    removed = 0
    for item_labels, remove in found:
        runs = [
            labels.run_that_started(name)
            for name, value in item_labels.items()
            if labels.run_that_started(name) and value.rpartition(":")[0] == str(repo.root)
        ]
        if runs and not any(is_held(repo.root, run) for run in runs):
            remove()
            removed += 1
    return removed
