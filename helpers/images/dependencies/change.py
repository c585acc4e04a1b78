"""The job that changes what a dir depends on: plan, resolve on a copy, and only then write.

Poetry or uv run in a container of the dir's builder image, so that its own Python and platform
answer, and not the host's. A `poetry.lock` names no index that its `pyproject.toml` does not name;
a `uv.lock` names the one that uv asked, as everywhere, which is told where it is the machine's own.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.images.building.emulation import ensure_emulation
from helpers.images.dependencies.asked import plan_edit, told_of
from helpers.images.dependencies.builder_image import (
    BuilderImage,
    ensure_builder_image,
    plan_builder_image,
)
from helpers.images.dependencies.by_path import package_path
from helpers.images.dependencies.machine_places import warn_of_places
from helpers.images.installing.builder_container import (
    BuilderContainer,
    Finished,
    builder_container,
)
from helpers.images.installing.working_copy import WorkingCopy, working_copy
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.commands import (
    Action,
    Change,
    Resolver,
    check_possible,
    choose_resolver,
    has_resolver,
    is_readable,
    resolver_command,
)
from helpers.lockers.lacking import lacking_requirements
from helpers.lockers.project_lockers import LOCKERS
from helpers.lockers.versions import parse_versions, read_versions
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import BuildStep, Event, FilesWritten, Listener, Warned
from helpers.model.file_change import FileChange
from helpers.model.packages.locked import (
    Conflict,
    DependencyOutcome,
    compare_versions,
    find_conflicts,
)
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.model.shell_words import quoted
from helpers.system.host import Host

_AT_ONCE = 4
_SHOWN_LINES = 15
# What writes nothing.
_READING = (Action.OUTDATED, Action.CHECK)


class StaleLockError(HelpersError):
    """A lock file is not what the project asks for."""


@dataclass(frozen=True, slots=True)
class DependencyPlan:
    """A command on a dir's dependencies, before it runs.

    Attributes:
        edit: what a file that asks for packages becomes before it runs.
    """

    runnable_dir: RunnableDir
    change: Change
    resolver: Resolver
    command: tuple[str, ...]
    image: BuilderImage
    edit: FileChange | None = None

    @property
    def base(self) -> Path:
        """The folder with the lock file: the dir's own, or that of the workspace around it."""
        member = self.resolver.member
        return member.root if member else self.runnable_dir.root

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are written, relative to `base`; the lock file is the first."""
        below = f"{self.resolver.member.path}/" if self.resolver.member else ""
        if self.resolver.changes_project:
            return (self.resolver.lock_file, f"{below}{PROJECT}")
        edited = (self.edit.path.rpartition("/")[2],) if self.edit else ()
        return (self.resolver.lock_file, *edited)

    def __str__(self) -> str:
        from helpers.system.process import printable

        complete = "both are complete" if len(self.files) > 1 else "it is complete"
        writes = f"{' and '.join(reversed(self.files))}, once {complete}"
        return "\n".join(
            [
                *self._edited(),
                f"run {printable(self.command)}",
                f"in {self.runnable_dir.root}",
                *([f"of the workspace {self.base}"] if self.resolver.member else []),
                f"in a container of {self.image.reference} for {self.image.platform}",
                f"write {'nothing' if self.change.action in _READING else writes}",
            ]
        )

    def _edited(self) -> list[str]:
        """The lines of that file that go and come."""
        if self.edit is None:
            return []
        from difflib import unified_diff

        before, after = (self.edit.before or "").splitlines(), (self.edit.after or "").splitlines()
        changed = list(unified_diff(before, after, n=0, lineterm=""))[2:]
        lines = [f"  {line}" for line in changed if not line.startswith("@@")]
        return [f"change {self.edit.path}:", *lines]


def plan_dependencies(
    repo: Repo, runnable_dir: RunnableDir, host: Host, change: Change, platform: str = ""
) -> DependencyPlan:
    """Decide what is run for a dir, and where; on the host's platform by default.

    Raises:
        HelpersError: no tool locks the dir, or something is malformed.
    """
    resolver = choose_resolver(runnable_dir.root)
    named = change
    if change.paths and resolver.sources:
        places = tuple(package_path(repo, host.directory, one) for one in change.paths)
        named = replace(change, paths=places)
    check_possible(resolver, named, runnable_dir.root, runnable_dir.name)
    edit = plan_edit(repo, runnable_dir, host, change, resolver)
    return DependencyPlan(
        runnable_dir=runnable_dir,
        change=change,
        resolver=resolver,
        command=resolver_command(
            resolver, change, told_of(repo, runnable_dir, host, resolver, edit)
        ),
        image=plan_builder_image(
            repo, runnable_dir, host, platform or host.platform, resolver.builder
        ),
        edit=edit,
    )


def dirs_with_resolver(dirs: Sequence[RunnableDir], action: Action) -> list[RunnableDir]:
    """Filter the dirs for which a tool can do that, or whose `pyproject.toml` is malformed.

    Raises:
        HelpersError: there is none such dir.
    """

    def counts(item: RunnableDir) -> bool:
        try:
            return has_resolver(item.root, action)
        except HelpersError:
            return True  # its own plan says why

    found = [item for item in dirs if counts(item)]
    if not found:
        raise HelpersError(
            "no tool locks any dir of this repo",
            fix=f"write {PROJECT}, then  i dependency_lock --dir DIR",
        )
    return found


def resolve_all(
    repo: Repo, plans: Sequence[DependencyPlan], host: Host, listen: Listener
) -> list[DependencyOutcome]:
    """Carry out several plans at the same time; one that fails does not stop the others."""
    one_at_a_time = threading.Lock()
    stop = threading.Event()

    def tell(event: Event) -> None:
        with one_at_a_time:
            listen(event)

    def resolve_one(plan: DependencyPlan) -> DependencyOutcome:
        try:
            return resolve(repo, plan, host, tell, stop.is_set)
        except HelpersError as error:
            return DependencyOutcome(plan.runnable_dir.name, error=error)

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        futures = [pool.submit(resolve_one, plan) for plan in plans]
        try:
            return [future.result() for future in futures]
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def read_conflicts(dirs: Sequence[RunnableDir]) -> tuple[Conflict, ...]:
    """The packages that dirs lock in different versions, from their lock files alone.

    Raises:
        HelpersError: a lock file cannot be read.
    """
    return find_conflicts({item.name: read_versions(item.root) for item in dirs})


def resolve(
    repo: Repo,
    plan: DependencyPlan,
    host: Host,
    listen: Listener,
    stopped: Callable[[], bool] = lambda: False,
) -> DependencyOutcome:
    """Carry a plan out.

    Whatever fails or is interrupted leaves `pyproject.toml` and the lock file as they were.

    Args:
        stopped: whether the user interrupted meanwhile.

    Raises:
        HelpersError: the image cannot be built, or the tool failed; with its last lines.
    """
    client = Client(find_endpoint(host.environment))
    image = ensure_builder_image(repo, plan.image, host, client, listen)
    if plan.image.platform in repo.config.builders and plan.image.platform != host.platform:
        # It was built on another machine; it runs on this one.
        ensure_emulation(repo, plan.image.platform, host)
    name = plan.runnable_dir.name
    lock_file = plan.resolver.lock_file
    with working_copy(repo, plan.runnable_dir, plan.base, plan.files) as copy:
        _start_anew_where_unreadable(copy, plan, listen)
        before = parse_versions(lock_file, copy.read(lock_file))
        _edit(copy, plan)
        words = (*plan.change.packages, *plan.change.paths)
        what = " ".join((plan.resolver.name, plan.change.action.value, *words))
        with builder_container(repo, copy, host, client, image) as container:
            listen(BuildStep(name, what))
            try:
                done = _run(container, plan, stopped)
            finally:
                listen(BuildStep(name, what, ended=True))
        if plan.change.action is Action.OUTDATED:
            return DependencyOutcome(
                name, outdated=LOCKERS[plan.resolver.name].read_outdated(done.stdout)
            )
        if plan.change.action is Action.CHECK:
            return DependencyOutcome(name)
        warn_of_places(copy, plan.resolver, host, listen)
        written = copy.take_over()
        if written:
            listen(FilesWritten(name, written))
        after = parse_versions(lock_file, copy.read(lock_file))
        return DependencyOutcome(name, compare_versions(before, after), written=written)


def _start_anew_where_unreadable(copy: WorkingCopy, plan: DependencyPlan, listen: Listener) -> None:
    """Delete an unreadable lock file, such as one with conflict markers: no tool repairs it."""
    locks = plan.change.action in (Action.LOCK, Action.UPDATE)
    if locks and not is_readable(plan.resolver, copy.folder):
        copy.forget(plan.resolver.lock_file)
        listen(
            Warned(
                f"{plan.resolver.lock_file} cannot be read, so every version is resolved again",
                plan.runnable_dir.name,
                fix=f"to keep versions: git -C {quoted(plan.base)} checkout HEAD --"
                f" {plan.resolver.lock_file}, then the same command",
            )
        )


def _edit(copy: WorkingCopy, plan: DependencyPlan) -> None:
    """Change what the copy's project asks for, as planned."""
    if plan.edit is None:
        return
    name = plan.files[1]
    before = None if plan.edit.before is None else plan.edit.before.encode()
    if copy.before[name] != before:
        raise HelpersError(
            f"{plan.edit.path} changed in the meantime: nothing is written",
            where=str(copy.root / name),
            fix="the same command again",
        )
    copy.write(name, plan.edit.after or "")


