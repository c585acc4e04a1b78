"""What runs have on a host: found by label, measured, removed when nothing keeps it alive."""

import time
from collections.abc import Mapping, Sequence

from helpers.engine.client import Client
from helpers.engine.containers import list_containers, list_images, remove_image
from helpers.engine.resources import CONTAINER, Resource, list_resources, remove_resource
from helpers.engine.stats import read_usage
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.host_state import HostedRun, Thing, dead_runs, group_runs
from helpers.model.results.usage import Usage, cpu_share
from helpers.model.settings.hosts_config import DockerHost
from helpers.reach.place import FOLDER
from helpers.reach.pull_image import pulled_names
from helpers.reach.reached import Links, at_each, reach
from helpers.remote.shell import ask_shell

_IMAGE, _FOLDER = "image", "folder"
_BETWEEN_LOOKS = 0.5
_OWN = {labels.HOSTED: "1"}


@dataclass(frozen=True, slots=True)
class RunUse:
    """A run on a host, and what its containers use: processors and bytes of memory."""

    run: HostedRun
    cores: float
    memory: int


@dataclass(frozen=True, slots=True)
class HostUse:
    """What runs on a host now; or why it was not reached."""

    host: str
    runs: Sequence[RunUse] = ()
    error: HelpersError | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed from a host, or would be; or why it was not reached."""

    host: str
    gone: Sequence[HostedRun] = ()
    kept: Sequence[HostedRun] = ()
    error: HelpersError | None = None


def find_runs(client: Client, more: Sequence[Thing] = ()) -> tuple[HostedRun, ...]:
    """What each run has there, the dead ones too, and what no run owns.

    Args:
        more: further things, of which the engine does not know.

    Raises:
        EngineError: the engine does not answer.
    """
    running = {one.id for one in list_containers(client, _OWN) if one.running}
    things = [
        Thing(one.kind, one.id, one.labels, one.id in running)
        for one in list_resources(client, _OWN)
    ]
    things += [Thing(_IMAGE, one.id, one.labels) for one in list_images(client, _OWN)]
    things += [Thing(_IMAGE, name, {}) for name in pulled_names(client)]
    return group_runs([*things, *more])


def measure_runs(hosts: Sequence[DockerHost], links: Links) -> list[HostUse]:
    """What runs on each host now."""

    def look(host: DockerHost) -> HostUse:
        try:
            with links.to(host) as there:
                runs = find_runs(there.client)
                alive = [one for one in runs if one.run and one.is_alive(time.time())]
                return HostUse(host.name, _measure(there.client, alive))
        except HelpersError as error:
            return HostUse(host.name, error=error)

    return at_each(hosts, look)


def clean_hosts(
    hosts: Sequence[DockerHost], environment: Mapping[str, str], *, dry_run: bool
) -> list[Cleaned]:
    """Remove what dead runs left on each host, never what a live one uses.

    Args:
        dry_run: remove nothing, and say what would go.
    """

    def clean(host: DockerHost) -> Cleaned:
        try:
            with reach(host, environment) as there:
                runs = find_runs(there.client, _folders(host))
                gone = dead_runs(runs, time.time())
                for run in () if dry_run else gone:
                    remove_run(there.client, run)
                    _remove_folders(host, run)
                return Cleaned(host.name, gone, [one for one in runs if one not in gone])
        except HelpersError as error:
            return Cleaned(host.name, error=error)

    return at_each(hosts, clean)


def _folders(host: DockerHost) -> list[Thing]:
    """What the host has of sources, of all checkouts; this machine has itself."""
    if host.is_local:
        return []
    look = f"if [ -d {FOLDER} ]; then echo {FOLDER}; fi"
    return [Thing(_FOLDER, name, {}) for name in ask_shell(host, ["sh", "-c", look])[-1:]]


def _remove_folders(host: DockerHost, run: HostedRun) -> None:
    if any(thing.kind == _FOLDER for thing in run.things):
        ask_shell(host, ["rm", "-rf", FOLDER])


def _measure(client: Client, runs: Sequence[HostedRun]) -> list[RunUse]:
    before = _looks(client, runs)
    time.sleep(_BETWEEN_LOOKS if before else 0)
    after = _looks(client, runs)
    return [
        RunUse(
            run,
            sum(
                cpu_share(before[one.id], after[one.id]) or 0.0
                for one in run.things
                if one.id in before and one.id in after
            ),
            sum(after[one.id].memory for one in run.things if one.id in after),
        )
        for run in runs
    ]


def _looks(client: Client, runs: Sequence[HostedRun]) -> dict[str, Usage]:
    running = [one.id for run in runs for one in run.things if one.running]
    return {id: usage for id in running if (usage := read_usage(client, id))}


def remove_run(client: Client, run: HostedRun) -> None:
    """Remove a run's things: containers first, since they use the others.

    Raises:
        EngineError: the engine does not answer.
    """
    for thing in sorted(run.things, key=lambda one: one.kind != CONTAINER):
        if thing.kind == _IMAGE:
            remove_image(client, thing.id)
        elif thing.kind != _FOLDER:
            remove_resource(client, Resource(thing.kind, thing.id, thing.labels))
