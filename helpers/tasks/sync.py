"""Tasks that keep files in step that many repos share."""

from typing import TYPE_CHECKING

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from helpers.model.managed_file import Take
    from helpers.sync.shared_files import Look
    from helpers.sync.sync_checkouts import SyncRequest
    from helpers.system.host import Host

_PATH = "only this shared file; repeatable"
_REPOS = "in the checkouts that this file lists, a path per line"
_HERE = "."
_USER_ERROR = 2


@task(iterable=["path"], help={"path": _PATH, "repos": _REPOS})
def sync_check(context: Context, path: list[str] | None = None, repos: str = "") -> None:
    """Show the state of this repo's shared files; exits with 1 if one is out of sync."""
    cli.run_job(lambda host: _check(host, path or (), repos))


@task(iterable=["path"], help={"path": _PATH, "repos": _REPOS})
def sync_diff(context: Context, path: list[str] | None = None, repos: str = "") -> None:
    """Show how shared files differ: - is here, + is shared."""
    cli.run_job(lambda host: _diff(host, path or (), repos))


@task(
    help={
        "other": "another checkout, or a folder of one",
        "subdir": "compare only this folder, relative to the repo's root",
        "apply": "merge the other side's changes into the files here; commits nothing",
    }
)
def integrate_diff(context: Context, other: str, subdir: str = "", apply: bool = False) -> None:
    """Compare shared code of two checkouts; exits with 1 on a conflict."""
    cli.run_job(lambda host: _integrate(host, other, subdir, apply=apply))


@task(
    iterable=["path"],
    help={
        "path": _PATH,
        "take": "in conflicts: own keeps the repo's side, shared takes the toolchain's",
        "repos": _REPOS,
        "commit": "commit what is written, and nothing else",
        "branch": "commit on this branch instead; the work tree stays as it is",
        "base": "where a new branch starts, such as origin/main; default: HEAD",
        "pull_request": "push the branch, and open a pull request by gh",
        "dry_run": "show what would be written, and write nothing",
        "yes": "do not ask",
    },
)
def sync_apply(
    context: Context,
    path: list[str] | None = None,
    take: str = "",
    repos: str = "",
    commit: bool = False,
    branch: str = "",
    base: str = "",
    pull_request: bool = False,
    dry_run: bool = False,
    yes: bool = False,
) -> None:
    """Bring shared files in sync; shows conflicts as git does."""
    many = bool(repos or commit or branch or base or pull_request)

    def job(host: "Host") -> int:
        from helpers.model.managed_file import Take
        from helpers.sync.sync_checkouts import SyncRequest

        side = cli.read_choice(Take, take, "--take")
        request = SyncRequest(tuple(path or ()), side, commit, branch, base)
        if not many:
            return _apply(host, request, dry_run=dry_run, yes=yes)
        request = _check_branch(host, request, pull_request=pull_request)
        return _apply_many(host, request, repos, dry_run=dry_run, yes=yes)

    cli.run_job(job)


def _check(host: "Host", paths: "Sequence[str]", repos: str) -> int:
    from helpers.console.sync_view import print_standings

    if repos:
        return _check_many(host, paths, repos)
    found = _look(host, paths)
    print_standings(found.standings)
    return int(not found.in_step)


def _check_many(host: "Host", paths: "Sequence[str]", repos: str) -> int:
    from helpers.console.sync_view import print_checkouts
    from helpers.sync.sync_checkouts import SyncRequest, look_at_all

    listed = _repos(host, repos)
    checkouts = look_at_all(listed, SyncRequest(tuple(paths), only_look=True))
    print_checkouts(
        [(one.name, one.found.standings if one.found else None, one.error) for one in checkouts]
    )
    if any(one.error for one in checkouts):
        return _USER_ERROR
    return int(not all(one.found and one.found.in_step for one in checkouts))


def _diff(host: "Host", paths: "Sequence[str]", repos: str) -> int:
    from helpers.console.file_changes import diff_text
    from helpers.model.managed_file import Take

    if repos:
        return _diff_many(host, paths, repos)
    found = _look(host, paths, Take.SHARED)
    print(diff_text(item.change for item in found.standings if item.change), end="")
    return 0


