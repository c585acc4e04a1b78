"""Tasks that look at a repo and all its submodules at once."""

import sys
from typing import TYPE_CHECKING

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.system.host import Host


@task(
    help={
        "fetch": "fetch from the remotes first; default: show the last fetch",
        "json": "print JSON, for programs",
    }
)
def submodule_status(context: Context, fetch: bool = False, json: bool = False) -> None:
    """Show the state of the repo and each submodule; against remote and parent."""
    cli.run_job(lambda host: _status(host, fetch=fetch, json=json))


@task
def git_status(context: Context) -> None:
    """Show what differs in the repo and submodules; as git status -sb does."""
    cli.run_job(_git_status)


@task(
    help={
        "changed_since": "a branch, tag or commit: compare with where this branch left it",
        "stat": "how many lines of which files",
        "names": "only the paths, for programs",
    }
)
def git_diff(
    context: Context, changed_since: str = "", stat: bool = False, names: bool = False
) -> None:
    """Show the diff of the repo and its submodules; against the recorded commits."""
    cli.run_job(lambda host: _diff(host, changed_since, stat=stat, names=names))


@task(help={"dry_run": "say what would be done"})
def git_hooks_install(context: Context, dry_run: bool = False) -> None:
    """Check pushes of submodule commits; git refuses commits that others cannot get."""
    cli.run_job(lambda host: _hooks(host, install=True, dry_run=dry_run))


@task(help={"dry_run": "say what would be done"})
def git_hooks_remove(context: Context, dry_run: bool = False) -> None:
    """Remove git_hooks_install's hooks; restores your own."""
    cli.run_job(lambda host: _hooks(host, install=False, dry_run=dry_run))


def _status(host: "Host", *, fetch: bool, json: bool) -> int:
    from helpers.checkouts.status import read_status
    from helpers.console.checkouts import print_status, status_json

    root = cli.find_repo(host).root
    found = read_status(root, fetched=fetch)
    if json:
        print(status_json(found.checkouts, found.hints))
    else:
        elsewhere = "" if host.directory == root else str(root)
        print_status(found.checkouts, found.hints, elsewhere)
    return int(not found.complete)


def _git_status(host: "Host") -> None:
    from helpers.checkouts.status import read_details, read_status
    from helpers.console.checkouts import print_details

    root = cli.find_repo(host).root
    states = read_status(root, fetched=False).checkouts
    details = read_details(root, states, colours=_colours(host))
    print_details(states, details, colours=_colours(host))


def _diff(host: "Host", since: str, *, stat: bool, names: bool) -> int:
    from helpers.checkouts.difference import read_difference
    from helpers.console.checkouts import print_differences, print_names
    from helpers.model.checkouts.diff import DiffForm
    from helpers.model.errors import HelpersError

    if stat and names:
        raise HelpersError("--stat and --names exclude each other", fix="give one of them")
    form = DiffForm.STAT if stat else DiffForm.NAMES if names else DiffForm.PATCH
    root = cli.find_repo(host).root
    colours = _colours(host) and not names
    found = read_difference(root, since, form, colours=colours)
    if names:
        print_names(found)
    else:
        print_differences(found, colours=colours)
    return int(any(one.fault for one in found))


def _hooks(host: "Host", *, install: bool, dry_run: bool) -> int:
    from helpers.checkouts.hooks import HookAction, carry_out, plan_install, plan_remove
    from helpers.console.checkouts import print_hooks

    repo = cli.find_repo(host)
    plans = plan_install(repo) if install else plan_remove(repo)
    if not dry_run:
        carry_out(repo, plans)
    print_hooks([(plan.checkout, plan.action, str(plan.file)) for plan in plans], dry_run=dry_run)
    skipped = [plan for plan in plans if plan.action is HookAction.SKIP]
    for plan in skipped:
        print(f"{plan.checkout}: {plan.why}\n  fix: {plan.fix}", file=sys.stderr)
    return int(bool(skipped))


def _colours(host: "Host") -> bool:
    return host.is_terminal and not host.environment.get("NO_COLOR")
