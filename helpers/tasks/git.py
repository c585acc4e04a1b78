"""Tasks of git that move a repo and all its submodules at once, and lose nobody's work."""

from typing import TYPE_CHECKING

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from helpers.model.checkouts.move_outcomes import MoveOutcome
    from helpers.model.repo import Repo
    from helpers.system.host import Host


@task
def git_fetch(context: Context) -> None:
    """Fetch in the repo and its submodules at once."""
    cli.run_job(_fetch)


@task(help={"dry_run": "fetch, and say what would be done"})
def git_pull(context: Context, dry_run: bool = False) -> None:
    """Fast-forward the repo; then its submodules to the recorded commits."""
    cli.run_job(lambda host: _pull(host, dry_run=dry_run))


@task(
    help={
        "submodule": "only this submodule, by its path; repeatable; default: all",
        "dry_run": "fetch, and say what would be done",
    },
    iterable=["submodule"],
)
def submodule_pull(
    context: Context, submodule: list[str] | None = None, dry_run: bool = False
) -> None:
    """Fast-forward submodules; each along the branch that it follows."""
    cli.run_job(lambda host: _submodule_pull(host, submodule or (), dry_run=dry_run))


@task(
    help={
        "submodule": "only this submodule, by its path; repeatable; default: all",
        "dry_run": "fetch, and say what would be done",
    },
    iterable=["submodule"],
)
def submodule_sync(
    context: Context, submodule: list[str] | None = None, dry_run: bool = False
) -> None:
    """Check out submodules as the repo records them; a branch keeps stray commits."""
    cli.run_job(lambda host: _submodule_sync(host, submodule or (), dry_run=dry_run))


@task(
    help={
        "submodule": "only this submodule, by its path; repeatable; default: all",
        "branch": "the remote's branch; default: the one that the submodule follows",
        "no_tests": "do not run the affected tests",
        "keep": "keep the new commits checked out when tests fail",
        "dry_run": "show the new commits, and move nothing",
    },
    iterable=["submodule"],
)
def submodule_roll_forward(
    context: Context,
    submodule: list[str] | None = None,
    branch: str = "",
    no_tests: bool = False,
    keep: bool = False,
    dry_run: bool = False,
) -> None:
    """Move submodules to their newest commits; runs the affected tests, then commits."""
    chosen = tuple(submodule or ())
    cli.run_job(lambda host: _roll(host, chosen, branch, not no_tests, keep, dry_run))


@task(
    help={
        "name": "the branch's name",
        "from_": "where it starts: a branch, tag or commit; default: the checked-out commit",
        "all": "in every checkout; default: those with changes, and their parents",
        "dry_run": "say where it would be made",
    }
)
def git_branch_create(
    context: Context, name: str, from_: str = "", all: bool = False, dry_run: bool = False
) -> None:
    """Make a branch in many checkouts; check it out: in all of them, or in none."""
    cli.run_job(lambda host: _create(host, name, from_, all=all, dry_run=dry_run))


@task(
    help={
        "into": "the branch that they were merged into; default: the remote's main branch",
        "squashed": "also branches whose changes were merged as other commits",
        "remote": "also their upstream branches, if those were merged",
        "dry_run": "show what it would delete",
        "yes": "do not ask",
    }
)
def git_branch_delete_merged(
    context: Context,
    into: str = "",
    squashed: bool = False,
    remote: bool = False,
    dry_run: bool = False,
    yes: bool = False,
) -> None:
    """Delete merged branches; in the repo and all its submodules."""
    cli.run_job(lambda host: _delete(host, into, squashed, remote, dry_run, yes))


@task(
    help={
        "ignored": "also ignored files, except the toolchain's results: use docker_clean for those",
        "dry_run": "show what it would remove",
        "yes": "do not ask",
    }
)
def git_clean(
    context: Context, ignored: bool = False, dry_run: bool = False, yes: bool = False
) -> None:
    """Show or remove untracked files; of the repo and all its submodules."""
    cli.run_job(lambda host: _clean(host, ignored=ignored, dry_run=dry_run, yes=yes))


def _fetch(host: "Host") -> int:
    from helpers.checkouts.pull import fetch_everything

    return _tell(fetch_everything(cli.find_repo(host).root))


def _pull(host: "Host", *, dry_run: bool) -> int:
    from helpers.checkouts.pull import pull_everything

    return _tell(pull_everything(cli.find_repo(host).root, _today(), dry_run=dry_run))


