"""`--hosts` of tasks that build images."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.images.building.builders import Builders
    from helpers.model.events import Listener
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class Building(Protocol):
    """Where a task builds, if it does."""

    @property
    def hosts(self) -> str:
        """Names of hosts; empty: this machine."""
        ...

    @property
    def dry_run(self) -> bool:
        """Nothing is built, so that no host is reached."""
        ...


@contextmanager
def opened_builders(
    repo: "Repo", host: "Host", wanted: Building, listen: "Listener"
) -> "Iterator[Builders | None]":
    """The hosts that build until the context ends; None: this machine does.

    Raises:
        HelpersError: a name is none of a host, or no host is reached.
    """
    if not wanted.hosts:
        yield None
        return
    # Imported here: without --hosts nothing of it is needed.
    from helpers.reach.build_hosts import open_build_hosts
    from helpers.reach.find_hosts import find_hosts

    found = find_hosts(wanted.hosts, repo, host.environment)
    if wanted.dry_run:
        yield None
        return
    with open_build_hosts(found, host.environment, listen) as builders:
        yield builders
