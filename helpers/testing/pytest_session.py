"""One session of pytest in a dir's container: its command, what it tells, and how it ends."""

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from helpers.containers.inputs_view import OUT
from helpers.containers.plan import VIEW_IN_CONTAINER
from helpers.engine.client import EngineError
from helpers.engine.containers import kill_container, settled_state
from helpers.engine.execs import Command, Exec, start_command
from helpers.model.dataclass import dataclass
from helpers.model.events import TestEnded, TestsCollected
from helpers.model.results.results import TestCase
from helpers.model.scratch import SCRATCH
from helpers.system.lease import working_folder
from helpers.system.logs import Log
from helpers.testing.dir_job import DirJob
from helpers.testing.parts import Part
from helpers.testing.plugin_records import Collected, Ended, RecordsReader, Shows
from helpers.testing.pool import TestContainer
from helpers.testing.suites import offline_folders
from helpers.testing.verdict import Ending

_RECORDS, _ONLY, _COVERAGE = "records.jsonl", "only.json", "coverage.data"
_PACKAGE = "coverage.zip"


@dataclass(slots=True)
class _Told:
    """What pytest told of itself so far."""

    status: int | None = None
    collected: int | None = None
    shows: str = ""
    after_the_end: bool = False


@dataclass(frozen=True, slots=True)
class PytestSession:
    """A session of pytest.

    Attributes:
        part: which of the dir's tests it runs.
        attempt: from 1; a later one runs what failed in the one before.
        emptied: what earlier tests left in memory is removed first.
        deadline: when its time is up, on the monotonic clock.
        before: how many tests of the dir ended before it.
    """

    job: DirJob
    container: TestContainer
    part: Part
    attempt: int
    emptied: bool
    deadline: float
    before: int = 0
    # Signs the plugin's lines, so that a line that somebody else wrote is seen.
    _key: bytes = field(default_factory=lambda: secrets.token_hex(32).encode())

    @property
    def folder(self) -> Path:
        """Where its results are kept."""
        return self.job.run.folder.of_dir(self.job.name)

    @property
    def log(self) -> Path:
        """What pytest prints."""
        return self.job.run.folder.log(self.job.name)

    @property
    def records(self) -> Path:
        """What the plugin notes."""
        return self._own(_RECORDS)

    @property
    def coverage(self) -> Path:
        """Which lines ran, as coverage writes it."""
        view = self.container.view
        return (view.out if view else self.folder) / self._numbered(_COVERAGE)

    @property
    def package(self) -> Path:
        """A coverage for an environment that has none of its own."""
        return self.coverage.with_name(_PACKAGE)

    def run(self, tests: list[TestCase]) -> Ending:
        """Run it to its end.

        Args:
            tests: those that ended are added to it.
        """
        self._prepare()
        try:
            with Log(self.log) as write:
                command = self._command()
                started = start_command(self.job.run.client, self.container.id, command)
                try:
                    return self._follow(started, write, tests)
                finally:
                    started.close()
        except EngineError as error:
            # The tests that ended are kept.
            return Ending(engine_error=error)

    def _numbered(self, name: str) -> str:
        name = f"bricks-{name}" if self.part.places else name
        return name if self.attempt == 1 else f"{self.attempt}-{name}"

    def _own(self, name: str) -> Path:
        return self.folder / self._numbered(name)

    def _prepare(self) -> None:
        self.records.touch()
        if self.part.only:
            self._own(_ONLY).write_text(json.dumps(sorted(self.part.only)))
        if self.container.view:
            # The same file under two names: what the container writes is in the run's folder.
            for path in (self.records, self._own(_ONLY)):
                if path.exists():
                    os.link(path, self.container.view.out / path.name)
        if self.job.run.request.coverage:
            # Imported here: it is heavy.
            from helpers.testing.coverage import coverage_package

            kept = coverage_package(working_folder(self.job.run.repo.root))
            shutil.copyfile(kept, self.package)
        # The plugin removes it before the first test is collected.
        folder = self.container.view.out if self.container.view else self.folder
        (folder / f"{self.records.name}.key").write_bytes(self._key)

    def _inside(self, path: Path) -> str:
        """A file of ours as the container sees it."""
        if not self.container.view:
            return str(path)
        return str(self.job.run.repo.root / OUT / path.name)

    def _command(self) -> Command:
        plan, request = self.container.plan, self.job.run.request
        repo = self.job.run.repo
        plugin = repo.root / VIEW_IN_CONTAINER if self.container.view else repo.in_container
        env = {
            **plan.env,
            # The plugin takes itself out again.
            "PYTHONPATH": ":".join(filter(None, (str(plugin), plan.env.get("PYTHONPATH")))),
            "HELPERS_RECORDS": self._inside(self.records),
            "HELPERS_SUITE": "all" if self.part.only else str(request.suite),
        }
        if self.part.only:
            env["HELPERS_ONLY"] = self._inside(self._own(_ONLY))
        if offline := offline_folders(self.job.config):
            env["HELPERS_OFFLINE"] = json.dumps(offline)
        if request.workers:
            env["HELPERS_WORKERS"] = request.workers
        program = ["-m", "pytest"]
        if request.coverage:
            program = [str(plugin / "helpers_coverage.py")]
            env["HELPERS_COVERAGE_DATA"] = self._inside(self.coverage)
            env["HELPERS_COVERAGE_PACKAGE"] = self._inside(self.package)
            env["HELPERS_COVERAGE_SOURCE"] = os.pathsep.join(map(str, self._measured()))
        args = ["python", *program, "-p", "helpers_pytest_plugin", "--color=no"]
        args += [f"--ignore={folder}" for folder in self.job.ignored]
        args += ["--exitfirst"] if request.fail_fast and not request.retries else []
        # They may be outside of the dir, where pytest does not look by itself.
        args += self.part.only if request.networks else self.part.places
        # A file of one brick that cannot be read says nothing of the others.
        args += ["--continue-on-collection-errors"] if self.part.places else []
        args += [self.part.folder] if self.part.folder else []
        args += self.part.args
        return Command(
            args=tuple(_emptied(args) if self.emptied else args),
            user=f"{plan.user.uid}:{plan.user.gid}",
            directory=plan.directory,
            env=tuple(f"{name}={value}" for name, value in env.items()),
        )

    def _measured(self) -> list[Path]:
        """The folders whose lines count: the dir's, and its bricks' where their tests run."""
        repo, item = self.job.run.repo.root, self.job.runnable_dir
        bricks = self.job.run.declared.bricks(item.name) if self.part.places else ()
        # Coverage takes what is no folder for a module's name, and warns.
        return [item.root, *(folder for one in bricks if (folder := repo / one).is_dir())]

    def _follow(
        self, started: Exec, write: Callable[[bool, bytes], None], tests: list[TestCase]
    ) -> Ending:
        """Hand on what the tests tell until they end, are stopped, or run out of time."""
        run = self.job.run
        reader = RecordsReader(self.records, self._key)
        told = _Told()
        running = True
        while running:
            running = started.pump(write)
            self._take(reader, tests, told)
            if run.stopped():
                kill_container(run.client, self.container.id)
                return Ending(stopped=True)
            if running and time.monotonic() > self.deadline:
                kill_container(run.client, self.container.id)
                return Ending(timeout=run.request.timeout)
        limited = self.container.plan.body["HostConfig"].get("Memory")
        ended = told.status is not None
        state = None
        if limited or not ended:
            state = settled_state(run.client, self.container.id, wait=not ended)
        return Ending(
            status=started.exit_status(),
            reported=told.status,
            container_gone=not ended and (state is None or not state.running),
            out_of_memory=state is not None and state.out_of_memory,
            collected=told.collected,
            ended=len(tests),
            foreign=reader.foreign > 0 or told.after_the_end,
            shows=told.shows,
        )

    def _take(self, reader: RecordsReader, tests: list[TestCase], told: _Told) -> None:
        for record in reader.read():
            told.after_the_end = told.after_the_end or told.status is not None
            if isinstance(record, TestCase):
                tests.append(record)
                self.job.run.listen(TestEnded(self.job.name, record))
            elif isinstance(record, Collected):
                told.collected = max(record.number, told.collected or 0)
                self.job.run.listen(TestsCollected(self.job.name, self.before + record.number))
            elif isinstance(record, Shows):
                told.shows = record.option
            elif isinstance(record, Ended):
                told.status = record.status


def _emptied(args: list[str]) -> list[str]:
    """The command, after what earlier tests left in memory is removed."""
    folders = " ".join((*SCRATCH, "/dev/shm"))  # noqa: S108
    # -xdev: what is mounted below these folders, such as a repo below /tmp, is not theirs.
    script = f'find {folders} -xdev -mindepth 1 -delete 2>/dev/null; exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *args]
