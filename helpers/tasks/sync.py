"""Tasks that keep files in step that many repos share."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import Options, option, required

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.model.managed_file import Take
    from helpers.repos.open_repos import OpenedRepo
    from helpers.sync.shared_files import Look
    from helpers.sync.sync_checkouts import SyncRequest
    from helpers.system.host import Host

_HERE = "."


class Check(Options):
    """Which shared files are looked at, and where."""

    path: tuple[str, ...] = option("only this shared file; repeatable", default=())
    repos: str = option(
        "in the repos that this file lists, a path or an address per line", default=""
    )


class Apply(Check):
    """Which shared files are written, and how."""

    take: str = option(
        "in conflicts: own keeps the repo's side, shared takes the toolchain's", default=""
    )
    commit: bool = option("commit what is written, and nothing else", default=False)
    branch: str = option("commit on this branch instead; the work tree stays as it is", default="")
    base: str = option("where a new branch starts, such as origin/main; default: HEAD", default="")
    pull_request: bool = option("push the branch, and open a pull request by gh", default=False)
    dry_run: bool = option("show what would be written, and write nothing", default=False)
    yes: bool = option("do not ask", default=False)


class Integrate(Options):
    """What is compared with what."""

    other: str = required("another checkout, or a folder of one", example="../other_repo")
    subdir: str = option("compare only this folder, relative to the repo's root", default="")
    apply: bool = option(
        "merge the other side's changes into the files here; commits nothing", default=False
    )


@command()
def sync_check(host: "Host", wanted: Check) -> int:
    """Show the state of this repo's shared files; exits with 1 if one is out of sync."""
    from helpers.console.sync_view import print_standings

    if wanted.repos:
        return _check_many(host, wanted)
    found = _look(host, wanted.path)
    print_standings(found.standings)
    return int(not found.in_step)


def _check_many(host: "Host", wanted: Check) -> int:
    from helpers.console.sync_view import print_checkouts
    from helpers.sync.sync_checkouts import SyncRequest, look_at_all

    request = SyncRequest(wanted.path, only_look=True)
    checkouts = look_at_all(_repos(host, wanted.repos), request)
    print_checkouts(
        [(one.name, one.found.standings if one.found else None, one.error) for one in checkouts]
    )
    if any(one.error for one in checkouts):
        return cli.USER_ERROR
    return int(not all(one.found and one.found.in_step for one in checkouts))


@command()
def sync_diff(host: "Host", wanted: Check) -> int:
    """Show how shared files differ: - is here, + is shared."""
    from helpers.console.file_changes import diff_text
    from helpers.model.managed_file import Take

    if wanted.repos:
        return _diff_many(host, wanted)
    found = _look(host, wanted.path, Take.SHARED)
    print(diff_text(item.change for item in found.standings if item.change), end="")
    return 0


def _diff_many(host: "Host", wanted: Check) -> int:
    from helpers.console.sync_view import print_diffs
    from helpers.model.managed_file import Take
    from helpers.sync.sync_checkouts import SyncRequest, look_at_all

    request = SyncRequest(wanted.path, Take.SHARED, only_look=True)
    checkouts = look_at_all(_repos(host, wanted.repos), request)
    print_diffs(
        [
            (one.name, [item.change for item in one.found.standings if item.change], one.error)
            if one.found
            else (one.name, [], one.error)
            for one in checkouts
        ]
    )
    return cli.USER_ERROR if any(one.error for one in checkouts) else 0


@command()
def integrate_diff(host: "Host", wanted: Integrate) -> int:
    """Compare shared code of two checkouts; exits with 1 on a conflict."""
    from helpers.console.file_changes import diff_text
    from helpers.console.integration_view import print_comparison
    from helpers.sync.integrate import bring_here, find_parts, integrate, overlap

    root, other = cli.find_repo(host).root, host.directory / wanted.other
    here, there = find_parts(root, other, wanted.subdir)
    found = integrate(here, there)
    print_comparison(found.rows, found.same, found.last.said)
    shown = diff_text(overlap(found))
    if shown:
        print(f"\n{shown}", end="")
    if wanted.apply and found.incoming:
        bring_here(found)
        trailer = cli.quoted(found.trailer)
        print(f"\nwritten, not committed. Commit it by: git commit --trailer {trailer}")
    return int(bool(found.conflicts))


