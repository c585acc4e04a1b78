"""Tasks that bring the toolchain into a repo, look after it there, and take it out again."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import Options, option

if TYPE_CHECKING:
    from helpers.adoption.adopting.adopt import AdoptRequest
    from helpers.adoption.superproject import Submodule
    from helpers.checkouts.hooks import HookPlan
    from helpers.model.adoption import AdoptPlan
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class Adopt(Options):
    """What the repo's settings will say; None: not given."""

    name: str | None = option("the repo's name; default: its folder's", default=None)
    registry: str | None = option(
        "where images are released to: <host>[:<port>][/<path>]; default: none", default=None
    )
    base_image: str | None = option(
        "the base of every image; default: python:3.13-slim-trixie", default=None
    )
    yes: bool = option("ask nothing: take the defaults, and write", default=False)
    dry_run: bool = option("show what would be written", default=False)


class Unadopt(Options):
    """Whether the toolchain is removed, or what would be."""

    yes: bool = option("do not ask", default=False)
    dry_run: bool = option("show what it would remove and keep", default=False)


@command()
def adopt(host: "Host", wanted: Adopt) -> int:
    """Add the toolchain to the repo around it; shows first what it will write."""
    from helpers.adoption.adopting.adopt import carry_out, find_hidden, needs_writing, plan_adopt
    from helpers.adoption.adopting.hosting_service import hosting_service
    from helpers.adoption.existing.description import describe_project
    from helpers.console.adoption_view import by_hand_lines, next_lines
    from helpers.console.file_changes import diff_text
    from helpers.console.notices import tell_all

    found = _submodule()
    request = _request(host, found, wanted)
    plan = plan_adopt(found.repo, request)
    empty = describe_project(found.repo).is_empty
    to_write = needs_writing(found.repo, plan)
    if to_write and not (wanted.yes or wanted.dry_run):
        cli.check_terminal(host)
    print(diff_text(plan.changes), end="", flush=True)
    if to_write and not wanted.dry_run:
        if not cli.agreed(host, "write it?", "nothing was written", yes=wanted.yes):
            return 0
        carry_out(found.repo, plan)
    elif not to_write:
        print("nothing to write: all that adopting writes is there")
    hidden = find_hidden(found.repo, [change.path for change in plan.changes])
    for line in by_hand_lines([*plan.by_hand, *hidden]):
        print(line)
    tell_all(plan.notices)
    if plan.to_lock:
        _lock_root(host, found, dry_run=wanted.dry_run)
    if not wanted.dry_run:
        first = _first_commands(host, found, plan)
        for line in next_lines(*first, hosting_service(found.repo), empty=empty):
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


def _request(host: "Host", found: "Submodule", wanted: Adopt) -> "AdoptRequest":
    """What was given, asked for, or is the default; a repo with settings is asked nothing."""
    import sys
    from datetime import UTC, datetime

    from helpers.adoption.adopting.adopt import AdoptRequest, default_name
    from helpers.model.settings.config import DEFAULT_BASE_IMAGE
    from helpers.model.settings.file_names import CONFIG_FILE_NAME

    defaults = (default_name(found.repo), "", DEFAULT_BASE_IMAGE)
    given = (wanted.name, wanted.registry, wanted.base_image)
    titles = ("name of the repo", "registry for its images", "base image")
    has_settings = (found.repo / CONFIG_FILE_NAME).exists()
    if has_settings and any(value is not None for value in given):
        what = f"{CONFIG_FILE_NAME} is there and stays as it is: write there what is to be changed"
        print(f"notice: {what}", file=sys.stderr)
    asks = not (wanted.yes or wanted.dry_run or has_settings or None not in given)
    if asks:
        cli.check_terminal(host)
    name, registry, base_image = (
        value if value is not None else _ask(title, default) if asks else default
        for title, value, default in zip(titles, given, defaults, strict=True)
    )
    today = datetime.now(UTC).date()
    return AdoptRequest(found.path, name, today, registry, base_image)


def _ask(title: str, default: str) -> str:
    try:
        return input(f"{title} [{default or 'none'}]: ").strip() or default
    except EOFError:
        print()
        return default


@command()
def adopt_check(host: "Host") -> int:
    """Check how this repo has adopted the toolchain; exits with 1 on a problem."""
    from helpers.adoption.adopting.check import check_adoption
    from helpers.console.adoption_view import check_rows
    from helpers.console.tables import print_table

    checks = check_adoption(_submodule())
    print_table(("check", "state", "found", "fix"), check_rows(checks))
    return int(any(item.wrong for item in checks))


@command()
def unadopt(host: "Host", wanted: Unadopt) -> int:
    """Remove the toolchain from this repo; keeps the user's own files."""
    from helpers.adoption.adopting.unadopt import plan_unadopt, take_out
    from helpers.adoption.superproject import check_nothing_is_lost
    from helpers.checkouts.hooks import carry_out
    from helpers.console.adoption_view import engine_lines, unadopt_lines
    from helpers.console.file_changes import diff_text

    found = _submodule()
    check_nothing_is_lost(found)
    plan = plan_unadopt(found)
    if not (wanted.yes or wanted.dry_run):
        cli.check_terminal(host)
    print(diff_text(change for change in plan.changes if change.after is not None), end="")
    for line in unadopt_lines(plan, found.path):
        print(line)
    repo, hooks = _hooks(found)
    for hook in hooks:
        print(f"goes: {hook.file}, the toolchain's part of it")
    if wanted.dry_run:
        return 0
    if not cli.agreed(host, "take it out?", "nothing was changed", yes=wanted.yes):
        return 0
    if repo:
        carry_out(hooks)
    take_out(found, plan)
    print("the toolchain is out: `git status` shows what is to be committed")
    for line in engine_lines(repo.config.name) if repo else ():
        print(line)
    print("`deactivate_helpers` ends `i` in this shell")
    return 0


def _hooks(found: "Submodule") -> "tuple[Repo | None, list[HookPlan]]":
    """The hooks that go with the toolchain; those of a repo around this one are not its own."""
    from helpers.checkouts.hooks import HookAction, plan_remove
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
