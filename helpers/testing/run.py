"""Run the tests of many dirs at once, each in its own container."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from helpers.containers.host_files import read_surroundings
from helpers.containers.leftovers import remove_dead, remove_leftovers
from helpers.engine.client import Client, EngineError
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import DirEnded, Listener, Notice, RunEnded, RunStarted, Warned
from helpers.model.repo import Repo
from helpers.model.results.results import DirResult, DirState, RunResult, Verdict
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.model.settings.resources import Stock, shown_amount
from helpers.model.stack.places import STACK_FILES, STACK_TESTS
from helpers.system.host import Host
from helpers.system.lease import Lease
from helpers.system.machine import machine_resources
from helpers.testing.dir_files import DirFiles
from helpers.testing.dir_job import DirJob, TestRun, with_error
from helpers.testing.dir_run import run_dir
from helpers.testing.exit_status import exit_status
from helpers.testing.find_passes import find_passes
from helpers.testing.history import recorded_seconds
from helpers.testing.pool import Pool
from helpers.testing.request import TestRequest
from helpers.testing.reuse.passes import open_passes
from helpers.testing.run_folder import RunFolder, open_run_folder
from helpers.testing.schedule import Schedule, longest_first, run_all
from helpers.testing.suites import check_suites

# More dirs than may test at once: starting a container is mostly waiting for the engine, so the
# next ones start while others test.
STARTING_AHEAD = 2

# Runs the tests of dirs, by their names, and hands on each result as it comes.
CarryOut = Callable[[TestRun, Mapping[str, DirJob], Callable[[DirResult], None]], None]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a run.

    Attributes:
        listen: is told what happens.
        interrupted: asked again and again; when it turns true the run ends at once, and what
            finished is kept.
    """

    listen: Listener
    interrupted: Callable[[], bool]


def run_here(run: TestRun, jobs: Mapping[str, DirJob], done: Callable[[DirResult], None]) -> None:
    """Run the tests of dirs on this machine's engine."""
    stock = Stock(resources_here(run.repo))
    names = longest_first(list(jobs), recorded_seconds(run.repo.root))
    schedule = Schedule(
        [name for name in names if not is_lacking(jobs[name], stock, "here", done)],
        {name: job.config.resources for name, job in jobs.items()},
        stock,
        run.request.jobs + STARTING_AHEAD,
    )
    with ThreadPoolExecutor(max_workers=schedule.most) as executor:
        run_all(executor, schedule, lambda name: run_one(jobs[name]), done)


def run_tests(
    client: Client,
    declared: RepoInputs,
    host: Host,
    request: TestRequest,
    caller: Caller,
    carry_out: CarryOut = run_here,
) -> RunResult:
    """Run the tests that are asked for, those of several dirs at a time.

    Args:
        declared: what the repo's dirs can see.
        carry_out: runs those of the dirs for which no earlier pass stands.

    Raises:
        HelpersError: no engine answers.
        OSError: the folder for the results cannot be made.
    """
    started = datetime.now(UTC)
    # Before anything is written: without an engine there is no run.
    client.read("GET", "/_ping")
    repo = declared.repo
    if request.reuse:
        _warn_of_inputs(declared, {item.name for item in request.dirs}, caller.listen)
    folder = open_run_folder(repo.root, started)
    with open_run(client, declared, host, request, caller, folder) as run:
        results = _results(run, carry_out)
        # The tests need not wait for it, so it comes after them.
        _clean_up(client, repo, caller.listen)
    return _ended(run, results, started)


@contextmanager
def open_run(
    client: Client,
    declared: RepoInputs,
    host: Host,
    request: TestRequest,
    caller: Caller,
    folder: RunFolder,
) -> Iterator[TestRun]:
    """A run that has a lease while the context lasts."""
    began, repo = time.monotonic(), declared.repo
    with Lease(repo.root, folder.run, passing=True):
        surroundings = read_surroundings(repo, host, client.endpoint)
        yield TestRun(
            client=client,
            repo=repo,
            host=host,
            request=request,
            listen=caller.listen,
            folder=folder,
            files={item.name: DirFiles(item, request.suite) for item in request.dirs},
            declared=declared,
            surroundings=surroundings,
            passes=open_passes(repo, host, request, declared, surroundings),
            pool=Pool(client, repo, folder.run),
            interrupted=caller.interrupted,
            began=began,
            slots=threading.Semaphore(request.jobs),
        )


def _ended(run: TestRun, results: Mapping[str, DirResult], started: datetime) -> RunResult:
    """What the run came to, once it is kept and told."""
    request, folder = run.request, run.folder
    result = RunResult(
        folder.run,
        folder.shown,
        tuple(results[item.name] for item in request.dirs),
        time.monotonic() - run.began,
        interrupted=run.interrupted(),
        suite=request.suite,
        started=started.isoformat(timespec="seconds"),
        left_out=request.left_out,
    )
    status = exit_status(result, allow_no_tests=request.allow_no_tests)
    result = replace(result, exit_status=status)
    # A shard must not update recorded durations: every shard splits by the same numbers.
    folder.keep_run(result, times=not request.shard)
    run.listen(RunEnded(result))
    return result


