"""Run the tests of many dirs at once, each in its own container."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

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
from helpers.testing.dir_run import DirRun, run_dir
from helpers.testing.pool import Pool
from helpers.testing.request import TestRequest
from helpers.testing.run_folder import RunFolder, last_seconds, open_run_folder

_TICK_SECONDS = 0.2
_STARTING_AHEAD = 2


def run_tests(
    client: Client,
    repo: Repo,
    dirs: Sequence[RunnableDir],
    every_dir: Sequence[RunnableDir],
    host: Host,
    request: TestRequest,
    listen: Listener,
    interrupted: Callable[[], bool],
) -> RunResult:
    """Run the tests of `dirs`, several at a time.

    Args:
        every_dir: all runnable dirs of the repo: a dir's tests do not include those of a dir
            nested in it.
        interrupted: asked again and again; when it turns true the run ends at once, and what
            finished is kept.

    Raises:
        HelpersError: no engine answers, or the folder for the results cannot be made.
    """
    began = time.monotonic()
    order = _longest_first(dirs, last_seconds(repo.root))
    surroundings = read_surroundings(repo, host, client.endpoint)
    folder = open_run_folder(repo.root, datetime.now(UTC))
    with Lease(repo.root, folder.run):
        pool = Pool(client, repo, folder.run, surroundings)
        pool.open()
        listen(RunStarted(folder.run, folder.shown, tuple((d.name, _image(d)) for d in dirs)))
        stop = threading.Event()
        slots = threading.Semaphore(request.jobs)

        def job(runnable_dir: RunnableDir) -> DirRun:
            return DirRun(
                client,
                repo,
                host,
                runnable_dir,
                _nested(runnable_dir, every_dir),
                request,
                folder,
                pool,
                listen,
                lambda: stop.is_set() or interrupted(),
                slots,
            )

        results = _run_all([job(item) for item in order], request, folder, listen, stop)
        # After the tests, which need not wait for it.
        _clean_up(client, repo, listen)
    found = {result.dir: result for result in results}
    ordered = tuple(found[item.name] for item in dirs)
    result = RunResult(
        folder.run, folder.shown, ordered, time.monotonic() - began, interrupted=interrupted()
    )
    folder.keep_run(result)
    listen(RunEnded(result))
    return result


def _run_all(
    jobs: Sequence[DirRun],
    request: TestRequest,
    folder: RunFolder,
    listen: Listener,
    stop: threading.Event,
) -> list[DirResult]:
    results = []
    # More dirs than may test at once: starting a container is mostly waiting for the engine, so
    # the next ones start while others test.
    with ThreadPoolExecutor(max_workers=request.jobs + _STARTING_AHEAD) as executor:
        waiting: set[Future[DirResult]] = {executor.submit(_run_one, job) for job in jobs}
        while waiting:
            # A moment at a time: a signal is handled by this thread, between two of them.
            done, waiting = wait(waiting, _TICK_SECONDS, FIRST_COMPLETED)
            for future in done:
                result = future.result()
                results.append(result)
                folder.keep_dir(result)
                listen(DirEnded(result))
                if request.fail_fast and result.state in (DirState.FAILED, DirState.ERROR):
                    stop.set()
    return results


def _run_one(job: DirRun) -> DirResult:
    job.folder.of_dir(job.runnable_dir.name).mkdir(parents=True, exist_ok=True)
    return run_dir(job)


def _clean_up(client: Client, repo: Repo, listen: Listener) -> None:
    try:
        remove_leftovers(client, repo)
    except EngineError as error:
        listen(Warned(f"leftovers of earlier runs were not removed: {error.what}"))


def _longest_first(dirs: Sequence[RunnableDir], seconds: dict[str, float]) -> list[RunnableDir]:
    """By the last known time; a dir that never ran may take long, so it comes first."""
    return sorted(dirs, key=lambda item: -seconds.get(item.name, float("inf")))


def _nested(outer: RunnableDir, dirs: Sequence[RunnableDir]) -> list[RunnableDir]:
    return [item for item in dirs if item != outer and item.root.is_relative_to(outer.root)]


def _image(runnable_dir: RunnableDir) -> str:
    """The image's name and version, as far as its changelog can be read."""
    try:
        changelog = read_changelog(runnable_dir)
    except HelpersError:
        return ""
    return f"{changelog.image_name}-{changelog.version}"
