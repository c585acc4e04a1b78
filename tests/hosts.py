"""Hosts for tests: folders beside a repo, on one engine, each with a worker of its own."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from helpers.engine.client import Client
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.events import Event
from helpers.model.repo import Repo
from helpers.model.results.results import DirResult, RunResult
from helpers.reach.fleet import NamedHost
from helpers.reach.on_hosts import run_on
from helpers.reach.place import local_place
from helpers.system.host import Host
from helpers.testing.request import TestRequest
from helpers.testing.run import Caller, run_tests
from helpers.vcs.discovery import discover_dirs


@dataclass
class Hosts:
    """Several hosts that are one engine, and runs on them.

    Attributes:
        folder: where theirs are.
        events: of the last run.
    """

    repo: Repo
    host: Host
    client: Client
    folder: Path
    names: tuple[str, ...] = ("n1", "n2")
    slots: int = 2
    events: list[Event] = field(default_factory=list)

    def run(
        self,
        listen: Callable[[Event], None] = lambda _: None,
        interrupted: Callable[[], bool] = lambda: False,
        **asked: Any,
    ) -> RunResult:
        """Test all dirs, or those that are asked for."""
        every_dir = tuple(discover_dirs(self.repo))
        request = replace(TestRequest(dirs=every_dir, every_dir=every_dir, jobs=2), **asked)
        self.events.clear()

        one_at_a_time = Lock()

        def hear(event: Event) -> None:
            with one_at_a_time:
                self.events.append(event)
                listen(event)

        return run_tests(
            self.client,
            read_repo_inputs(self.repo),
            self.host,
            request,
            Caller(hear, interrupted),
            run_on([self._named(name) for name in self.names]),
        )

    def _named(self, name: str) -> NamedHost:
        place = replace(
            local_place(self.repo, self.host, self.client, self.slots),
            name=name,
            folder=self.folder / name,
            prepare=_make_folders,
        )
        return NamedHost(name, lambda *_: nullcontext(place))


def _make_folders(paths: Iterable[Path]) -> None:
    for path in paths:
        path.mkdir(parents=True, exist_ok=True)


def by_dir(result: RunResult) -> dict[str, DirResult]:
    """The results of a run's dirs."""
    return {item.dir: item for item in result.dirs}
