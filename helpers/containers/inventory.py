"""The toolchain's containers: what there is, and its end."""

from helpers.containers.leftovers import remove_leftovers
from helpers.engine.client import Client
from helpers.engine.containers import Container, list_containers, remove_container
from helpers.engine.resources import CONTAINER, list_resources, remove_resource
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.labels import own_labels
from helpers.model.repo import Repo


@dataclass(frozen=True, slots=True)
class OwnContainer:
    """One of the toolchain's containers, for people.

    Attributes:
        stack: the file of the stack that it is part of; empty: it is part of none.
    """

    name: str
    dir: str
    role: str
    version: str
    status: str
    repo: str
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was removed, and what was left.

    Attributes:
        removed: names of containers.
        in_use: names of containers that a command uses.
        stacks: the files of stacks that are up.
    """

    removed: tuple[str, ...]
    in_use: tuple[str, ...]
    stacks: tuple[str, ...] = ()


def list_own(client: Client, repo: Repo | None) -> list[OwnContainer]:
    """The containers of a repo's checkout, or of every repo.

    Raises:
        EngineError: the engine does not answer.
    """
    found = list_containers(client, own_labels(repo) if repo else {labels.REPO: ""})
    shown = [
        OwnContainer(
            name=item.name,
            dir=item.labels.get(labels.DIR, ""),
            role=item.labels.get(labels.ROLE, "service"),
            version=item.labels.get(labels.VERSION, ""),
            status=item.status,
            repo=item.labels.get(labels.REPO, ""),
            stack=item.labels.get(labels.STACK, ""),
        )
        for item in found
    ]
    return sorted(shown, key=lambda item: (item.stack, item.dir, item.role, item.name))


def stop_own(client: Client, repo: Repo, name: str = "", *, force: bool) -> Stopped:
    """Remove the containers of this checkout, or of one of its dirs, and nothing else.

    Args:
        force: also those in which a command runs, and the networks and volumes.

    Raises:
        EngineError: the engine does not answer.
    """
    remove_leftovers(client, repo)
    mine = own_labels(repo, name)
    removed, in_use = [], []
    stacks: dict[str, None] = {}
    for container in list_containers(client, mine):
        if not force and labels.STACK in container.labels:
            stacks.setdefault(container.labels[labels.STACK])
            continue
        if not force and _is_in_use(client, container):
            in_use.append(container.name)
            continue
        remove_container(client, container.id)
        removed.append(container.name)
    for rest in list_resources(client, mine) if force else ():
        if rest.kind != CONTAINER:
            remove_resource(client, rest)
    return Stopped(tuple(removed), tuple(in_use), tuple(stacks))


def _is_in_use(client: Client, container: Container) -> bool:
    if labels.RUN in container.labels:
        return True
    inspected = client.get(f"/containers/{container.id}/json")
    return bool(inspected and inspected.get("ExecIDs"))
