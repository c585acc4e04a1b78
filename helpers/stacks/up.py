"""Start a stack and wait until all of it is ready; what fails is told, and nothing is left."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field

from helpers.engine.client import Client, EngineError
from helpers.engine.compose_files import PROJECT
from helpers.engine.containers import find_image, image_gone
from helpers.engine.resources import Resource, list_resources, remove_resource
from helpers.engine.stack_compose import (
    Looking,
    last_lines,
    run_compose,
)
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, ServiceChanged
from helpers.model.stack.readiness import Look, Phase, Standing, is_port_taken, standing
from helpers.stacks.checks import port_holder
from helpers.stacks.images import Rebuild
from helpers.stacks.prepare import Prepared, UpRequest
from helpers.stacks.stack import Stack

_STEP_SECONDS = 0.1
_LINES = 10


@dataclass(frozen=True, slots=True)
class Running:
    """A stack that is up.

    Attributes:
        before: ids of what was there before it was started; volumes by name.
    """

    prepared: Prepared
    before: frozenset[str]

    def take_back(self, client: Client) -> None:
        """Remove what was not there before it was started.

        Raises:
            EngineError: the engine does not answer.
        """
        for item in _resources(client, self.prepared.stack):
            if item.id not in self.before:
                remove_resource(client, item)


def start_stack(
    client: Client, prepared: Prepared, request: UpRequest, listen: Listener
) -> Running:
    """Start all services, and wait until they are ready.

    Raises:
        ImageGoneError: an image is gone since the stack was prepared.
        HelpersError: one does not become ready; then all that was started is gone, unless it is to
            be kept.
        KeyboardInterrupt: the same holds.
    """
    before = frozenset(one.id for one in _resources(client, prepared.stack))
    running = Running(prepared, before)
    try:
        _Start(client, prepared, request, listen).run()
    except BaseException:
        if not request.keep:
            running.take_back(client)
        raise
    return running


def _resources(client: Client, stack: Stack) -> list[Resource]:
    return list_resources(client, {PROJECT: stack.project})


@dataclass(slots=True)
class _Start:
    """A start under way, and how its services stood at the last look."""

    client: Client
    prepared: Prepared
    request: UpRequest
    listen: Listener
    looking: Looking = field(init=False)
    deadline: float = field(init=False)
    told: dict[str, Standing] = field(init=False, default_factory=dict)
    lines: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.looking = Looking(self.client, self.prepared.stack.project)
        self.deadline = float("inf")

    def run(self) -> None:
        """Start, and wait.

        Raises:
            HelpersError: a service does not become ready.
        """
        self.looking.pass_over()
        self._tell({})
        for words in self._commands():
            status = run_compose(
                self.client.endpoint, self.prepared.project, words, self.lines.append, self._wait
            )
            if status:
                self._check_images()
                raise self._failure(self._look())
        self.looking.look_at_all()
        while not self._is_ready():
            time.sleep(_STEP_SECONDS)

    def _check_images(self) -> None:
        """Make sure that the images of dirs are there.

        Raises:
            ImageGoneError: one is not: a build of another checkout has taken its name.
        """
        for image in self.prepared.images:
            if find_image(self.client, image) is None:
                raise image_gone(image)

    def _is_ready(self) -> bool:
        """Whether all services are ready.

        Raises:
            HelpersError: one never will be, or it takes too long.
        """
        looks = self._look()
        if any(looks.values()) and self.deadline == float("inf"):
            # Not before: what is built or pulled meanwhile takes as long as it takes.
            self.deadline = time.monotonic() + self.request.timeout
        phases = [one.phase for one in self.told.values()]
        if Phase.FAILED in phases:
            raise self._failure(looks)
        if all(one in (Phase.READY, Phase.DONE) for one in phases):
            return True
        if time.monotonic() > self.deadline:
            raise self._failure(looks, late=True)
        return False

    def _commands(self) -> list[tuple[str, ...]]:
        none = self.request.rebuild is Rebuild.NONE
        up = ("up", "--detach", "--quiet-pull", *(("--no-build",) if none else ()))
        built = [one.name for one in self.prepared.services if one.built and not one.dir]
        if self.request.rebuild is Rebuild.ALL and built:
            return [("build", "--quiet", "--no-cache", *built), up]
        return [up]

    def _wait(self) -> None:
        # The engine may be too busy to answer at once; the next look tells.
        with suppress(EngineError):
            self._is_ready()

    def _look(self) -> dict[str, list[Look]]:
        found: dict[str, list[Look]] = {one.name: [] for one in self.prepared.services}
        for look in self.looking.look():
            if look.service in found:
                found[look.service].append(look)
        self._tell(found)
        return found

    def _tell(self, looks: Mapping[str, Sequence[Look]]) -> None:
        for one in self.prepared.services:
            now = standing(looks.get(one.name, ()), once=one.once)
            if self.told.get(one.name) != now:
                self.told[one.name] = now
                self.listen(ServiceChanged(one.name, one.dir, now.phase, now.why))

    def _failure(self, looks: Mapping[str, Sequence[Look]], *, late: bool = False) -> HelpersError:
        """What failed: the reason and the last lines of each service that did."""
        wrong = {name: one for name, one in self.told.items() if one.phase is Phase.FAILED}
        if late:
            wrong = {
                name: Standing(one.phase, f"not ready after {self.request.timeout:g} s ({one.why})")
                for name, one in self.told.items()
                if one.phase not in (Phase.READY, Phase.DONE)
            }
        where: list[str] = []
        for service in self.prepared.services:
            if service.name in wrong:
                where.append(f"{service.where}: {service.name}: {wrong[service.name].why}")
                for look in looks.get(service.name, ())[:1]:
                    with suppress(EngineError):
                        said = last_lines(self.client, look.container, _LINES)
                        where += [f"  {service.name} | {line}" for line in said]
        if is_port_taken("\n".join([*self.lines, *(one.why for one in wrong.values())])):
            holder = port_holder(self.client, self.prepared.stack, self.prepared.services)
            where = [holder, *where] if holder else where
        if not wrong:
            where += [self.prepared.stack.file, *self.lines[-_LINES:]]
        reasons = "; ".join(f"{name} {one.why}" for name, one in wrong.items())
        return HelpersError(
            f"the stack did not start: {reasons}" if reasons else "the stack did not start",
            where="\n".join(where),
            fix=self._fix(),
        )

    def _fix(self) -> str:
        option = self.prepared.stack.option()
        if self.request.keep:
            return f"look at what is left: {self.prepared.project.command('ps', '--all')}"
        return f"correct it; to look at what fails: i stack_up{option} --keep"
