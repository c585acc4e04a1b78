"""Containers, networks and volumes alike: found by their labels, and removed."""

from collections.abc import Mapping

from helpers.engine.client import Client
from helpers.engine.containers import (
    list_containers,
    list_networks,
    list_volumes,
    remove_container,
    remove_network,
    remove_volume,
)
from helpers.model.dataclass import dataclass

CONTAINER, NETWORK, VOLUME = "container", "network", "volume"
_REMOVE = {CONTAINER: remove_container, NETWORK: remove_network, VOLUME: remove_volume}


@dataclass(frozen=True, slots=True)
class Resource:
    """One of them; a volume's id is its name."""

    kind: str
    id: str
    labels: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name in messages."""
        return f"{self.kind} {self.id if self.kind == VOLUME else self.id[:12]}"


def list_resources(client: Client, labels: Mapping[str, str]) -> list[Resource]:
    """What carries all of the labels, in the order in which it can be removed.

    A network or a volume goes only after the containers that use it.

    Raises:
        EngineError: the engine does not answer.
    """
    return [
        *(Resource(CONTAINER, one.id, one.labels) for one in list_containers(client, labels)),
        *(Resource(NETWORK, id, own) for id, own in list_networks(client, labels)),
        *(Resource(VOLUME, name, own) for name, own in list_volumes(client, labels)),
    ]


def remove_resource(client: Client, resource: Resource) -> None:
    """Remove it; a network or a volume that is in use after all is left as it is.

    Raises:
        EngineError: the engine does not answer.
    """
    _REMOVE[resource.kind](client, resource.id)