def _submodule_pull(host: "Host", submodule: "Sequence[str]", *, dry_run: bool) -> int:
    from helpers.checkouts.pull_submodules import pull_submodules

    return _tell(pull_submodules(cli.find_repo(host).root, submodule, dry_run=dry_run))


def _submodule_sync(host: "Host", submodule: "Sequence[str]", *, dry_run: bool) -> int:
    from helpers.checkouts.sync_submodules import SyncOptions, sync_submodules

    return _tell(
        sync_submodules(cli.find_repo(host).root, submodule, SyncOptions(_today(), dry_run=dry_run))
    )


def _roll(
    host: "Host", submodules: "Sequence[str]", branch: str, tests: bool, keep: bool, dry_run: bool
) -> int:
    from helpers.checkouts.roll_forward import roll
    from helpers.checkouts.roll_plan import RollRequest, plan_roll, roll_message, would_roll

    repo = cli.find_repo(host)
    wanted = RollRequest(submodules, repo.toolchain, branch, keep)
    steps, told = plan_roll(repo.root, wanted)
    if dry_run:
        status = _tell([*told, *would_roll(steps)])
        if steps:
            print(f"\n{roll_message(steps)}", end="", flush=True)
        return status
    test = (lambda: _test_affected(repo)) if tests else (lambda: 0)
    return _tell([*told, *roll(repo.root, steps, wanted, _today(), test)])


def _test_affected(repo: "Repo") -> int:
    """Run the tests of what differs from the last commit; 0 when they pass."""
    import sys

    from helpers.system.process import attach
    from helpers.vcs.discovery import discover_dirs

    if not discover_dirs(repo):
        print("no runnable dir: there is nothing to test", flush=True)
        return 0
    main_pytest = repo.toolchain / "main_pytest.py"
    return attach([sys.executable, "-I", main_pytest, "--changed"], cwd=repo.root, says=True)


def _create(host: "Host", name: str, start: str, *, all: bool, dry_run: bool) -> int:
    from helpers.checkouts.branch_create import NewBranch, create_branches

    wanted = NewBranch(name, start, everywhere=all)
    return _tell(create_branches(cli.find_repo(host).root, wanted, dry_run=dry_run))


def _delete(host: "Host", into: str, squashed: bool, remote: bool, dry_run: bool, yes: bool) -> int:
    from helpers.checkouts.branch_delete import (
        DeleteOptions,
        delete_merged,
        find_merged,
        how_to_get_back,
        why_it_goes,
    )
    from helpers.console.moves import print_branches
    from helpers.model.errors import HelpersError

    root = cli.find_repo(host).root
    wanted = DeleteOptions(into, squashed, remote)
    merged, others = find_merged(root, wanted)
    print_branches(
        [
            (one.state.path, one.branch.name, why_it_goes(one), how_to_get_back(one))
            for one in merged
        ]
    )
    status = _tell(others) if others else 0
    if dry_run or not merged:
        return status
    if not yes and not host.is_terminal:
        raise HelpersError(
            "cannot ask without a terminal",
            fix="add --yes, or --dry-run to look first",
        )
    if not yes and not cli.agreed("delete these branches?"):
        print("no branch was deleted")
        return status
    return _tell(delete_merged(root, merged, wanted)) or status


def _clean(host: "Host", *, ignored: bool, dry_run: bool, yes: bool) -> int:
    from helpers.checkouts.clean import find_litter, grouped, remove_litter
    from helpers.console.moves import print_litter

    root = cli.find_repo(host).root
    found, others = find_litter(root, ignored=ignored)
    rows = [(one.path, name, number) for one in found for name, number in grouped(one)]
    repos = [f"{one.path}/{repo}".removeprefix("./") for one in found for repo in one.repos]
    print_litter(rows, repos, sum(one.size for one in found))
    status = _tell(others) if others else 0
    if dry_run or not rows:
        return status
    if not yes and not host.is_terminal:
        print(f"nothing was removed; to do so: i git_clean{' --ignored' * ignored} --yes")
        return status
    if not yes and not cli.agreed("remove these files?"):
        print("nothing was removed")
        return status
    return _tell(remove_litter(root, found)) or status


def _tell(outcomes: "Sequence[MoveOutcome]") -> int:
    """Print each outcome; return 1 when something was refused or failed."""
    from helpers.console.moves import print_outcomes

    print_outcomes(outcomes)
    return int(any(one.is_bad for one in outcomes))


def _today() -> "date":
    from datetime import UTC, datetime

    return datetime.now(UTC).date()
