"""Run the dirs of a test run on hosts: what `run_here` is for this machine."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Notice
from helpers.model.numbers import list_few
from helpers.model.results.results import DirResult, DirState
from helpers.model.settings.config import DirConfig
from helpers.model.settings.resources import Stock
from helpers.reach.dir_on_hosts import DirsOnHosts, is_taken, platform_of
from helpers.reach.fleet import Fleet, NamedHost, open_fleet
from helpers.reach.place import Offer
from helpers.testing.dir_job import DirJob, RunStoppedError, TestRun
from helpers.testing.dir_run import run_dir
from helpers.testing.history import recorded_seconds
from helpers.testing.request import TestRequest
from helpers.testing.reuse.reasons import sees_more
from helpers.testing.run import (
    STARTING_AHEAD,
    CarryOut,
    is_lacking,
    resources_here,
    run_here,
    run_one,
)
from helpers.testing.schedule import Schedule, longest_first, run_all
from helpers.testing.suites import needs_services

if TYPE_CHECKING:
    from helpers.reach.dir_services import DirServices

    # Of dirs that have services: these, or why they stay here.
    Known = Mapping[str, DirServices | str]

_SHOWN = 3
# What is taken by a dir that is tested on this machine.
_HERE = "here"
_FIX = "./main_pytest.py --dir"


# Opens the fleet of a run, by the names of what its dirs need and what is said of their services.
OpenFleet = Callable[[TestRun, set[str], Mapping[str, Any]], AbstractContextManager[Fleet]]


def run_on(hosts: Sequence[NamedHost]) -> CarryOut:
    """What runs the dirs of a run on hosts, and here those that need what is here."""
    return run_with(lambda run, *needs: open_fleet(run, hosts, *needs), services=True)


def run_with(opened: OpenFleet, *, services: bool) -> CarryOut:
    """What runs the dirs of a run on a fleet, and here those that need what is here.

    Args:
        services: whether services of dirs can run there, too.
    """

    def carry_out(
        run: TestRun, jobs: Mapping[str, DirJob], done: Callable[[DirResult], None]
    ) -> None:
        suite = run.request.suite
        having = [
            job for job in jobs.values() if needs_services(job.runnable_dir, job.config, suite)
        ]
        read = _read_services if services else _keep_services
        known = read(run, having) if having else {}
        why = {name: found for name, job in jobs.items() if (found := _stays_here(job, known))}
        for reason in sorted(set(why.values())):
            names = [name for name, found in why.items() if found == reason]
            run.listen(Notice(f"{list_few(names, _SHOWN)}: tested here: {reason}"))
        if len(why) == len(jobs):
            run_here(run, jobs, done)
        else:
            sent = {name: one for name, one in known.items() if not isinstance(one, str)}
            _run_on(opened, run, jobs, _Apart(set(why), sent), done)

    return carry_out


@dataclass(frozen=True, slots=True)
class _Apart:
    """What some dirs of a run need besides a host.

    Attributes:
        here: those that are tested on this machine.
        services: by dir, also of some of these.
    """

    here: Set[str]
    services: "Mapping[str, DirServices]"


def _keep_services(run: TestRun, having: Sequence[DirJob]) -> "Known":
    del run
    return {job.name: "it has services" for job in having}


def _read_services(run: TestRun, having: Sequence[DirJob]) -> "Known":
    """The services of dirs, or why they stay here."""
    # Imported here: most dirs have none.
    from helpers.reach.dir_services import read_services

    def read(job: DirJob) -> "DirServices | str":
        if platform_of(job) != run.host.platform:
            return "its services have another platform than its tests"
        try:
            found = read_services(job)
        except (HelpersError, RunStoppedError):
            return "its services file cannot be read"
        return found.why_here or found

    with ThreadPoolExecutor(run.request.jobs) as executor:
        found = executor.map(read, having)
        return {job.name: one for job, one in zip(having, found, strict=True)}


def _stays_here(job: DirJob, services: "Known") -> str:
    known = services.get(job.name)
    return stays_here(job.run.request, job.config) or (known if isinstance(known, str) else "")


def stays_here(request: TestRequest, config: DirConfig) -> str:
    """Why a dir is tested on this machine, whatever services it has; empty: any host will do."""
    return sees_more(request, config) or ("its data is here" if config.data else "")


def _run_on(
    opened: OpenFleet,
    run: TestRun,
    jobs: Mapping[str, DirJob],
    apart: _Apart,
    done: Callable[[DirResult], None],
) -> None:
    """Run dirs, some of them here."""
    here, services = apart.here, apart.services
    resources = {name for job in jobs.values() for name in job.config.resources}
    sent = {name: one.sent for name, one in services.items() if name not in here}
    with opened(run, resources, sent) as fleet:
        stock = Stock({**resources_here(run.repo), _HERE: run.request.jobs + STARTING_AHEAD})
        names = longest_first(list(jobs), recorded_seconds(run.repo.root))
        able = [
            name
            for name in names
            if not (
                is_lacking(jobs[name], stock, "here", done)
                if name in here
                else _is_refused(jobs[name], fleet.places, done)
            )
        ]
        # What a dir needs of a host, the scheduler of the hosts sees to.
        needs = {name: {**jobs[name].config.resources, _HERE: 1} for name in here}
        most = sum(place.threads for place in fleet.places) + stock.amount(_HERE) * bool(here)
        dirs = DirsOnHosts(fleet, services)
        fleet.cluster.listen(run.folder.run, dirs.hear)

        def work(name: str) -> DirResult:
            job = jobs[name]
            return run_one(job) if name in here else run_one(job, lambda j: run_dir(j, dirs.run))

        with ThreadPoolExecutor(most) as executor:
            run_all(executor, Schedule(able, needs, stock, most), work, done)


def _is_refused(job: DirJob, places: Sequence[Offer], done: Callable[[DirResult], None]) -> bool:
    """Whether no host may test a dir, which is then its result."""
    if is_taken(job, places):
        return False
    if not is_lacking(job, Stock(_most(places, job.config.resources)), "on any host", done):
        wanted = " ".join([platform_of(job), *job.config.resources])
        problem = f"no host has all that its tests need: {wanted}"
        done(DirResult(job.name, DirState.ERROR, problem=problem, fix=f"{_FIX} {job.name}"))
    return True


def _most(places: Iterable[Offer], names: Iterable[str]) -> dict[str, int]:
    """The most that one of the hosts has of each of these resources."""
    return {name: max(place.offered([name])[name] for place in places) for name in names}
