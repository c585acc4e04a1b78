"""Tasks that bring the toolchain into a repo, look after it there, and take it out again."""

from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.adoption.adopting.adopt import AdoptRequest
    from helpers.adoption.superproject import Submodule
    from helpers.checkouts.hooks import HookPlan
    from helpers.model.adoption import AdoptPlan
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class _Wishes(NamedTuple):
    """The options of `adopt`; None: not given."""

    name: str | None
    registry: str | None
    base_image: str | None
    yes: bool
    dry_run: bool


@task(
    help={
        "name": "the repo's name; default: its folder's",
        "registry": "where images are released to: <host>[:<port>][/<path>]; default: none",
        "base_image": "the base of every image; default: python:3.13-slim-trixie",
        "yes": "ask nothing: take the defaults, and write",
        "dry_run": "show what would be written",
    }
)
def adopt(
    context: Context,
    name: str | None = None,
    registry: str | None = None,
    base_image: str | None = None,
    yes: bool = False,
    dry_run: bool = False,
) -> None:
    """Add the toolchain to the repo around it; shows first what it will write."""
    wishes = _Wishes(name, registry, base_image, yes, dry_run)
    cli.run_job(lambda host: _adopt(host, wishes))


@task
def adopt_check(context: Context) -> None:
    """Check how this repo has adopted the toolchain; exits with 1 on a problem."""
    cli.run_job(_check)


@task(help={"yes": "do not ask", "dry_run": "show what it would remove and keep"})
def unadopt(context: Context, yes: bool = False, dry_run: bool = False) -> None:
    """Remove the toolchain from this repo; keeps the user's own files."""
    cli.run_job(lambda host: _unadopt(host, yes=yes, dry_run=dry_run))


def _adopt(host: "Host", wishes: _Wishes) -> int:
    from helpers.adoption.adopting.adopt import carry_out, find_hidden, needs_writing, plan_adopt
    from helpers.adoption.adopting.hosting_service import hosting_service
    from helpers.adoption.existing.description import describe_project
    from helpers.console.adoption_view import by_hand_lines, next_lines
    from helpers.console.file_changes import diff_text
    from helpers.console.notices import tell_all

    found = _submodule()
    request = _request(host, found, wishes)
    plan = plan_adopt(found.repo, request)
    empty = describe_project(found.repo).is_empty
    to_write = needs_writing(found.repo, plan)
    if to_write and not (wishes.yes or wishes.dry_run):
        _check_terminal(host)
    print(diff_text(plan.changes), end="", flush=True)
    if to_write and not wishes.dry_run:
        if not (wishes.yes or cli.agreed("write it?")):
            print("nothing was written")
            return 0
        carry_out(found.repo, plan)
    elif not to_write:
        print("nothing to write: all that adopting writes is there")
    hidden = find_hidden(found.repo, [change.path for change in plan.changes])
    for line in by_hand_lines([*plan.by_hand, *hidden]):
        print(line)
    tell_all(plan.notices)
    if plan.to_lock:
        _lock_root(host, found, dry_run=wishes.dry_run)
    if not wishes.dry_run:
        service, pages = hosting_service(found.repo), f"{found.path}/docs"
        first = _first_commands(host, found, plan)
        for line in next_lines(*first, service, pages, empty=empty):
            print(line)
    return 0


def _lock_root(host: "Host", found: "Submodule", *, dry_run: bool) -> None:
    """Lock what the project at the root depends on, in its own Python.

    Raises:
        HelpersError: it cannot be locked; says how to go on.
    """
    if dry_run:
        print("then lock what the root depends on")
        return
    from helpers.adoption.adopting.record import remember
    from helpers.adoption.existing.create import lock_existing
    from helpers.console.dependencies import change_lines
    from helpers.managed_files.file_states import ABSENT, read_state
    from helpers.managed_files.written import Written
    from helpers.system.repo_files import load_repo

    repo = load_repo(found.repo)
    locked = lock_existing(repo, ".", host, cli.teller(repo))
    # It is locked because there was no lock file.
    new = [Written(name, ABSENT, read_state(found.repo / name)) for name in locked.written]
    remember(found.repo, new)
    for line in change_lines(locked, cli.root_name(repo)):
        print(line)


def _first_commands(host: "Host", found: "Submodule", plan: "AdoptPlan") -> tuple[str, str]:
    """What is sourced and what runs the tests, as typed where the user stands."""
    import os
    import shlex

    from helpers.adoption.adopting.adopt import sourced_file
    from helpers.adoption.adopting.shims import MAIN_PYTEST

    foreign = any(item.path == MAIN_PYTEST for item in plan.by_hand)
    names = (
        sourced_file(found.repo, found.path),
        f"{found.path}/{MAIN_PYTEST}" if foreign else MAIN_PYTEST,
    )
    paths = [os.path.relpath(found.repo / name, host.directory) for name in names]
    setenv, main_pytest = (path if path.startswith("..") else f"./{path}" for path in paths)
    return shlex.quote(setenv), shlex.quote(main_pytest)


