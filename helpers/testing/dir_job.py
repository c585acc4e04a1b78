"""One dir of a run, and what all dirs of a run have in common."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from helpers.containers.plan import Surroundings
from helpers.engine.client import Client
from helpers.images.installed.ensure import Installed
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.changelog.parse import Changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import DirStateChanged, Listener
from helpers.model.repo import Repo
from helpers.model.results.results import DirResult, DirState, Phase
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.system.host import Host
from helpers.testing.dir_files import DirFiles
from helpers.testing.pool import Pool
from helpers.testing.request import TestRequest
from helpers.testing.reuse.passes import Passes
from helpers.testing.run_folder import RunFolder


def with_error(result: DirResult, error: HelpersError) -> DirResult:
    """The result of a dir whose tests cannot run, or did not end."""
    problem = "\n".join(part for part in (error.what, error.where) if part)
    return replace(result, state=DirState.ERROR, problem=problem, fix=error.fix)


class RunStoppedError(Exception):
    """The user ended the run, or it fails fast."""


@dataclass(frozen=True, slots=True)
class TestRun:
    """A run of tests: what it is asked for, with what, and what all its dirs have in common.

    Attributes:
        files: by dir, what its own files say.
        declared: what the dirs' files declare.
        surroundings: what containers of the outermost repo are given from the host.
        passes: where passes are recorded; none: they are not.
        interrupted: whether the user wants no more of it.
        began: when it began, on the monotonic clock.
        slots: one for each dir whose tests may run at the same time.
        ending: set when it is to end before all ran.
    """

    __test__ = False

    client: Client
    repo: Repo
    host: Host
    request: TestRequest
    listen: Listener
    folder: RunFolder
    files: Mapping[str, DirFiles]
    declared: RepoInputs
    surroundings: Surroundings
    passes: Passes | None
    pool: Pool
    interrupted: Callable[[], bool]
    began: float
    slots: threading.Semaphore
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def inputs(self) -> RepoInputs | None:
        """What each dir can see; none: every container sees the whole repo."""
        return self.declared if self.request.reuse else None

    def stopped(self) -> bool:
        """Whether no more is to be done."""
        return self.ending.is_set() or self.interrupted()


@dataclass(slots=True)
class Timeline:
    """How a dir's time was spent: when it entered each state, seconds after the run's start."""

    _entered: list[tuple[DirState, float]] = field(default_factory=list)
    _left: float | None = None

    def enter(self, state: DirState, now: float) -> None:
        """The dir is in another state from now on."""
        self._entered.append((state, now))

    def leave(self, now: float) -> None:
        """The last state ends here; what follows is no part of it."""
        self._left = now

    def phases(self, now: float) -> tuple[Phase, ...]:
        """Each state with its beginning and end; the last ends now, if it was not left before."""
        ends = [began for _, began in self._entered[1:]] + [
            now if self._left is None else self._left
        ]
        return tuple(
            Phase(state, began, ended)
            for (state, began), ended in zip(self._entered, ends, strict=True)
        )


@dataclass(frozen=True, slots=True)
class DirJob:
    """One dir of a run.

    Attributes:
        surroundings: what its container is given from the host.
        ignored: folders below the dir whose tests are not its own.
        installed: what its code has as if installed, where another machine made that.
        services: what its services file says, where another machine read that.
    """

    run: TestRun
    runnable_dir: RunnableDir
    surroundings: Surroundings
    ignored: Sequence[Path]
    installed: Installed | None = None
    services: Any = None
    timeline: Timeline = field(default_factory=Timeline)

    @property
    def name(self) -> str:
        """The dir's name."""
        return self.runnable_dir.name

    @property
    def config(self) -> DirConfig:
        """The dir's settings."""
        return self.run.files[self.name].config

    @property
    def changelog(self) -> Changelog:
        """The dir's container versions.

        Raises:
            HelpersError: the file is missing or malformed.
        """
        return self.run.files[self.name].changelog

    @property
    def only(self) -> tuple[str, ...]:
        """The tests that are wanted of it; none: all of the suite."""
        return self.run.request.only.get(self.name, ())

    def enter(self, state: DirState) -> None:
        """Say how the dir stands."""
        self.timeline.enter(state, time.monotonic() - self.run.began)
        self.run.listen(DirStateChanged(self.name, state))

    def leave(self) -> None:
        """Say that the last state has ended."""
        self.timeline.leave(time.monotonic() - self.run.began)

    def stoppable(self) -> Listener:
        """A listener through which a stopped run ends a build or a start of services."""

        def listen(event: object) -> None:
            if self.run.stopped():
                raise RunStoppedError
            self.run.listen(event)  # type: ignore[arg-type]

        return listen
