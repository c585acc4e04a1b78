"""Run the tests of many dirs at once, each in its own container."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from helpers.containers.host_files import read_surroundings
from helpers.containers.leftovers import remove_leftovers
from helpers.containers.plan import Surroundings
from helpers.engine.client import Client, EngineError
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.config import DirConfig
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import DirEnded, Listener, Notice, RunEnded, RunStarted, Warned
from helpers.model.repo import Repo
from helpers.model.resources import Stock, shown_amount
from helpers.model.results import DirResult, DirState, RunResult, Verdict
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.lease import Lease
from helpers.system.machine import machine_resources
from helpers.system.repo_files import read_dir_config
from helpers.testing.dir_job import DirJob, Run
from helpers.testing.dir_run import run_dir
from helpers.testing.exit_status import exit_status
from helpers.testing.history import recorded_seconds
from helpers.testing.pass_store import open_results
from helpers.testing.pool import Pool, remove_dead
from helpers.testing.request import TestRequest
from helpers.testing.reusable_passes import Search, named_images
from helpers.testing.reuse import Reuse
from helpers.testing.run_folder import RunFolder, open_run_folder
from helpers.testing.schedule import Schedule, longest_first, run_all

_STARTING_AHEAD = 2


@dataclass(frozen=True, slots=True)
class _Around:
    """What a run is made from, before it is known what must run."""

    client: Client
    repo: Repo
    host: Host
    request: TestRequest
    listen: Listener


def run_tests(
    client: Client,
    repo: Repo,
    host: Host,
    request: TestRequest,
    listen: Listener,
    interrupted: Callable[[], bool],
    inputs: RepoInputs | None = None,
) -> RunResult:
    """Run the tests that are asked for, those of several dirs at a time.

    Args:
        inputs: what the dirs can see, where it is known already.
        interrupted: asked again and again; when it turns true the run ends at once, and what
            finished is kept.

    Raises:
        HelpersError: no engine answers.
        OSError: the folder for the results cannot be made.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    around = _Around(client, repo, host, request, listen)
    # Before anything is written: without an engine there is no run.
    client.read("GET", "/_ping")
    declared = inputs or read_repo_inputs(repo)
    inputs = declared if request.reuse else None
    _warn_of_inputs(inputs, {item.name for item in request.dirs}, listen)
    folder = open_run_folder(repo.root, started)
    with Lease(repo.root, folder.run, passing=True):
        results = _results(around, folder, declared, began, interrupted)
        # After the tests, which need not wait for it.
        _clean_up(client, repo, listen)
    ordered = tuple(results[item.name] for item in request.dirs)
    result = RunResult(
        folder.run,
        folder.shown,
        ordered,
        time.monotonic() - began,
        interrupted=interrupted(),
        suite=request.suite,
        started=started.isoformat(timespec="seconds"),
        left_out=request.left_out,
    )
    result = replace(result, exit_status=exit_status(result))
    # All parts are cut by the same times, so a part does not change them.
    folder.keep_run(result, times=not request.shard)
    listen(RunEnded(result))
    return result


def _results(
    around: _Around,
    folder: RunFolder,
    declared: RepoInputs,
    began: float,
    interrupted: Callable[[], bool],
) -> dict[str, DirResult]:
    """The result of each dir by its name: recorded, or of its tests now."""
    request, listen = around.request, around.listen
    reuse = _open_reuse(around, declared)
    root_name = around.repo.root_name(item.name for item in request.every_dir)
    listen(RunStarted(folder.run, folder.shown, named_images(request.dirs)))
    if request.part:
        listen(Notice(request.part))
    results = {}
    for found in _recorded(around, reuse):
        recorded = replace(found, root_name=root_name)
        results[recorded.dir] = recorded
        folder.keep_dir(recorded)
        listen(DirEnded(recorded))
    left = [item for item in request.dirs if item.name not in results]
    if left and not interrupted():
        results |= _run_left(around, folder, declared, reuse, left, began, interrupted)
    else:
        remove_dead(around.client, around.repo)
    for item in left:
        results.setdefault(item.name, DirResult(item.name, DirState.STOPPED, root_name=root_name))
    if reuse:
        reuse.results.tidy(reuse.used)
    return results


def _open_reuse(around: _Around, inputs: RepoInputs) -> Reuse | None:
    request = around.request
    if not request.reuse:
        return None
    results = open_results(around.repo.root, request.reuse_from, write_shared=request.reuse_write)
    surroundings = read_surroundings(around.repo, around.host, around.client.endpoint)
    return Reuse(around.repo, around.host, request, inputs, results, surroundings)


def _recorded(around: _Around, reuse: Reuse | None) -> list[DirResult]:
    """The passes that need not be repeated."""
    request = around.request
    if reuse is None or request.again:
        return []
    search = Search(around.repo, around.host, request, reuse, around.client, around.listen)
    return search.find([item for item in request.dirs if not request.only.get(item.name)])


