"""Run the dirs of a test run on hosts: what `run_here` is for this machine."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from helpers.model.events import Notice
from helpers.model.numbers import list_few
from helpers.model.results.results import DirResult
from helpers.model.settings.resources import Stock
from helpers.reach.dir_on_hosts import DirsOnHosts
from helpers.reach.fleet import NamedHost, open_fleet
from helpers.testing.dir_job import DirJob, TestRun
from helpers.testing.dir_run import run_dir
from helpers.testing.history import recorded_seconds
from helpers.testing.reuse.reasons import sees_more
from helpers.testing.run import CarryOut, is_lacking, run_here, run_one
from helpers.testing.schedule import Schedule, longest_first, run_all

_SHOWN = 3


def run_on(hosts: Sequence[NamedHost]) -> CarryOut:
    """What runs the dirs of a run on hosts, and here those that need what is here."""

    def carry_out(
        run: TestRun, jobs: Mapping[str, DirJob], done: Callable[[DirResult], None]
    ) -> None:
        why = {name: stays_here(job) for name, job in jobs.items()}
        for reason in sorted({*why.values()} - {""}):
            names = [name for name, found in why.items() if found == reason]
            run.listen(Notice(f"{list_few(names, _SHOWN)}: runs here: {reason}"))
        sent = {name: job for name, job in jobs.items() if not why[name]}
        if sent:
            _run_on(hosts, run, sent, done)
        if len(sent) < len(jobs):
            run_here(run, {name: job for name, job in jobs.items() if why[name]}, done)

    return carry_out


def stays_here(job: DirJob) -> str:
    """Why a dir is tested on this machine; empty: any host will do."""
    if more := sees_more(job.run.request, job.config):
        return more
    if job.config.data:
        return "its data is here"
    return "its services are here" if job.runnable_dir.compose.is_file() else ""


def _run_on(
    hosts: Sequence[NamedHost],
    run: TestRun,
    jobs: Mapping[str, DirJob],
    done: Callable[[DirResult], None],
) -> None:
    resources = {name for job in jobs.values() for name in job.config.resources}
    with open_fleet(run, hosts, resources) as fleet:
        most: dict[str, int] = {}
        for place in fleet.places:
            most |= {name: max(amount, most.get(name, 0)) for name, amount in place.offers.items()}
        names = longest_first(list(jobs), recorded_seconds(run.repo.root))
        stock = Stock(most)
        schedule = Schedule(
            [name for name in names if not is_lacking(jobs[name], stock, "on any host", done)],
            # What a dir needs of a host, the scheduler of the hosts sees to.
            {},
            Stock({}),
            sum(place.threads for place in fleet.places),
        )
        dirs = DirsOnHosts(fleet)
        fleet.cluster.listen(run.folder.run, dirs.hear)

        def work(name: str) -> DirResult:
            return run_one(jobs[name], lambda job: run_dir(job, dirs.run))

        with ThreadPoolExecutor(schedule.most) as executor:
            run_all(executor, schedule, work, done)
