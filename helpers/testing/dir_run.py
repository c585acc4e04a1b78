"""Run the tests of one dir in its container."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from helpers.containers.plan import SCRATCH, Options, Role, plan_container
from helpers.engine.client import Client, EngineError
from helpers.engine.containers import State, container_state, kill_container
from helpers.engine.execs import Command, Exec, start_command
from helpers.images.resolve import Chosen, NoImageError, check_agreement, choose_image
from helpers.model.changelog import Changelog
from helpers.model.errors import HelpersError
from helpers.model.events import DirStateChanged, Listener, TestEnded, TestsCollected
from helpers.model.image import Stage
from helpers.model.repo import Repo
from helpers.model.results import DirResult, DirState, TestCase
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog, read_dir_config
from helpers.testing.pool import Pool, TestContainer
from helpers.testing.records import Collected, Ended, RecordsReader
from helpers.testing.request import TestRequest
from helpers.testing.run_folder import RunFolder
from helpers.testing.verdict import Ending, judge

_LOG_LIMIT = 50_000_000
_SETTLING_SECONDS = 1.0


class RunStoppedError(Exception):
    """The user ended the run, or it fails fast."""


@dataclass(frozen=True, slots=True)
class Run:
    """What all dirs of a run have in common.

    Attributes:
        stopped: whether the run is to end.
        slots: one for each dir whose tests may run at the same time.
    """

    client: Client
    repo: Repo
    host: Host
    request: TestRequest
    folder: RunFolder
    pool: Pool
    listen: Listener
    stopped: Callable[[], bool]
    slots: threading.Semaphore


@dataclass(frozen=True, slots=True)
class DirRun:
    """One dir of a run.

    Attributes:
        ignored: folders below the dir whose tests are not its own.
    """

    run: Run
    runnable_dir: RunnableDir
    ignored: Sequence[Path]


def run_dir(job: DirRun) -> DirResult:
    """Run the tests of one dir; whatever goes wrong is in the result."""
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    blank = DirResult(job.runnable_dir.name, DirState.ERROR, started=started)
    try:
        result = _run(job, blank)
    except RunStoppedError:
        result = replace(blank, state=DirState.STOPPED)
    except HelpersError as error:
        if job.run.stopped():
            # An interrupt reaches what we started as well: its failure is no error of its own.
            return replace(blank, state=DirState.STOPPED, seconds=time.monotonic() - began)
        problem = "\n".join(part for part in (error.what, error.where) if part)
        result = replace(blank, problem=problem, mend=error.mend)
    return replace(result, seconds=time.monotonic() - began)


def _run(job: DirRun, blank: DirResult) -> DirResult:
    if job.run.stopped():
        raise RunStoppedError
    changelog = read_changelog(job.runnable_dir)
    chosen = _image(job, changelog)
    if not job.run.request.skip_version_check:
        check_agreement(chosen, changelog, job.runnable_dir, job.run.listen)
    blank = replace(blank, image=chosen.reference)
    _tell(job, DirState.STARTING)
    sibling = job.run.request.sibling or read_dir_config(job.runnable_dir).sibling
    with _services(job) as network:
        options = Options(sibling=sibling, network=network)
        container = _container(job, chosen, options)
        clean = False
        try:
            with job.run.slots:
                _tell(job, DirState.TESTING)
                result = _test(job, container, blank)
            clean = result.state in (DirState.PASSED, DirState.FAILED, DirState.NO_TESTS)
        finally:
            job.run.pool.give_back(container, clean=clean)
    return result


@contextmanager
def _services(job: DirRun) -> Iterator[str]:
    """The dir's services, which are the run's own; yields their network, empty without any."""
    if not job.runnable_dir.compose.is_file():
        yield ""
        return
    # Imported here: most dirs have none.
    from helpers.containers.services import services_of

    with services_of(
        job.run.repo,
        job.runnable_dir,
        job.run.host,
        job.run.client.endpoint,
        _stoppable(job),
        run=job.run.folder.run,
    ) as network:
        yield network


def _image(job: DirRun, changelog: Changelog) -> Chosen:
    """The image to test in, built where it is missing and may be."""
    request = job.run.request

    def choose() -> Chosen:
        return choose_image(
            job.run.client, job.run.repo, changelog, job.run.host, request.stage, request.version
        )

    try:
        chosen = choose()
    except NoImageError:
        if not request.build or request.stage is not Stage.LOCAL or request.version:
            raise
    else:
        current = chosen.version == str(changelog.version)
        if current or not request.build or request.stage is not Stage.LOCAL or request.version:
            return chosen
    _tell(job, DirState.BUILDING)
    # Imported here: most runs build nothing.
    from helpers.images.build import build_missing

    build_missing(job.run.repo, job.runnable_dir, job.run.host, _stoppable(job))
    return choose()


def _container(job: DirRun, chosen: Chosen, options: Options) -> TestContainer:
    plan = plan_container(
        job.run.repo,
        job.runnable_dir,
        chosen,
        job.run.host,
        options,
        job.run.pool.surroundings,
        Role.TEST,
        lease=job.run.folder.run if options.network else "",
    )
    return job.run.pool.take(plan)


def _test(job: DirRun, container: TestContainer, blank: DirResult) -> DirResult:
    log = job.run.folder.log(job.runnable_dir.name)
    records = job.run.folder.records(job.runnable_dir.name)
    records.touch()
    command = _pytest(job, container, records)
    tests: list[TestCase] = []
    try:
        with _Log(log) as write:
            started = start_command(job.run.client, container.id, command)
            try:
                reader = RecordsReader(records)
                ending = _follow(job, container, started, reader, write, tests)
            finally:
                started.close()
    except EngineError as error:
        # What finished is kept.
        ending = Ending(engine_error=error)
    shown = str(log.relative_to(job.run.repo.root))
    return judge(replace(blank, tests=tuple(tests), log=shown), ending, _tail(log))


def _pytest(job: DirRun, container: TestContainer, records: Path) -> Command:
    plan = container.plan
    plugin = job.run.repo.in_container
    env = {
        **plan.env,
        "PYTHONPATH": str(plugin),
        "HELPERS_RECORDS": str(records),
        "HELPERS_SUITE": job.run.request.suite.value,
    }
    args = ["python", "-m", "pytest", "-p", "helpers_pytest_plugin", "--color=no"]
    args += [f"--ignore={folder}" for folder in job.ignored]
    args += ["--exitfirst"] if job.run.request.fail_fast else []
    args += job.run.request.pytest_args
    return Command(
        args=tuple(_emptied(args) if container.reused else args),
        user=f"{plan.user.uid}:{plan.user.gid}",
        directory=plan.directory,
        env=tuple(f"{name}={value}" for name, value in env.items()),
    )


def _emptied(args: list[str]) -> list[str]:
    """The command, after what earlier tests left in memory is removed."""
    folders = " ".join((*SCRATCH, "/dev/shm"))  # noqa: S108
    # -xdev: what is mounted below these folders is not theirs.
    script = f'find {folders} -xdev -mindepth 1 -delete 2>/dev/null; exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *args]


def _follow(
    job: DirRun,
    container: TestContainer,
    started: Exec,
    reader: RecordsReader,
    write: Callable[[bool, bytes], None],
    tests: list[TestCase],
) -> Ending:
    """Hand on what the tests tell until they end, are stopped, or run out of time.

    Args:
        tests: those that ended are added to it.
    """
    deadline = time.monotonic() + job.run.request.timeout
    reported: int | None = None
    running = True
    while running:
        running = started.pump(write)
        reported = _take_records(job, reader, tests, reported)
        if job.run.stopped():
            kill_container(job.run.client, container.id)
            return Ending(stopped=True)
        if running and time.monotonic() > deadline:
            kill_container(job.run.client, container.id)
            return Ending(timeout=job.run.request.timeout)
    state = _settled_state(job, container) if reported is None else None
    return Ending(
        status=started.exit_status(),
        reported=reported,
        container_gone=reported is None and (state is None or not state.running),
        out_of_memory=state is not None and state.out_of_memory,
    )


def _settled_state(job: DirRun, container: TestContainer) -> State | None:
    """The container's state; one whose first process was killed takes a moment to end."""
    deadline = time.monotonic() + _SETTLING_SECONDS
    while True:
        state = container_state(job.run.client, container.id)
        if state is None or not state.running or time.monotonic() > deadline:
            return state
        time.sleep(0.05)