def _request(host: "Host", found: "Submodule", wishes: _Wishes) -> "AdoptRequest":
    """What was given, asked for, or is the default; a repo with settings is asked nothing."""
    import sys
    from datetime import UTC, datetime

    from helpers.adoption.adopting.adopt import AdoptRequest, default_name
    from helpers.model.settings.config import CONFIG_FILE_NAME, DEFAULT_BASE_IMAGE

    defaults = (default_name(found.repo), "", DEFAULT_BASE_IMAGE)
    given = (wishes.name, wishes.registry, wishes.base_image)
    titles = ("name of the repo", "registry for its images", "base image")
    has_settings = (found.repo / CONFIG_FILE_NAME).exists()
    if has_settings and any(value is not None for value in given):
        what = f"{CONFIG_FILE_NAME} is there and stays as it is: write there what is to be changed"
        print(f"notice: {what}", file=sys.stderr)
    asks = not (wishes.yes or wishes.dry_run or has_settings or None not in given)
    if asks:
        _check_terminal(host)
    name, registry, base_image = (
        value if value is not None else _ask(title, default) if asks else default
        for title, value, default in zip(titles, given, defaults, strict=True)
    )
    today = datetime.now(UTC).date()
    return AdoptRequest(found.path, name, today, registry, base_image)


def _check_terminal(host: "Host") -> None:
    """Make sure that somebody can be asked."""
    if not host.is_terminal:
        from helpers.model.errors import HelpersError

        raise HelpersError(
            "there is no terminal to ask on, so nothing was done",
            fix="add --yes to take the defaults, or --dry-run to look at it first",
        )


def _ask(title: str, default: str) -> str:
    try:
        return input(f"{title} [{default or 'none'}]: ").strip() or default
    except EOFError:
        print()
        return default


def _check(host: "Host") -> int:
    from helpers.adoption.adopting.check import check_adoption
    from helpers.console.adoption_view import check_rows
    from helpers.console.tables import print_table

    checks = check_adoption(_submodule())
    print_table(("check", "state", "found", "fix"), check_rows(checks))
    return int(any(item.wrong for item in checks))


def _unadopt(host: "Host", *, yes: bool, dry_run: bool) -> int:
    # What runs is taken away while it runs: all that may be needed is loaded before.
    import helpers.console.errors  # noqa: F401
    from helpers.adoption.adopting.unadopt import plan_unadopt, take_out
    from helpers.adoption.superproject import check_nothing_is_lost
    from helpers.checkouts.hooks import carry_out
    from helpers.console.adoption_view import engine_lines, unadopt_lines
    from helpers.console.file_changes import diff_text

    found = _submodule()
    check_nothing_is_lost(found)
    plan = plan_unadopt(found)
    if not (yes or dry_run):
        _check_terminal(host)
    print(diff_text(change for change in plan.changes if change.after is not None), end="")
    for line in unadopt_lines(plan, found.path):
        print(line)
    repo, hooks = _hooks(found)
    for hook in hooks:
        print(f"goes: {hook.file}, the toolchain's part of it")
    if dry_run:
        return 0
    if not (yes or cli.agreed("take it out?")):
        print("nothing was changed")
        return 0
    if repo:
        carry_out(repo, hooks)
    take_out(found, plan)
    print("the toolchain is out: `git status` shows what is to be committed")
    for line in engine_lines(repo.config.name) if repo else ():
        print(line)
    print("`deactivate_helpers` ends `i` in this shell")
    return 0


def _hooks(found: "Submodule") -> "tuple[Repo | None, list[HookPlan]]":
    """The hooks that go with the toolchain; those of a repo around this one are not its own."""
    from helpers.checkouts.hooks import HookAction, plan_remove
    from helpers.model.errors import HelpersError
    from helpers.system.repo_files import load_repo

    try:
        repo = load_repo(found.repo)
    except HelpersError:
        return None, []  # half taken out already
    if repo.root != found.repo:
        return None, []
    going = (HookAction.REMOVE, HookAction.RESTORE)
    return repo, [hook for hook in plan_remove(repo) if hook.action in going]


def _submodule() -> "Submodule":
    """The toolchain that runs, as a submodule of the repo that it is in."""
    from helpers.adoption.superproject import find_submodule
    from helpers.system.locate import TOOLCHAIN_ROOT

    return find_submodule(TOOLCHAIN_ROOT)