def _diff_many(host: "Host", paths: "Sequence[str]", repos: str) -> int:
    from helpers.console.sync_view import print_diffs
    from helpers.model.managed_file import Take
    from helpers.sync.sync_checkouts import SyncRequest, look_at_all

    request = SyncRequest(tuple(paths), Take.SHARED, only_look=True)
    checkouts = look_at_all(_repos(host, repos), request)
    print_diffs(
        [
            (one.name, [item.change for item in one.found.standings if item.change], one.error)
            if one.found
            else (one.name, [], one.error)
            for one in checkouts
        ]
    )
    return _USER_ERROR if any(one.error for one in checkouts) else 0


def _apply(host: "Host", request: "SyncRequest", *, dry_run: bool, yes: bool) -> int:
    from helpers.console.file_changes import diff_text
    from helpers.console.sync_view import print_applied
    from helpers.managed_files.written import apply_changes
    from helpers.sync.shared_files import check_nothing_is_lost

    found = _look(host, request.paths, request.take)
    check_nothing_is_lost(found)
    print(diff_text(found.changes), end="", flush=True)
    if not dry_run and found.changes:
        if not _may(host, yes=yes):
            print("nothing was written")
            return 0
        apply_changes(found.place.root, found.changes)
    print_applied(found.standings, dry_run=dry_run)
    if found.in_step and not found.changes:
        print("in step: nothing to do")
    return int(bool(found.conflicts))


def _apply_many(
    host: "Host", request: "SyncRequest", repos: str, *, dry_run: bool, yes: bool
) -> int:
    from helpers.console.sync_view import print_diffs, print_outcomes
    from helpers.sync.sync_checkouts import act_on_all, look_at_all

    listed = _repos(host, repos) if repos else [(_HERE, cli.find_repo(host).root)]
    checkouts = look_at_all(listed, request)
    print_diffs([(one.name, one.found.changes if one.found else (), None) for one in checkouts])
    changes = any(one.found and one.found.changes for one in checkouts)
    asks = (changes or request.gh is not None) and not dry_run
    if asks and not _may(host, yes=yes):
        print("nothing was written")
        return 0
    outcomes = act_on_all(checkouts, request, dry_run=dry_run)
    print_outcomes([(one.name, one.text, one.error) for one in outcomes])
    if any(one.error for one in outcomes):
        return _USER_ERROR
    return int(any(one.decide for one in outcomes))


def _check_branch(host: "Host", request: "SyncRequest", *, pull_request: bool) -> "SyncRequest":
    """The request, once what it says about a branch makes sense, with what opens pull requests."""
    from dataclasses import replace

    from helpers.model.errors import HelpersError
    from helpers.sync.pull_request import find_gh

    if request.commit and request.branch:
        raise HelpersError("--commit and --branch exclude each other", fix="give one of them")
    if (request.base or pull_request) and not request.branch:
        option = "--base" if request.base else "--pull-request"
        raise HelpersError(f"{option} is about a branch", fix=f"{option} ... --branch NAME")
    if not pull_request:
        return request
    return replace(request, gh=find_gh(host.environment.get("PATH", ""), request.branch))


def _repos(host: "Host", repos: str) -> "list[tuple[str, Path]]":
    from helpers.sync.sync_checkouts import read_repos

    return read_repos(host.directory / repos)


def _integrate(host: "Host", other: str, subdir: str, *, apply: bool) -> int:
    from helpers.console.file_changes import diff_text
    from helpers.console.integration_view import print_comparison
    from helpers.sync.integrate import bring_here, find_parts, integrate, overlap

    here, there = find_parts(cli.find_repo(host).root, host.directory / other, subdir)
    found = integrate(here, there)
    print_comparison(found.rows, found.same, found.last.said)
    shown = diff_text(overlap(found))
    if shown:
        print(f"\n{shown}", end="")
    if apply and found.incoming:
        bring_here(found)
        print(f"\nwritten, not committed. Commit it by: git commit --trailer '{found.trailer}'")
    return int(bool(found.conflicts))


def _may(host: "Host", *, yes: bool) -> bool:
    """Whether the user agrees; without a terminal only `--yes` says so."""
    from helpers.model.errors import HelpersError

    if yes:
        return True
    if not host.is_terminal:
        raise HelpersError(
            "cannot ask without a terminal",
            fix="add --yes, or --dry-run to look first",
        )
    return cli.agreed("write this?")


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
