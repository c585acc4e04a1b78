"""Start a stack and wait until all of it is ready; what fails is told, and nothing is left."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from typing import Any

from helpers.engine.client import Client, EngineError
from helpers.engine.resources import Resource, list_resources, remove_resource
from helpers.engine.stack_compose import (
    PROJECT,
    ComposeProject,
    Looking,
    last_lines,
    read_config,
    run_compose,
)
from helpers.images.base.base_image import ensure_base_image
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, ServiceChanged
from helpers.model.images.name import ImageName
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.stack.readiness import Look, Phase, Standing, is_port_taken, standing
from helpers.model.stack.services import Service, plan_services
from helpers.model.stack.stack_file import StackFile, read_stack_file
from helpers.stacks.checks import check_ports, check_stage, port_holder
from helpers.stacks.images import Images, Rebuild, StackStage
from helpers.stacks.overlay import overlay
from helpers.stacks.stack import Stack
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs

_BASE_IMAGE = "HELPERS_BASE_IMAGE"
_STEP_SECONDS = 0.1
_LINES = 10


@dataclass(frozen=True, slots=True)
class UpRequest:
    """How a stack is to come up.

    Attributes:
        replace: images of another stage, which run now, may be replaced.
        keep: what failed is left for a person to look at.
        timeout: seconds in which all must be ready, from the start of the first.
    """

    stage: StackStage = StackStage.PROD
    rebuild: Rebuild = Rebuild.OUTDATED
    replace: bool = False
    keep: bool = False
    timeout: float = 300.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A stack that may be started: its file is sound, and its images are there."""

    stack: Stack
    project: ComposeProject
    services: tuple[Service, ...]


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


def prepare_stack(
    client: Client, stack: Stack, host: Host, request: UpRequest, listen: Listener
) -> Prepared:
    """Check what can be checked before anything is started, and build what is to be built.

    Raises:
        HelpersError: the file is malformed, a port is taken, an image cannot be built, or the stack
            runs with images of another stage.
    """
    file = read_stack_file(_text(stack), stack.file)
    project, config = _read(client, stack, host, listen)
    dirs = {item.name: item for item in discover_dirs(stack.repo)}
    services = _services(stack.repo, config, file, dirs)
    if not request.replace:
        check_stage(client, stack, request.stage)
    check_ports(client, stack, services, host)
    used = [dirs[name] for name in sorted({one.dir for one in services if one.dir})]
    made = Images(client, stack.repo, host, request.stage, request.rebuild).ensure(used, listen)
    said = _said_to_builds(config, stack, host)
    write_atomic(stack.over, overlay(config, services, made, stack.labels, said))
    return Prepared(stack, project, services)


def start_stack(
    client: Client, prepared: Prepared, request: UpRequest, listen: Listener
) -> Running:
    """Start all services, and wait until they are ready.

    Raises:
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


def _text(stack: Stack) -> str:
    try:
        return stack.path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise HelpersError(
            "the stack file is not UTF-8", where=stack.file, fix="save it as UTF-8"
        ) from error


def _read(client: Client, stack: Stack, host: Host, listen: Listener) -> tuple[ComposeProject, Any]:
    variables = {}
    if _BASE_IMAGE in _text(stack):
        repo = stack.repo
        variables = {_BASE_IMAGE: ensure_base_image(repo, host.platform, listen, client)}
    files = (stack.path, stack.over)
    project = ComposeProject(stack.project, stack.repo.root, host.directory, files, variables)
    return project, read_config(client.endpoint, project)


def _said_to_builds(config: Any, stack: Stack, host: Host) -> dict[str, str]:
    """What builds of services may be made from besides what Compose says: secrets in variables."""
    secrets = (config.get("secrets") or {}).values()
    names = {item["environment"] for item in secrets if item and item.get("environment")}
    if not names:
        return {}
    files = [folder / ".env" for folder in (stack.repo.root, stack.path.parent)]
    said = {str(file): file.read_text(errors="replace") for file in files if file.is_file()}
    return said | {name: host.environment.get(name, "") for name in names}


def _services(
    repo: Repo, config: Any, file: StackFile, dirs: Mapping[str, RunnableDir]
) -> tuple[Service, ...]:
    names: dict[str, str] = {}
    for name, item in dirs.items():
        changelog = read_changelog(item)
        own: ImageName = repo.of(name).image_name(changelog.image_name)
        for one in own.local_names:
            names[str(one)] = names[one.on_engine] = name
    # In a repo that is a submodule, paths are its own.
    paths = {name: name for name in dirs} | {
        repo.own_name(name): name for name in dirs if repo.of(name).place == repo.place
    }
    return plan_services(config, file, names, paths)


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
        self.deadline = time.monotonic() + self.request.timeout

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
                raise self._failure(self._look())
        self.looking.look_at_all()
        while not self._is_ready():
            time.sleep(_STEP_SECONDS)

    def _is_ready(self) -> bool:
        """Whether all services are ready.

        Raises:
            HelpersError: one never will be, or it takes too long.
        """
        looks = self._look()
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
