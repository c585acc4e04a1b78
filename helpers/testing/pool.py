"""Containers for tests: one that waits from an earlier run where it is as good as new.

The name is the state: `<plan's name>-idle-<id>` waits, `<plan's name>-run-<run id>-<n>` is in use
by a run. A run holds a lease of its id, so one whose run is dead is a leftover.
"""

import threading
from dataclasses import field
from pathlib import Path

from helpers.containers.inputs_view import View, views_folder
from helpers.containers.leftovers import remove_dead
from helpers.containers.open_container import make_container
from helpers.containers.plan import ContainerPlan
from helpers.engine.client import Client, EngineUnavailableError
from helpers.engine.containers import (
    Container,
    remove_container,
    rename_container,
)
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.repo import Repo
from helpers.system.lease import Lease
from helpers.testing.as_new import is_as_new

_CLAIMS = "claims"
_MOST_IDLE = 16


@dataclass(frozen=True, slots=True)
class TestContainer:
    """A container that a run has for itself.

    Attributes:
        reused: tests ran in it before.
        view: what it sees instead of the repo; none: the repo itself.
    """

    __test__ = False

    id: str
    plan: ContainerPlan
    reused: bool
    view: View | None = None


@dataclass(slots=True)
class Pool:
    """The test containers of one run; used by several threads."""

    client: Client
    repo: Repo
    run: str
    _idle: list[Container] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0
    _given_back: int = 0

    def open(self) -> None:
        """Find the containers that wait, and remove those of dead runs.

        Raises:
            EngineError: the engine does not answer.
        """
        self._idle = remove_dead(self.client, self.repo)

    def take(self, plan: ContainerPlan) -> TestContainer:
        """A container as planned, which nobody else uses.

        Raises:
            EngineError: the engine refuses.
        """
        name = self._next_name(plan)
        waiting = self._claim(plan, name)
        if waiting:
            label = waiting.labels.get(labels.VIEW, "")
            view = View(views_folder(self.repo) / label) if label else None
            return TestContainer(waiting.id, plan, reused=True, view=view)
        view = None
        if plan.view:
            view = View(views_folder(self.repo) / f"{self.run}-{name.rpartition('-')[2]}")
            directory = Path(plan.directory).relative_to(self.repo.root)
            view.make(self.repo.in_container, str(directory))
            plan = plan.with_view(view.root.name, view.tree)
        made = make_container(self.client, plan, name)
        assert made is not None, "the run's id is unique"
        return TestContainer(made, plan, reused=False, view=view)

    def give_back(self, container: TestContainer, *, clean: bool) -> None:
        """Let it wait for the next run if it is as good as new, remove it otherwise.

        Args:
            clean: its tests ran to their end.
        """
        try:
            self._give_back(container, clean=clean)
        except EngineUnavailableError:
            # There is nobody to give it back to; the next run removes it by its name.
            return

    def _give_back(self, container: TestContainer, *, clean: bool) -> None:
        plan = container.plan
        if clean and is_reusable(plan) and is_as_new(self.client, container.id, plan):
            with Lease(self.repo.root, _CLAIMS):
                idle = f"{plan.name}-idle-{container.id[:8]}"
                if self._has_room() and rename_container(self.client, container.id, idle):
                    return
        remove_container(self.client, container.id)
        if container.view:
            container.view.remove()

    def _claim(self, plan: ContainerPlan, name: str) -> Container | None:
        while waiting := self._next_waiting(plan):
            if waiting.labels.get(labels.KEY) != plan.key:
                remove_container(self.client, waiting.id)
                continue
            # By its waiting name, under the lease: whoever else claims it finds it gone.
            with Lease(self.repo.root, _CLAIMS):
                view = waiting.labels.get(labels.VIEW, "")
                there = not view or (views_folder(self.repo) / view).is_dir()
                if there and rename_container(self.client, waiting.name, name):
                    return waiting
        return None

    def _next_waiting(self, plan: ContainerPlan) -> Container | None:
        with self._lock:
            for position, container in enumerate(self._idle):
                if container.name.startswith(f"{plan.name}-idle-"):
                    return self._idle.pop(position)
        return None

    def _has_room(self) -> bool:
        """Whether one more may wait; other runs' containers count as of our start."""
        with self._lock:
            self._given_back += 1
            return len(self._idle) + self._given_back <= _MOST_IDLE

    def _next_name(self, plan: ContainerPlan) -> str:
        with self._lock:
            self._number += 1
            return f"{plan.name}-run-{self.run}-{self._number}"


def is_reusable(plan: ContainerPlan) -> bool:
    """Whether a container of that plan may wait: none on a network or with a volume of a run."""
    host = plan.body["HostConfig"]
    return not host.get("NetworkMode") and all(m["Type"] != "volume" for m in host["Mounts"])
