"""Tasks on Python dependencies: lock, update, add, remove, look for newer ones, compare dirs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import CHANGED_LOCK, OneOrMore, Options, option

if TYPE_CHECKING:
    from helpers.images.dependencies.change import DependencyPlan
    from helpers.lockers.commands import Change
    from helpers.model.packages.locked import DependencyOutcome
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class Packages(Options):
    """Packages that a command is about."""

    package: tuple[str, ...] = option(
        'a package, such as "requests>=2"; repeatable',
        default=(),
        example="requests",
    )


class Resolve(OneOrMore):
    """Whose dependencies are looked at, and where."""

    all: bool = option("every runnable dir that a tool locks", default=False)
    platform: str = option("linux/amd64 or linux/arm64; default: this machine's", default="")
    dry_run: bool = option(
        "print the command and where it would run, and run nothing", default=False
    )


class Lock(Resolve):
    """Whether the lock file is rewritten, and whose it is."""

    check: bool = option(
        "write nothing; exit with 1 if the lock file is not what the dir asks for",
        default=False,
    )
    changed_since: str = option(CHANGED_LOCK, default="")


class Update(Resolve, Packages):
    """Which packages are locked anew."""


class _Group(Packages):
    group: str = option("the dependency group, such as dev", default="")


class Edit(Resolve, _Group):
    """Which packages are added or removed."""

    path: tuple[str, ...] = option("a package of the repo, by its folder; repeatable", default=())
    pip: bool = option("of the pip part, in a dir of conda packages", default=False)


class Install(OneOrMore):
    """Whose environment is made on the host."""

    all: bool = option("every runnable dir", default=False)


@command(verb="dep")
def dependency_install(host: "Host", wanted: Install) -> int:
    """Install a dir's lock on the host, in its .venv; and packages by path, editable."""
    from helpers.console.dependencies import installed_line
    from helpers.images.dependencies.install import install_dir, why_skipped
    from helpers.model.runnable_dir import shown_name
    from helpers.tasks.builds import shown_builds

    if host.in_container:
        print("in a container everything is installed already")
        return 0
    repo = cli.find_repo(host)
    root, lines, errors = cli.root_name(repo), [], []
    with shown_builds(host, root) as listen:
        for item in cli.find_dirs(repo, host, wanted.dir, all=wanted.all):
            name = shown_name(item.name, root)
            if reason := why_skipped(item):
                lines.append(f"{name}: skipped, {reason}")
                continue
            try:
                made = install_dir(repo, item, host, listen)
            except HelpersError as error:
                errors.append(error)
                continue
            lines.append(installed_line(name, made))
    for line in lines:
        print(line)
    return cli.show_errors(errors)


@command("poetry_lock")
def dependency_lock(host: "Host", wanted: Lock) -> int:
    """Rewrite the lock file; keeps versions where possible."""
    if wanted.check:
        return _check_locks(host, wanted)
    if wanted.changed_since:
        raise HelpersError("--changed-since says which lock files are checked", fix="add --check")
    return _resolve(host, "lock", wanted)


@command("poetry_update")
def dependency_update(host: "Host", wanted: Update) -> int:
    """Lock the newest allowed versions: of some packages, or of all."""
    return _resolve(host, "update", wanted, wanted.package)


@command("poetry_add")
def dependency_add(host: "Host", wanted: Edit) -> int:
    """Add packages, of an index or of the repo: to pyproject.toml and the lock file."""
    return _edit(host, "add", wanted)


@command("poetry_remove")
def dependency_remove(host: "Host", wanted: Edit) -> int:
    """Remove packages: from pyproject.toml and the lock file."""
    return _edit(host, "remove", wanted)


@command("poetry_show_outdated")
def dependency_outdated(host: "Host", wanted: Resolve) -> int:
    """List locked packages with newer versions."""
    return _resolve(host, "outdated", wanted)


@command()
def dependency_conflicts(host: "Host") -> None:
    """List packages locked in different versions; and the dirs that lock them."""
    from helpers.console.dependencies import conflict_lines
    from helpers.images.dependencies.change import read_conflicts
    from helpers.vcs.discovery import discover_dirs

    repo = cli.find_repo(host)
    for line in conflict_lines(read_conflicts(discover_dirs(repo)), cli.root_name(repo)):
        print(line)