def _run(
    container: BuilderContainer, plan: DependencyPlan, stopped: Callable[[], bool]
) -> Finished:
    done = container.run(plan.command, stopped)
    if done.status:
        item = plan.runnable_dir
        # Requirements that are compiled are checked without the tool.
        locker = LOCKERS.get(plan.resolver.name)
        explained = locker.explain(done.lines) if locker else None
        if explained and plan.change.action is not Action.CHECK:
            raise explained
        stale = locker is not None and any(locker.STALE in line for line in done.lines)
        if plan.change.action is Action.CHECK and stale:
            raise stale_lock(plan)
        if lacking := lacking_requirements(item.root, item.repo, done.lines):
            raise lacking
        raise HelpersError(
            f"{plan.resolver.name} failed with status {done.status}; nothing is changed",
            where="\n".join([plan.runnable_dir.name, *done.lines[-_SHOWN_LINES:]]),
            fix="correct what it names; --dry-run shows the exact command",
        )
    return done


def stale_lock(plan: DependencyPlan) -> StaleLockError:
    """The error for a lock file that is out of date."""
    name = plan.runnable_dir.name
    return StaleLockError(
        f"{plan.resolver.lock_file} is not what {plan.resolver.source} asks for",
        where=name,
        fix=f"i dependency_lock {dir_option(name)}",
    )
