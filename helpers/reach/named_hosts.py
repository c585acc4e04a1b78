"""The hosts that `--hosts` names."""

from collections.abc import Sequence
from contextlib import nullcontext

from helpers.engine.client import Client
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.reach.fleet import NamedHost
from helpers.reach.place import LOCAL, local_place
from helpers.system.host import Host


def find_hosts(
    names: Sequence[str], repo: Repo, host: Host, client: Client, slots: int
) -> list[NamedHost]:
    """The hosts of these names.

    Raises:
        HelpersError: there is none of a name.
    """
    for name in names:
        if name != LOCAL:
            raise HelpersError(f"--hosts: there is no host {name!r}", fix="--hosts local")
    return [
        NamedHost(name, lambda *_: nullcontext(local_place(repo, host, client, slots)))
        for name in names
    ]
