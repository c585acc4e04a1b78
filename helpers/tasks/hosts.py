"""Tasks on the machines with Docker Engine that runs may use."""

import sys
from typing import TYPE_CHECKING

from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import Options, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.model.settings.hosts_config import DockerHost
    from helpers.reach.hosted import HostUse
    from helpers.system.host import Host

_BETWEEN_TABLES = 2.0


class OfHosts(Options):
    """Which hosts are meant."""

    hosts: str = option("names of hosts, with commas; default: all known hosts", default="")


class HostsCheck(OfHosts):
    """How the answer is shown."""

    json: bool = option("print JSON, for programs", default=False)


class HostsStatus(OfHosts):
    """Whether it is shown again and again."""

    watch: bool = option("refresh until you interrupt it; needs a terminal", default=False)


class HostsClean(OfHosts):
    """Whether anything is removed."""

    dry_run: bool = option("show what it would remove", default=False)


@command()
def hosts_check(host: "Host", wanted: HostsCheck) -> int:
    """Check whether hosts can be used: engine, disk, clock, speed, what earlier runs left.

    Exits with 2 where a host is not reached, with 1 where runs would fail on one.
    """
    from helpers.console.hosts_view import hosts_as_json, print_hosts
    from helpers.model.host_state import find_troubles
    from helpers.reach.check_hosts import check_hosts

    states = check_hosts(_find(host, wanted.hosts), host.environment)
    if wanted.json:
        print(hosts_as_json(states))
    else:
        print_hosts(states)
    if any(state.error for state in states):
        return cli.USER_ERROR
    return int(any(one.stops for state in states for one in find_troubles(state)))


@command()
def hosts_status(host: "Host", wanted: HostsStatus) -> int:
    """Show what runs on hosts now: whose runs, which dirs, cores and memory in use."""
    import time

    from helpers.console.foreign import unfiltered
    from helpers.console.usage_table import CLEAR
    from helpers.reach.hosted import measure_runs
    from helpers.reach.reached import Links

    hosts = _find(host, wanted.hosts)
    goes_on = wanted.watch and host.is_terminal
    with Links(host.environment) as links:
        while True:
            found = measure_runs(hosts, links)
            if goes_on:
                print(CLEAR, end="", file=unfiltered(sys.stdout))
            _print_use(found)
            if not goes_on:
                return cli.USER_ERROR if any(one.error for one in found) else 0
            time.sleep(_BETWEEN_TABLES)


def _print_use(found: "Sequence[HostUse]") -> None:
    from helpers.console.hosts_view import UseRow, print_use

    rows: list[UseRow] = []
    for one in found:
        rows += [(one.host, use.run, use.cores, use.memory) for use in one.runs]
        if not one.runs and not one.error:
            rows.append((one.host, None, 0.0, 0))
    print_use(rows, [(one.host, one.error) for one in found])


@command()
def hosts_clean(host: "Host", wanted: HostsClean) -> int:
    """Remove from hosts what ended runs left there; never what a live run uses."""
    from helpers.console.hosts_view import print_cleaned, print_unreached
    from helpers.reach.hosted import clean_hosts

    found = clean_hosts(_find(host, wanted.hosts), host.environment, dry_run=wanted.dry_run)
    for one in found:
        if not one.error:
            print_cleaned(one.host, one.gone, len(one.kept), dry_run=wanted.dry_run)
    print_unreached([(one.host, one.error) for one in found])
    return cli.USER_ERROR if any(one.error for one in found) else 0


def _find(host: "Host", names: str) -> "Sequence[DockerHost]":
    from helpers.reach.find_hosts import find_hosts

    return find_hosts(names, cli.find_repo(host), host.environment)
