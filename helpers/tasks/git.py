"""Tasks of git that move a repo and all its submodules at once, and lose nobody's work."""

from typing import TYPE_CHECKING

from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import Options, option, required

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from helpers.model.checkouts.move_outcomes import MoveOutcome
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class Pull(Options):
    """How the repo is pulled."""

    dry_run: bool = option("fetch, and say what would be done", default=False)


class OfSubmodules(Options):
    """Which submodules are meant."""

    submodule: tuple[str, ...] = option(
        "only this submodule, by its path; repeatable; default: all", default=()
    )


class PullSubmodules(Pull, OfSubmodules):
    """Which submodules are pulled, and how."""


class RollForward(OfSubmodules):
    """Which submodules are moved, and whether they stay there."""

    branch: str = option(
        "the remote's branch; default: the one that the submodule follows", default=""
    )
    no_tests: bool = option("do not run the affected tests", default=False)
    keep: bool = option("keep the new commits checked out when tests fail", default=False)
    dry_run: bool = option("show the new commits, and move nothing", default=False)


class Create(Options):
    """Which branch is made, and where."""

    name: str = required("the branch's name", example="add_pandas")
    from_: str = option(
        "where it starts: a branch, tag or commit; default: the checked-out commit", default=""
    )
    all: bool = option(
        "in every checkout; default: those with changes, and their parents", default=False
    )
    dry_run: bool = option("say where it would be made", default=False)


class Delete(Options):
    """Which branches are deleted."""

    into: str = option(
        "the branch that they were merged into; default: the remote's main branch", default=""
    )
    squashed: bool = option(
        "also branches whose changes were merged as other commits", default=False
    )
    remote: bool = option("also their upstream branches, if those were merged", default=False)
    dry_run: bool = option("show what it would delete", default=False)
    yes: bool = option("do not ask", default=False)


class Clean(Options):
    """Which files are removed."""

    ignored: bool = option(
        "also ignored files, except the toolchain's results: use docker_clean for those",
        default=False,
    )
    dry_run: bool = option("show what it would remove", default=False)
    yes: bool = option("do not ask", default=False)


@command()
def git_fetch(host: "Host") -> int:
    """Fetch in the repo and its submodules at once."""
    from helpers.checkouts.pull import fetch_everything

    return _tell(fetch_everything(cli.find_repo(host).root))


@command()
def git_pull(host: "Host", wanted: Pull) -> int:
    """Fast-forward the repo; then its submodules to the recorded commits."""
    from helpers.checkouts.pull import pull_everything

    return _tell(pull_everything(cli.find_repo(host).root, _today(), dry_run=wanted.dry_run))


@command()
def submodule_pull(host: "Host", wanted: PullSubmodules) -> int:
    """Fast-forward submodules; each along the branch that it follows."""
    from helpers.checkouts.pull_submodules import pull_submodules

    root = cli.find_repo(host).root
    return _tell(pull_submodules(root, wanted.submodule, dry_run=wanted.dry_run))


@command()
def submodule_sync(host: "Host", wanted: PullSubmodules) -> int:
    """Check out submodules as the repo records them; a branch keeps stray commits."""
    from helpers.checkouts.sync_submodules import SyncOptions, sync_submodules

    options = SyncOptions(_today(), dry_run=wanted.dry_run)
    return _tell(sync_submodules(cli.find_repo(host).root, wanted.submodule, options))


@command()
def submodule_roll_forward(host: "Host", wanted: RollForward) -> int:
    """Move submodules to their newest commits; runs the affected tests, then commits."""
    from helpers.checkouts.roll_forward import roll
    from helpers.checkouts.roll_plan import RollRequest, plan_roll, roll_message, would_roll

    repo = cli.find_repo(host)
    request = RollRequest(wanted.submodule, repo.toolchain, wanted.branch, wanted.keep)
    steps, told = plan_roll(repo.root, request)
    if wanted.dry_run:
        status = _tell([*told, *would_roll(steps)])
        if steps:
            print(f"\n{roll_message(steps)}", end="", flush=True)
        return status
    test = (lambda: 0) if wanted.no_tests else (lambda: _test_affected(repo))
    return _tell([*told, *roll(repo.root, steps, request, _today(), test)])


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


@command()
def git_branch_create(host: "Host", wanted: Create) -> int:
    """Make a branch in many checkouts; check it out: in all of them, or in none."""
    from helpers.checkouts.branch_create import NewBranch, create_branches

    branch = NewBranch(wanted.name, wanted.from_, everywhere=wanted.all)
    return _tell(create_branches(cli.find_repo(host).root, branch, dry_run=wanted.dry_run))


@command()
def git_branch_delete_merged(host: "Host", wanted: Delete) -> int:
    """Delete merged branches; in the repo and all its submodules."""
    from helpers.checkouts.branch_delete import (
        DeleteOptions,
        delete_merged,
        find_merged,
        how_to_get_back,
        why_it_goes,
    )
    from helpers.console.moves import print_branches

    root = cli.find_repo(host).root
    options = DeleteOptions(wanted.into, wanted.squashed, wanted.remote)
    merged, others = find_merged(root, options)
    print_branches(
        [
            (one.state.path, one.branch.name, why_it_goes(one), how_to_get_back(one))
            for one in merged
        ]
    )
    status = _tell(others) if others else 0
    if wanted.dry_run or not merged:
        return status
    if not cli.agreed(host, "delete these branches?", "no branch was deleted", yes=wanted.yes):
        return status
    return _tell(delete_merged(root, merged, options)) or status


@command()
def git_clean(host: "Host", wanted: Clean) -> int:
    """Show or remove untracked files; of the repo and all its submodules."""
    from helpers.checkouts.clean import find_litter, grouped, remove_litter
    from helpers.console.moves import print_litter

    root = cli.find_repo(host).root
    found, others = find_litter(root, ignored=wanted.ignored)
    rows = [(one.path, name, number) for one in found for name, number in grouped(one)]
    repos = [f"{one.path}/{repo}".removeprefix("./") for one in found for repo in one.repos]
    print_litter(rows, repos, sum(one.size for one in found))
    status = _tell(others) if others else 0
    if wanted.dry_run or not rows:
        return status
    if not wanted.yes and not host.is_terminal:
        print(f"nothing was removed; to do so: i git_clean{' --ignored' * wanted.ignored} --yes")
        return status
    if not cli.agreed(host, "remove these files?", "nothing was removed", yes=wanted.yes):
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
