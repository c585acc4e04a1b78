"""Tasks that look at a repo and all its submodules at once."""

import sys
from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import Options, option

if TYPE_CHECKING:
    from helpers.system.host import Host


class Status(Options):
    """How the state is found, and shown."""

    fetch: bool = option(
        "fetch from the remotes first; default: show the last fetch", default=False
    )
    json: bool = option("print JSON, for programs", default=False)


class Diff(Options):
    """What is compared, and how it is shown."""

    changed_since: str = option(
        "a branch, tag or commit: compare with where this branch left it", default=""
    )
    stat: bool = option("how many lines of which files", default=False)
    names: bool = option("only the paths, for programs", default=False)


class Hooks(Options):
    """Whether hooks are written."""

    dry_run: bool = option("say what would be done", default=False)


@command()
def submodule_status(host: "Host", wanted: Status) -> int:
    """Show the state of the repo and each submodule; against remote and parent."""
    from helpers.checkouts.status import read_status
    from helpers.console.checkouts import print_status, status_json

    root = cli.find_repo(host).root
    found = read_status(root, fetched=wanted.fetch)
    if wanted.json:
        print(status_json(found.checkouts, found.hints))
    else:
        elsewhere = "" if host.directory == root else str(root)
        print_status(found.checkouts, found.hints, elsewhere)
    return int(not found.complete)


@command()
def git_status(host: "Host") -> None:
    """Show what differs in the repo and submodules; as git status -sb does."""
    from helpers.checkouts.status import read_details, read_status
    from helpers.console.checkouts import print_details

    root = cli.find_repo(host).root
    states = read_status(root, fetched=False).checkouts
    details = read_details(root, states, colours=_colours(host))
    print_details(states, details, colours=_colours(host))


@command()
def git_diff(host: "Host", wanted: Diff) -> int:
    """Show the diff of the repo and its submodules; against the recorded commits."""
    from helpers.checkouts.difference import read_difference
    from helpers.console.checkouts import print_differences, print_names
    from helpers.model.checkouts.diff import DiffForm

    values.not_both("--stat", "--names", wanted.stat and wanted.names)
    form = DiffForm.STAT if wanted.stat else DiffForm.NAMES if wanted.names else DiffForm.PATCH
    root = cli.find_repo(host).root
    colours = _colours(host) and not wanted.names
    found = read_difference(root, wanted.changed_since, form, colours=colours)
    if wanted.names:
        print_names(found)
    else:
        print_differences(found, colours=colours)
    return int(any(one.fault for one in found))


@command()
def git_hooks_install(host: "Host", wanted: Hooks) -> int:
    """Check pushes of submodule commits; git refuses commits that others cannot get."""
    return _hooks(host, install=True, dry_run=wanted.dry_run)


@command()
def git_hooks_remove(host: "Host", wanted: Hooks) -> int:
    """Remove git_hooks_install's hooks; restores your own."""
    return _hooks(host, install=False, dry_run=wanted.dry_run)


def _hooks(host: "Host", *, install: bool, dry_run: bool) -> int:
    from helpers.checkouts.hooks import HookAction, carry_out, plan_install, plan_remove
    from helpers.console.checkouts import print_hooks

    repo = cli.find_repo(host)
    plans = plan_install(repo) if install else plan_remove(repo)
    if not dry_run:
        carry_out(plans)
    print_hooks([(plan.checkout, plan.action, str(plan.file)) for plan in plans], dry_run=dry_run)
    skipped = [plan for plan in plans if plan.action is HookAction.SKIP]
    for plan in skipped:
        print(f"{plan.checkout}: {plan.why}\n  fix: {plan.fix}", file=sys.stderr)
    return int(bool(skipped))


def _colours(host: "Host") -> bool:
    return host.is_terminal and not host.environment.get("NO_COLOR")