@command()
def sync_apply(host: "Host", wanted: Apply) -> int:
    """Bring shared files in sync; shows conflicts as git does."""
    from helpers.model.managed_file import Take
    from helpers.sync.sync_checkouts import SyncRequest

    side = values.read_choice(Take, wanted.take, "--take")
    request = SyncRequest(wanted.path, side, wanted.commit, wanted.branch, wanted.base)
    if wanted.repos or wanted.commit or wanted.branch or wanted.base or wanted.pull_request:
        request = _check_branch(host, request, pull_request=wanted.pull_request)
        return _apply_many(host, request, wanted)
    return _apply(host, request, wanted)


def _apply(host: "Host", request: "SyncRequest", wanted: Apply) -> int:
    from helpers.console.file_changes import diff_text
    from helpers.console.sync_view import print_applied
    from helpers.managed_files.written import apply_changes
    from helpers.sync.shared_files import check_nothing_is_lost

    found = _look(host, request.paths, request.take)
    check_nothing_is_lost(found)
    print(diff_text(found.changes), end="", flush=True)
    if found.changes and not wanted.dry_run:
        if not _agreed(host, wanted):
            return 0
        apply_changes(found.place.root, found.changes)
    print_applied(found.standings, dry_run=wanted.dry_run)
    if found.in_step and not found.changes:
        print("in step: nothing to do")
    return int(bool(found.conflicts))


def _apply_many(host: "Host", request: "SyncRequest", wanted: Apply) -> int:
    from helpers.console.sync_view import print_diffs, print_outcomes
    from helpers.sync.sync_checkouts import act_on_all, look_at_all

    listed = _repos(host, wanted.repos) if wanted.repos else _here(host)
    checkouts = look_at_all(listed, request)
    print_diffs([(one.name, one.found.changes if one.found else (), None) for one in checkouts])
    changes = any(one.found and one.found.changes for one in checkouts)
    asks = (changes or request.gh is not None) and not wanted.dry_run
    if asks and not _agreed(host, wanted):
        return 0
    outcomes = act_on_all(checkouts, request, dry_run=wanted.dry_run)
    print_outcomes([(one.name, one.text, one.error) for one in outcomes])
    if any(one.error for one in outcomes):
        return cli.USER_ERROR
    return int(any(one.decide for one in outcomes))


def _check_branch(host: "Host", request: "SyncRequest", *, pull_request: bool) -> "SyncRequest":
    """The request, once what it says about a branch makes sense, with what opens pull requests."""
    from dataclasses import replace

    from helpers.sync.pull_request import find_gh

    values.not_both("--commit", "--branch", request.commit and request.branch)
    if (request.base or pull_request) and not request.branch:
        option = "--base" if request.base else "--pull-request"
        raise HelpersError(f"{option} is about a branch", fix=f"{option} ... --branch NAME")
    if not pull_request:
        return request
    return replace(request, gh=find_gh(host.environment.get("PATH", ""), request.branch))


def _here(host: "Host") -> "list[OpenedRepo]":
    from helpers.repos.open_repos import OpenedRepo
    from helpers.vcs.listed_repos import ListedRepo

    return [OpenedRepo(ListedRepo(_HERE, cli.find_repo(host).root))]


def _repos(host: "Host", repos: str) -> "list[OpenedRepo]":
    from helpers.tasks.repos import open_listed

    return open_listed(host, repos, fresh=True)


def _agreed(host: "Host", wanted: Apply) -> bool:
    return cli.agreed(host, "write this?", "nothing was written", yes=wanted.yes)


def _look(host: "Host", paths: "Sequence[str]", take: "Take | None" = None) -> "Look":
    import sys

    from helpers.model.managed_file import Take
    from helpers.sync.shared_files import look
    from helpers.sync.synced_checkout import find_place

    repo = cli.find_repo(host)
    found = look(find_place(repo.root), paths, take or Take.NEITHER)
    for notice in found.notices:
        print(f"notice: {notice}", file=sys.stderr)
    return found