class Check(OneOrMore):
    """Whose imports are compared with what is declared."""

    all: bool = option("every runnable dir", default=False)
    fix: bool = option("write missing bricks into the projects", default=False)
    json: bool = option("print JSON", default=False)


@command()
def package_check(host: "Host", wanted: Check) -> int:
    """Compare imports with what is declared.

    Of dirs, and of the packages that they share; a finding ends with 1.
    """
    from helpers.console.import_findings import finding_lines, findings_json
    from helpers.imports.check import check_packages
    from helpers.tasks.builds import shown_builds

    repo, client = cli.open_repo(host)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    with shown_builds(host, cli.root_name(repo)) as listen:
        found, errors = check_packages(repo, dirs, host, client, listen, fix=wanted.fix)
    checked = len(dirs) - len(errors)
    if wanted.json:
        print(findings_json(found))
    elif checked:
        print("\n".join(finding_lines(found, checked)))
    return cli.show_errors(errors) or int(any(not one.note for one in found))


def _check_locks(host: "Host", wanted: Lock) -> int:
    from helpers.images.dependencies.changed_locks import dirs_with_changed_lock
    from helpers.images.dependencies.check import check_locks
    from helpers.model.numbers import counted
    from helpers.tasks.builds import shown_builds
    from helpers.tasks.signals import end_as_interrupted

    if wanted.changed_since:
        values.not_both("--changed-since", "--dir or --all", wanted.dir or wanted.all)
    values.not_both("--check", "--dry-run", wanted.dry_run)
    repo = cli.find_repo(host)
    platform = _platform(wanted.platform)
    if wanted.changed_since:
        dirs = dirs_with_changed_lock(repo, wanted.changed_since)
    else:
        dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    end_as_interrupted()
    with shown_builds(host, cli.root_name(repo)) as listen:
        found = check_locks(repo, dirs, host, listen, platform)
    if not found.errors:
        print(f"{counted(found.number, 'lock file')} checked: up to date")
    status = cli.show_errors(found.errors)
    return 1 if status and found.only_stale else status


def _edit(host: "Host", action: str, wanted: Edit) -> int:
    from helpers.lockers.commands import Action, Change

    change = Change(Action(action), wanted.package, wanted.group, wanted.path, wanted.pip)
    return _carry(host, change, wanted)


def _resolve(host: "Host", action: str, wanted: Resolve, packages: tuple[str, ...] = ()) -> int:
    from helpers.lockers.commands import Action, Change

    return _carry(host, Change(Action(action), packages), wanted)


def _carry(host: "Host", change: "Change", wanted: Resolve) -> int:
    from helpers.console.dependencies import conflict_lines
    from helpers.images.dependencies.change import (
        dirs_with_resolver,
        plan_dependencies,
        read_conflicts,
    )
    from helpers.model.packages.locked import DependencyOutcome

    repo = cli.find_repo(host)
    platform = _platform(wanted.platform)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    if wanted.several:
        dirs = dirs_with_resolver(dirs, change.action)
    plans, refused = [], {}
    for item in dirs:
        try:
            plans.append(plan_dependencies(repo, item, host, change, platform))
        except HelpersError as error:
            if not wanted.several:
                raise
            refused[item.name] = DependencyOutcome(item.name, error=error)
    if wanted.dry_run:
        for plan in plans:
            print(plan)
        return cli.show_errors(one.error for one in refused.values())
    outcomes = [*(_carry_out(repo, host, plans) if plans else ()), *refused.values()]
    root = cli.root_name(repo)
    read = [item for item in dirs if item.name not in refused]
    conflicts = conflict_lines(read_conflicts(read), root) if wanted.several else ()
    return _show(change, outcomes, conflicts, root)


def _platform(text: str) -> str:
    platforms = values.read_platforms(text)
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
    from helpers.images.dependencies.change import resolve, resolve_all
    from helpers.tasks.builds import shown_builds
    from helpers.tasks.signals import end_as_interrupted

    end_as_interrupted()
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
    return cli.show_errors(one.error for one in outcomes)