def _results(run: TestRun, carry_out: CarryOut) -> dict[str, DirResult]:
    """The result of each dir by its name: recorded, or of its tests now."""
    request, listen, folder = run.request, run.listen, run.folder
    named = tuple((name, files.image) for name, files in run.files.items())
    listen(RunStarted(folder.run, folder.shown, named))
    if request.part:
        listen(Notice(request.part))
    root_name = run.repo.root_name(item.name for item in request.every_dir)
    passes = find_passes(run)
    results = {}

    def done(ended: DirResult) -> None:
        found = passes[ended.dir]
        why = found if isinstance(found, str) else ""
        result = replace(ended, root_name=root_name, ran_because=why, stack=request.stack)
        results[result.dir] = result
        folder.keep_dir(result)
        listen(DirEnded(result))
        if request.fail_fast and result.verdict is Verdict.BAD:
            run.ending.set()

    for found in passes.values():
        if isinstance(found, DirResult):
            done(found)
    left = [item for item in request.dirs if item.name not in results]
    if left and not run.interrupted():
        _run_left(run, left, carry_out, done)
    else:
        remove_dead(run.client, run.repo)
    for item in left:
        results.setdefault(item.name, DirResult(item.name, DirState.STOPPED, root_name=root_name))
    if run.passes:
        run.passes.tidy()
    return results


def _run_left(
    run: TestRun,
    left: Sequence[RunnableDir],
    carry_out: CarryOut,
    done: Callable[[DirResult], None],
) -> None:
    """Run the tests of the dirs that have no result yet."""
    run.pool.open()
    jobs, problems = jobs_of(run, left)
    for problem in problems:
        done(problem)
    carry_out(run, jobs, done)


def jobs_of(run: TestRun, dirs: Iterable[RunnableDir]) -> tuple[dict[str, DirJob], list[DirResult]]:
    """A job for each dir, by name; and a result for each whose settings are malformed."""
    jobs, problems = {}, []
    around = {run.repo.place: run.surroundings}
    for item in dirs:
        try:
            config = run.files[item.name].config
            own = run.repo.of(item.name)
            _check_declared(own, item, config)
            check_suites(item, config, run.request.suite)
            if own.place not in around:
                around[own.place] = read_surroundings(own, run.host, run.client.endpoint)
        except HelpersError as error:
            problems.append(with_error(DirResult(item.name, DirState.ERROR), error))
            continue
        hidden = _ignored(item, run.request, run.repo)
        if is_left_to_stack(item, run.request):
            run.listen(Notice(f"{STACK_TESTS} needs the stack: i stack_test runs it", item.name))
        jobs[item.name] = DirJob(run, item, around[own.place], hidden)
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


def resources_here(repo: Repo) -> dict[str, int]:
    """What this machine has of what dirs need; the outermost repo knows it best."""
    found: dict[str, int] = {}
    for one in repo.every():
        found = {**one.config.resources, **found}
    return {**found, **machine_resources()}


def is_lacking(job: DirJob, stock: Stock, where: str, done: Callable[[DirResult], None]) -> bool:
    """Whether a dir needs more than there is, which is then its result."""
    lacks = stock.lacks(job.config.resources)
    if not lacks:
        return False
    wanted = shown_amount(lacks, job.config.resources[lacks])
    there_is = shown_amount(lacks, stock.amount(lacks))
    problem = f"its tests need {wanted}; there is {there_is} {where}"
    fix = f"change resources in {job.runnable_dir.config.relative_to(job.run.repo.root)}"
    done(DirResult(job.name, DirState.ERROR, problem=problem, fix=fix))
    return True


def run_one(job: DirJob, run_it: Callable[[DirJob], DirResult] = run_dir) -> DirResult:
    """Run the tests of one dir, with a folder for its results."""
    job.run.folder.of_dir(job.name).mkdir(parents=True, exist_ok=True)
    try:
        return run_it(job)
    except OSError as error:
        problem = f"the system refused: {error.strerror or error}: {error.filename or ''}"
        return replace(DirResult(job.name, DirState.ERROR), problem=problem)


def _warn_of_inputs(inputs: RepoInputs, names: set[str], listen: Listener) -> None:
    """Dependencies that lead nowhere, and cycles of them."""
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
    if is_left_to_stack(outer, request):
        folders.append(outer.root / STACK_TESTS)
    return [path for path in folders if path != outer.root and path.is_relative_to(outer.root)]


def is_left_to_stack(item: RunnableDir, request: TestRequest) -> bool:
    """Whether a dir has tests of the repo's stack, and they are not what is asked for."""
    if request.networks or not (item.root / STACK_TESTS).is_dir():
        return False
    asked = request.only.get(item.name, ())
    if any(node == STACK_TESTS or node.startswith(f"{STACK_TESTS}/") for node in asked):
        return False
    return any((item.repo / name).is_file() for name in STACK_FILES)
