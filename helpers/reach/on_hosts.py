"""Run the dirs of a test run on hosts: what `run_here` is for this machine."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from helpers.model.events import Notice
from helpers.model.numbers import list_few
from helpers.model.results.results import DirResult, DirState
from helpers.model.settings.config import DirConfig
from helpers.model.settings.resources import Stock
from helpers.reach.dir_on_hosts import DirsOnHosts, is_taken, platform_of
from helpers.reach.fleet import Fleet, NamedHost, open_fleet
from helpers.reach.place import Offer
from helpers.testing.dir_job import DirJob, TestRun
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

_SHOWN = 3
# What is taken by a dir that is tested on this machine.
_HERE = "here"
_FIX = "./main_pytest.py --dir"


# Opens the fleet of a run, by the names of what its dirs need.
OpenFleet = Callable[[TestRun, set[str]], AbstractContextManager[Fleet]]


def run_on(hosts: Sequence[NamedHost]) -> CarryOut:
    """What runs the dirs of a run on hosts, and here those that need what is here."""
    return run_with(lambda run, resources: open_fleet(run, hosts, resources))


def run_with(opened: OpenFleet) -> CarryOut:
    """What runs the dirs of a run on a fleet, and here those that need what is here."""

    def carry_out(
        run: TestRun, jobs: Mapping[str, DirJob], done: Callable[[DirResult], None]
    ) -> None:
        why = {name: found for name, job in jobs.items() if (found := _stays_here(job))}
        for reason in sorted(set(why.values())):
            names = [name for name, found in why.items() if found == reason]
            run.listen(Notice(f"{list_few(names, _SHOWN)}: tested here: {reason}"))
        if len(why) == len(jobs):
            run_here(run, jobs, done)
        else:
            _run_on(opened, run, jobs, set(why), done)

    return carry_out


def _stays_here(job: DirJob) -> str:
    suite = job.run.request.suite
    services = needs_services(job.runnable_dir, job.config, suite)
    return stays_here(job.run.request, job.config, services=services)


def stays_here(request: TestRequest, config: DirConfig, *, services: bool) -> str:
    """Why a dir is tested on this machine; empty: any host will do."""
    if more := sees_more(request, config):
        return more
    if config.data:
        return "its data is here"
    return "it has services" if services else ""


def _run_on(
    opened: OpenFleet,
    run: TestRun,
    jobs: Mapping[str, DirJob],
    here: Set[str],
    done: Callable[[DirResult], None],
) -> None:
    """Run dirs, some of them here."""
    resources = {name for job in jobs.values() for name in job.config.resources}
    with opened(run, resources) as fleet:
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
        dirs = DirsOnHosts(fleet)
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
