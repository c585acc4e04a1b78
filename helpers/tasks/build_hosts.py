"""`--hosts` of tasks that build images."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.images.building.builders import Builders
    from helpers.model.events import Listener
    from helpers.model.repo import Repo
    from helpers.system.host import Host


@contextmanager
def opened_builders(
    repo: "Repo", host: "Host", names: str, listen: "Listener"
) -> "Iterator[Builders | None]":
    """The hosts that build until the context ends; None: this machine does.

    Raises:
        HelpersError: a name is none of a host, or no host is reached.
    """
    if not names:
        yield None
        return
    # Imported here: without --hosts nothing of it is needed.
    from helpers.reach.build_hosts import open_build_hosts
    from helpers.reach.find_hosts import find_hosts

    found = find_hosts(names, repo, host.environment)
    with open_build_hosts(found, host.environment, listen) as builders:
        yield builders
