"""A host of a run: its engine, its folder, and what it offers."""

import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from helpers.engine.client import Client
from helpers.model.dataclass import dataclass
from helpers.model.repo import Repo
from helpers.model.settings.hosts_config import LOCAL
from helpers.model.settings.resources import Amounts, Stock
from helpers.system.host import Host, User
from helpers.system.ports import free_port
from helpers.testing.run import STARTING_AHEAD, resources_here

# Below the home of the user that ssh logs in: what hosts have of checkouts.
FOLDER = ".cache/helpers/hosts"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a host or a worker of a cluster offers to dirs.

    Attributes:
        folder: of this checkout, there; containers see it at the same path. None: the engine sees
            the work tree itself.
        slots: how many dirs may be tested at once.
        offers: what dirs may need of it.
    """

    name: str
    folder: Path | None
    platform: str
    slots: int
    offers: Amounts

    @property
    def threads(self) -> int:
        """How many dirs it may have taken: containers of the next ones start while others test."""
        return self.slots + STARTING_AHEAD

    @property
    def pulls(self) -> bool:
        """Whether its engine has not got our images."""
        return True

    def has(self, platform: str, needs: Amounts) -> bool:
        """Whether it runs a platform's programs natively, and has what a dir needs."""
        return platform == self.platform and not Stock(self.offered(needs)).lacks(needs)

    def offered(self, names: Iterable[str]) -> dict[str, int]:
        """How much it has of each of these, and of what it says that it has.

        Of what nobody names, there is one here, as without hosts; elsewhere there is none.
        """
        return {**dict.fromkeys(names, int(self.folder is None)), **self.offers}


@dataclass(frozen=True, slots=True)
class Place(Offer):
    """A host that dirs are tested on.

    Attributes:
        client: talks to its engine.
        socket: of its engine, there; `user` may use it by `socket_group`.
        network: whose loopback the worker listens on, as the engine takes it.
        scheduler: the port of that loopback where the worker reaches the scheduler; 0: its own.
        registry: the port there where it reaches our images; 0: its engine is ours.
        port: where the worker listens, which is the same here and there.
        prepare: makes folders there, which are then the user's.
        free: asks how many bytes are free on the engine's disk; None: not known.
    """

    client: Client
    socket: str
    socket_group: int
    user: User
    port: int
    network: str = "host"
    scheduler: int = 0
    registry: int = 0
    prepare: Callable[[Iterable[Path]], None] = lambda _: None
    free: Callable[[], int | None] = lambda: None

    @property
    def pulls(self) -> bool:
        """Whether its engine has not got our images."""
        return bool(self.registry)


def local_place(repo: Repo, host: Host, client: Client, slots: int) -> Place:
    """The machine that we are on, as one of the hosts."""
    outer = host.environment.get("HELPERS_HOST_SOCKET") if host.in_container else None
    found = client.endpoint.socket
    return Place(
        name=LOCAL,
        client=client,
        folder=None,
        socket=outer or os.path.realpath(found),
        socket_group=os.stat(found).st_gid,  # noqa: PTH116 - a socket's path, not a file of ours
        user=host.user,
        platform=host.platform,
        slots=slots,
        port=free_port(),
        offers=resources_here(repo),
        # In a container of ours loopback is that container's.
        network=f"container:{socket.gethostname()}" if host.in_container else "host",
    )
