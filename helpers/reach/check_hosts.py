"""Whether hosts can be used: reached, engine, disk, clock, rate, what is left there."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from helpers.engine.client import Client, Json
from helpers.model.errors import HelpersError
from helpers.model.host_state import EngineFacts, HostState, dead_runs
from helpers.model.settings.hosts_config import DockerHost
from helpers.reach.hosted import find_runs
from helpers.reach.reached import Reached, at_each, reach
from helpers.remote.shell import free_disk
from helpers.system.host import oci_platform

_SECONDS = 20.0


def check_hosts(hosts: Sequence[DockerHost], environment: Mapping[str, str]) -> list[HostState]:
    """Look at all hosts at once; one that is not reached stops no other."""

    def look(host: DockerHost) -> HostState:
        try:
            with reach(host, environment) as there:
                return _look(there)
        except HelpersError as error:
            return HostState(host.name, host.address, error=error)

    return at_each(hosts, look)


def read_facts(client: Client) -> EngineFacts:
    """What an engine says of itself.

    Raises:
        EngineError: it does not answer.
    """
    began = time.time()
    found = client.call("GET", "/info", timeout=_SECONDS)
    return parse_facts(found, (began + time.time()) / 2)


def parse_facts(found: Json, now: float) -> EngineFacts:
    """What an engine's answer says; `now` is our time when it was given."""
    machine = str(found.get("Architecture", ""))
    stores = [value for name, value in found.get("DriverStatus") or () if name == "driver-type"]
    return EngineFacts(
        version=str(found.get("ServerVersion", "")),
        store=str(next(iter(stores), found.get("Driver", ""))),
        folder=str(found.get("DockerRootDir", "")),
        platform=oci_platform(found.get("OSType", "linux"), machine),
        cores=int(found.get("NCPU", 0)),
        memory=int(found.get("MemTotal", 0)),
        skew=datetime.fromisoformat(found["SystemTime"]).timestamp() - now,
    )


def _look(there: Reached) -> HostState:
    facts = read_facts(there.client)
    with ThreadPoolExecutor() as pool:
        free = pool.submit(free_disk, there.host, facts.folder)
        runs = pool.submit(find_runs, there.client)
        rate = there.link.rate() if there.link else None
    # Images that no run owns make the next runs quick.
    left = tuple(one for one in dead_runs(runs.result(), time.time()) if one.run)
    return HostState(there.host.name, there.host.address, facts, free.result(), rate, left)