def _take_records(
    job: DirRun, reader: RecordsReader, tests: list[TestCase], reported: int | None
) -> int | None:
    name = job.runnable_dir.name
    for record in reader.read():
        if isinstance(record, TestCase):
            tests.append(record)
            job.run.listen(TestEnded(name, record))
        elif isinstance(record, Collected):
            job.run.listen(TestsCollected(name, record.number))
        elif isinstance(record, Ended):
            reported = record.status
    return reported


def _tell(job: DirRun, state: DirState) -> None:
    job.run.listen(DirStateChanged(job.runnable_dir.name, state))


def _stoppable(job: DirRun) -> Listener:
    """A listener through which a stopped run ends a build or a start of services."""

    def listen(event: object) -> None:
        if job.run.stopped():
            raise RunStoppedError
        job.run.listen(event)  # type: ignore[arg-type]

    return listen


class _Log:
    """The log of a dir: all that pytest prints, up to a limit that keeps the disk usable."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._left = _LOG_LIMIT

    def __enter__(self) -> Callable[[bool, bytes], None]:
        return self._write

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _write(self, _: bool, data: bytes) -> None:
        if self._left <= 0:
            return
        self._file.write(data[: self._left])
        self._left -= len(data)
        if self._left <= 0:
            self._file.write(f"\n[cut: more than {_LOG_LIMIT} bytes]\n".encode())
        self._file.flush()


def _tail(log: Path, lines: int = 12) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