def _run_left(
    around: _Around,
    folder: RunFolder,
    declared: RepoInputs,
    reuse: Reuse | None,
    left: Sequence[RunnableDir],
    began: float,
    interrupted: Callable[[], bool],
) -> dict[str, DirResult]:
    """Run the tests of the dirs that have no result yet."""
    client, repo, host, request = around.client, around.repo, around.host, around.request
    around_repo = read_surroundings(repo, host, client.endpoint)
    pool = Pool(client, repo, folder.run)
    pool.open()
    stop = threading.Event()
    run = Run(
        client=client,
        repo=repo,
        host=host,
        request=request,
        folder=folder,
        pool=pool,
        listen=around.listen,
        began=began,
        stopped=lambda: stop.is_set() or interrupted(),
        slots=threading.Semaphore(request.jobs),
        declared=declared,
        inputs=declared if request.reuse else None,
        reuse=reuse,
    )
    results = {}

    root_name = repo.root_name(item.name for item in request.every_dir)

    def done(ended: DirResult) -> None:
        result = replace(ended, root_name=root_name)
        results[result.dir] = result
        folder.keep_dir(result)
        around.listen(DirEnded(result))
        if request.fail_fast and result.verdict is Verdict.BAD:
            stop.set()

    jobs, problems = _jobs(run, left, around_repo)
    for problem in problems:
        done(problem)
    stock = Stock({**_resources(repo), **machine_resources()})
    names = longest_first(list(jobs), recorded_seconds(repo.root))
    schedule = Schedule(
        [name for name in names if not _lacking(jobs[name], stock, done)],
        {name: job.config.resources for name, job in jobs.items()},
        stock,
        # More dirs than may test at once: starting a container is mostly waiting for the engine,
        # so the next ones start while others test.
        request.jobs + _STARTING_AHEAD,
    )
    with ThreadPoolExecutor(max_workers=schedule.most) as executor:
        run_all(executor, schedule, lambda name: _run_one(jobs[name]), done)
    return results


def _jobs(
    run: Run, dirs: Iterable[RunnableDir], around_repo: Surroundings
) -> tuple[dict[str, DirJob], list[DirResult]]:
    """A job for each dir, by name; and a result for each whose settings are malformed.

    Args:
        around_repo: what containers of the outermost repo are given.
    """
    jobs, problems = {}, []
    around = {run.repo.place: around_repo}
    for item in dirs:
        try:
            config = read_dir_config(item)
            own = run.repo.of(item.name)
            _check_declared(own, item, config)
            if own.place not in around:
                around[own.place] = read_surroundings(own, run.host, run.client.endpoint)
        except HelpersError as error:
            problem = "\n".join(part for part in (error.what, error.where) if part)
            problems.append(DirResult(item.name, DirState.ERROR, problem=problem, fix=error.fix))
            continue
        hidden = _ignored(item, run.request, run.repo)
        jobs[item.name] = DirJob(run, item, config, around[own.place], hidden)
        jobs[item.name].timeline.enter(DirState.WAITING, time.monotonic() - run.began)
    return jobs, problems


def _check_declared(repo: Repo, item: RunnableDir, config: DirConfig) -> None:
    for path in config.depends_on:
        if not (repo.checkout / path).exists():
            raise HelpersError(
                f"key 'depends_on': there is no {path!r}",
                where=str(item.config.relative_to(repo.root)),
                fix="name a file or directory that is there, relative to the repo's root",
            )


def _resources(repo: Repo) -> dict[str, int]:
    """What there is of what dirs need; the outermost repo knows the machine best."""
    found: dict[str, int] = {}
    for one in repo.every():
        found = {**one.config.resources, **found}
    return found


def _lacking(job: DirJob, stock: Stock, done: Callable[[DirResult], None]) -> bool:
    """Whether a dir needs more than the machine has, which is then its result."""
    lacks = stock.lacks(job.config.resources)
    if not lacks:
        return False
    wanted = shown_amount(lacks, job.config.resources[lacks])
    problem = f"its tests need {wanted}; there is {shown_amount(lacks, stock.amount(lacks))} here"
    fix = f"change resources in {job.runnable_dir.config.relative_to(job.run.repo.root)}"
    done(DirResult(job.name, DirState.ERROR, problem=problem, fix=fix))
    return True


def _run_one(job: DirJob) -> DirResult:
    job.run.folder.of_dir(job.name).mkdir(parents=True, exist_ok=True)
    try:
        return run_dir(job)
    except OSError as error:
        problem = f"the system refused: {error.strerror or error}: {error.filename or ''}"
        return replace(DirResult(job.name, DirState.ERROR), problem=problem)


def _warn_of_inputs(inputs: RepoInputs | None, names: set[str], listen: Listener) -> None:
    """Dependencies that lead nowhere, and cycles of them."""
    if inputs is None:
        return
    for declared_in, written in inputs.outside:
        listen(Warned(f"{declared_in}: {written} is outside the repo, so its tests do not see it"))
    for missing in inputs.missing:
        if missing.source in names:
            text = f"{missing.declared_in}: there is no {missing.target}"
            listen(Warned(text, missing.source, fix="correct the path"))
    for cycle in inputs.main_cycles():
        text = "main dependencies go in a cycle: " + " -> ".join(cycle)
        listen(Warned(text, fix="i dirs_graph shows it"))


def _clean_up(client: Client, repo: Repo, listen: Listener) -> None:
    try:
        remove_leftovers(client, repo)
    except EngineError as error:
        listen(Warned(f"leftovers of earlier runs were not removed: {error.what}"))


def _ignored(outer: RunnableDir, request: TestRequest, repo: Repo) -> list[Path]:
    """Folders below a dir whose tests are not its own: nested dirs, and the toolchain."""
    folders = [item.root for item in request.every_dir] + [repo.toolchain]
    folders += [repo.root / place for place in repo.toolchains]
    return [path for path in folders if path != outer.root and path.is_relative_to(outer.root)]
