"""Find by label what a killed command left on the engine, and remove it."""

import re

from helpers.containers.inputs_view import View, views_folder
from helpers.containers.plan import Role
from helpers.engine.client import Client
from helpers.engine.containers import Container, list_containers, remove_container
from helpers.engine.resources import Resource, list_resources, remove_resource
from helpers.model import labels
from helpers.model.labels import own_labels
from helpers.model.repo import Repo
from helpers.system.lease import forget_old_leases, is_held

# What a container for tests is called: see the pool of them.
_IN_USE = re.compile(r"-run-(?P<run>\d{8}-\d{6}-[0-9a-f]{6})-\d+$")
_IDLE = re.compile(r"-idle-[0-9a-f]{8}$")


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
    started = list_resources(client, {labels.STARTED: ""})
    gone = [item for item in started if _is_orphan(repo, item)]
    gone += [item for item in found if item.labels[labels.RUN] not in held]
    for item in gone:
        remove_resource(client, item)
    forget_old_leases(repo.root)
    return len(gone)


def _is_orphan(repo: Repo, item: Resource) -> bool:
    """Whether tests of this checkout started it, in runs that are over."""
    root = own_labels(repo)[labels.REPO_ROOT]
    runs = [
        run
        for name, value in item.labels.items()
        if (run := labels.run_that_started(name)) and value.rpartition(":")[0] == root
    ]
    return bool(runs) and not any(is_held(repo.root, run) for run in runs)


def remove_dead(client: Client, repo: Repo) -> list[Container]:
    """Remove the test containers of dead runs, and the views of no container.

    Returns:
        Those that wait for a run.

    Raises:
        EngineError: the engine does not answer.
    """
    mine = own_labels(repo) | {labels.ROLE: Role.TEST.value}
    idle, used = [], set()
    for container in list_containers(client, mine):
        in_use = _IN_USE.search(container.name)
        if _IDLE.search(container.name) and container.running:
            idle.append(container)
        elif not in_use or not is_held(repo.root, in_use["run"]):
            remove_container(client, container.id)
            continue
        used.add(container.labels.get(labels.VIEW, ""))
    for folder in views_folder(repo).iterdir():
        # One that was just made has no container yet; its run holds a lease.
        if folder.name not in used and not is_held(repo.root, folder.name.rpartition("-")[0]):
            View(folder).remove()
    return idle
