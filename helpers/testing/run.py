"""Run the tests of many dirs at once, each in its own container."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

from helpers.containers.leftovers import remove_leftovers
from helpers.containers.surroundings import read_surroundings
from helpers.engine.client import Client, EngineError
from helpers.model.errors import HelpersError
from helpers.model.events import DirEnded, Listener, RunEnded, RunStarted, Warned
from helpers.model.repo import Repo
from helpers.model.results import DirResult, DirState, RunResult
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.lease import Lease
from helpers.system.repo_files import read_changelog
from helpers.testing.dir_run import DirRun, Run, run_dir
from helpers.testing.pool import Pool
from helpers.testing.request import TestRequest
from helpers.testing.run_folder import last_seconds, open_run_folder

_TICK_SECONDS = 0.2
_STARTING_AHEAD = 2


def run_tests(
    client: Client,
    repo: Repo,
    host: Host,
    request: TestRequest,
    listen: Listener,
    interrupted: Callable[[], bool],
) -> RunResult:
    """Run the tests that are asked for, those of several dirs at a time.

    Args:
        interrupted: asked again and again; when it turns true the run ends at once, and what
            finished is kept.

    Raises:
        HelpersError: no engine answers.
        OSError: the folder for the results cannot be made.
    """
    began = time.monotonic()
    surroundings = read_surroundings(repo, host, client.endpoint)
    # Before anything is written: without an engine there is no run.
    client.read("GET", "/_ping")
    last_run = last_seconds(repo.root)
    folder = open_run_folder(repo.root, datetime.now(UTC))
    with Lease(repo.root, folder.run, passing=True):
        pool = Pool(client, repo, folder.run, surroundings)
        pool.open()
        named = tuple((item.name, _image(item)) for item in request.dirs)
        listen(RunStarted(folder.run, folder.shown, named))
        stop = threading.Event()
        run = Run(
            client=client,
            repo=repo,
            host=host,
            request=request,
            folder=folder,
            pool=pool,
            listen=listen,
            stopped=lambda: stop.is_set() or interrupted(),
            slots=threading.Semaphore(request.jobs),
        )
        results = _run_all(run, _longest_first(request.dirs, last_run), stop)
        # After the tests, which need not wait for it.
        _clean_up(client, repo, listen)
    ordered = tuple(results[item.name] for item in request.dirs)
    seconds = time.monotonic() - began
    result = RunResult(folder.run, folder.shown, ordered, seconds, interrupted=interrupted())
    folder.keep_run(result)
    listen(RunEnded(result))
    return result


def _run_all(run: Run, dirs: Sequence[RunnableDir], stop: threading.Event) -> dict[str, DirResult]:
    """The result of each dir by its name."""
    results = {}
    # More dirs than may test at once: starting a container is mostly waiting for the engine, so
    # the next ones start while others test.
    with ThreadPoolExecutor(max_workers=run.request.jobs + _STARTING_AHEAD) as executor:
        jobs = [DirRun(run, item, _ignored(item, run.request, run.repo)) for item in dirs]
        waiting: set[Future[DirResult]] = {executor.submit(_run_one, job) for job in jobs}
        while waiting:
            # A moment at a time: a signal is handled by this thread, between two of them.
            done, waiting = wait(waiting, _TICK_SECONDS, FIRST_COMPLETED)
            for future in done:
                result = future.result()
                results[result.dir] = result
                run.folder.keep_dir(result)
                run.listen(DirEnded(result))
                failed = result.state in (DirState.FAILED, DirState.ERROR)
                if run.request.fail_fast and failed:
                    stop.set()
    return results


def _run_one(job: DirRun) -> DirResult:
    job.run.folder.of_dir(job.runnable_dir.name).mkdir(parents=True, exist_ok=True)
    return run_dir(job)


def _clean_up(client: Client, repo: Repo, listen: Listener) -> None:
    try:
        remove_leftovers(client, repo)
    except EngineError as error:
        listen(Warned(f"leftovers of earlier runs were not removed: {error.what}"))


def _longest_first(dirs: Sequence[RunnableDir], seconds: dict[str, float]) -> list[RunnableDir]:
    """By the last known time; a dir that never ran may take long, so it comes first."""
    return sorted(dirs, key=lambda item: -seconds.get(item.name, float("inf")))


def _ignored(outer: RunnableDir, request: TestRequest, repo: Repo) -> list[Path]:
    """Folders below a dir whose tests are not its own: nested dirs, and the toolchain."""
    folders = [item.root for item in request.every_dir] + [repo.toolchain]
    return [path for path in folders if path != outer.root and path.is_relative_to(outer.root)]


def _image(runnable_dir: RunnableDir) -> str:
    """The image's name and version, as far as its changelog can be read."""
    try:
        changelog = read_changelog(runnable_dir)
    except HelpersError:
        return ""
    return f"{changelog.image_name}-{changelog.version}"
