"""One dir of a run, and what all dirs of a run have in common."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path

from helpers.containers.plan import Surroundings
from helpers.engine.client import Client
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.config import DirConfig
from helpers.model.dataclass import dataclass
from helpers.model.events import DirStateChanged, Listener
from helpers.model.repo import Repo
from helpers.model.results import DirState, Phase
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.testing.pool import Pool
from helpers.testing.request import TestRequest
from helpers.testing.reuse import Reuse
from helpers.testing.run_folder import RunFolder


class RunStoppedError(Exception):
    """The user ended the run, or it fails fast."""


@dataclass(frozen=True, slots=True)
class Run:
    """What all dirs of a run have in common.

    Attributes:
        began: when it began, on the monotonic clock.
        stopped: whether the run is to end.
        slots: one for each dir whose tests may run at the same time.
        declared: what the dirs' files declare.
        inputs: what each dir can see; none: every container sees the whole repo.
        reuse: where passes are recorded; none: they are not.
    """

    client: Client
    repo: Repo
    host: Host
    request: TestRequest
    folder: RunFolder
    pool: Pool
    listen: Listener
    began: float
    stopped: Callable[[], bool]
    slots: threading.Semaphore
    declared: RepoInputs
    inputs: RepoInputs | None = None
    reuse: Reuse | None = None


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
        config: its settings; the defaults where they are malformed, which `problem` says.
        surroundings: what its container is given from the host.
        ignored: folders below the dir whose tests are not its own.
    """

    run: Run
    runnable_dir: RunnableDir
    config: DirConfig
    surroundings: Surroundings
    ignored: Sequence[Path]
    timeline: Timeline = field(default_factory=Timeline)

    @property
    def name(self) -> str:
        """The dir's name."""
        return self.runnable_dir.name

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
