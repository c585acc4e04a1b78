"""Find by label what a killed command left on the engine, and remove it."""

from helpers.engine.client import Client
from helpers.engine.resources import Resource, list_resources, remove_resource
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
    found = list_resources(client, own_labels(repo) | {labels.RUN: ""})
    leases = {item.labels[labels.RUN] for item in found}
    held = {lease for lease in leases if is_held(repo.root, lease)}
    # What tests of killed runs had started goes first: its containers use networks of the others.
    # The label's name has the run's id in it, so that runs within runs do not get in each other's
    # way; what carries one of them is found only by looking at everything.
    gone = [item for item in list_resources(client, {}) if _is_orphan(repo, item)]
    gone += [item for item in found if item.labels[labels.RUN] not in held]
    for item in gone:
        remove_resource(client, item)
    forget_old_leases(repo.root)
    return len(gone)


def _is_orphan(repo: Repo, item: Resource) -> bool:
    """Whether tests of this checkout started it, in runs that are over."""
    runs = [
        run
        for name, value in item.labels.items()
        if (run := labels.run_that_started(name)) and value.rpartition(":")[0] == str(repo.root)
    ]
    return bool(runs) and not any(is_held(repo.root, run) for run in runs)
