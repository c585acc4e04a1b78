"""Tasks on Python dependencies: lock, update, add, remove, look for newer ones, compare dirs."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.images.dependencies import DependencyPlan
    from helpers.lockers.commands import Change
    from helpers.model.dependencies import DependencyOutcome
    from helpers.model.repo import Repo
    from helpers.system.host import Host

_HELP = {
    "dir": "the runnable dir; default: the nearest one at or above the current directory",
    "all": "every runnable dir that Poetry or uv locks",
    "platform": "linux/amd64 or linux/arm64; default: this machine's",
    "dry_run": "print the command and where it would run, and run nothing",
}
_PACKAGE = {"package": 'a package, such as "requests>=2"; repeatable'}
_GROUP = {"group": "the dependency group, such as dev"}


class _Wanted(NamedTuple):
    dir: str
    all: bool
    platform: str
    dry_run: bool
    packages: tuple[str, ...] = ()
    group: str = ""


@task(aliases=["dependency_lock"], help=_HELP)
def poetry_lock(
    context: Context, dir: str = "", all: bool = False, platform: str = "", dry_run: bool = False
) -> None:
    """Rewrite the lock file with Poetry or uv; keeps versions where possible."""
    _run("lock", _Wanted(dir, all, platform, dry_run))


@task(aliases=["dependency_update"], help=_HELP | _PACKAGE, iterable=["package"])
def poetry_update(
    context: Context,
    package: list[str] | None = None,
    dir: str = "",
    all: bool = False,
    platform: str = "",
    dry_run: bool = False,
) -> None:
    """Lock the newest allowed versions: of some packages, or of all."""
    _run("update", _Wanted(dir, all, platform, dry_run, tuple(package or ())))


@task(aliases=["dependency_add"], help=_HELP | _PACKAGE | _GROUP, iterable=["package"])
def poetry_add(
    context: Context,
    package: list[str] | None = None,
    group: str = "",
    dir: str = "",
    all: bool = False,
    platform: str = "",
    dry_run: bool = False,
) -> None:
    """Add packages: to pyproject.toml and the lock file."""
    _run("add", _Wanted(dir, all, platform, dry_run, tuple(package or ()), group))


@task(aliases=["dependency_remove"], help=_HELP | _PACKAGE | _GROUP, iterable=["package"])
def poetry_remove(
    context: Context,
    package: list[str] | None = None,
    group: str = "",
    dir: str = "",
    all: bool = False,
    platform: str = "",
    dry_run: bool = False,
) -> None:
    """Remove packages: from pyproject.toml and the lock file."""
    _run("remove", _Wanted(dir, all, platform, dry_run, tuple(package or ()), group))


@task(aliases=["dependency_outdated"], help=_HELP)
def poetry_show_outdated(
    context: Context, dir: str = "", all: bool = False, platform: str = "", dry_run: bool = False
) -> None:
    """List locked packages with newer versions."""
    _run("outdated", _Wanted(dir, all, platform, dry_run))


@task
def dependency_conflicts(context: Context) -> None:
    """List packages locked in different versions; and the dirs that lock them."""
    cli.run_job(_show_conflicts)


def _run(action: str, wanted: _Wanted) -> None:
    def job(host: "Host") -> int:
        from helpers.lockers.commands import Action, Change

        return _resolve(host, Change(Action(action), wanted.packages, wanted.group), wanted)

    cli.run_job(job)


def _resolve(host: "Host", change: "Change", wanted: _Wanted) -> int:
    from helpers.console.dependencies import conflict_lines
    from helpers.images.dependencies import dirs_with_resolver, plan_dependencies, read_conflicts

    repo = cli.find_repo(host)
    platform = _platform(wanted.platform)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    if wanted.all:
        dirs = dirs_with_resolver(dirs, change.action)
    plans = [plan_dependencies(repo, item, host, change, platform) for item in dirs]
    if wanted.dry_run:
        for plan in plans:
            print(plan)
        return 0
    outcomes = _carry_out(repo, host, plans)
    root = cli.root_name(repo)
    conflicts = conflict_lines(read_conflicts(dirs), root) if wanted.all else ()
    return _show(change, outcomes, conflicts, root)


def _platform(text: str) -> str:
    from helpers.model.errors import HelpersError

    platforms = cli.read_platforms(text)
    if len(platforms) > 1:
        raise HelpersError(
            "a lock file serves all platforms; it is written on one of them",
            where=f"--platform {text}",
            fix=f"--platform {platforms[0]}",
        )
    return platforms[0] if platforms else ""


def _carry_out(
    repo: "Repo", host: "Host", plans: "Sequence[DependencyPlan]"
) -> "list[DependencyOutcome]":
    import signal

    from helpers.images.dependencies import resolve, resolve_all
    from helpers.tasks.builds import shown_builds

    # As an interrupt does, so that the container goes and the files stay.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with shown_builds(host, cli.root_name(repo)) as listen:
        if len(plans) == 1:
            return [resolve(repo, plans[0], host, listen)]
        return resolve_all(repo, plans, host, listen)


def _show(
    change: "Change",
    outcomes: "Sequence[DependencyOutcome]",
    conflicts: Sequence[str],
    root_name: str,
) -> int:
    from helpers.console.dependencies import outcome_lines, outdated_lines
    from helpers.console.errors import print_error
    from helpers.lockers.commands import Action

    good = [one for one in outcomes if not one.error]
    if change.action is Action.OUTDATED:
        lines = outdated_lines(good, root_name) if good else []
    else:
        lines = [line for outcome in good for line in outcome_lines(outcome, root_name)]
    if conflicts and good:
        lines += ["", *conflicts]
    for line in lines:
        print(line)
    errors = [one.error for one in outcomes if one.error]
    for error in errors:
        print_error(error, sys.stderr)
    return 2 if errors else 0


def _show_conflicts(host: "Host") -> None:
    from helpers.console.dependencies import conflict_lines
    from helpers.images.dependencies import read_conflicts
    from helpers.vcs.discovery import discover_dirs

    repo = cli.find_repo(host)
    for line in conflict_lines(read_conflicts(discover_dirs(repo)), cli.root_name(repo)):
        print(line)
