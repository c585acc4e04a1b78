"""Tasks of git that move a repo and all its submodules at once, and lose nobody's work."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from helpers.tasks import edge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from helpers.model.moves import Outcome
    from helpers.system.host import Host


@task
def git_fetch(context: Context) -> None:
    """Fetch in the repo and all its submodules at once."""
    edge.run_job(_fetch)


@task
def git_pull(context: Context) -> None:
    """Fast-forward the repo, and bring its submodules to what it then records."""
    edge.run_job(_pull)


@task(
    help={"submodule": "this submodule, by its path; may be repeated; all of them by default"},
    iterable=["submodule"],
)
def submodule_pull(context: Context, submodule: list[str]) -> None:
    """Fast-forward submodules to the branches that they follow, all at once."""
    edge.run_job(lambda host: _submodule_pull(host, submodule))


@task(
    help={"submodule": "this submodule, by its path; may be repeated; all of them by default"},
    iterable=["submodule"],
)
def submodule_sync(context: Context, submodule: list[str]) -> None:
    """Bring submodules to the commits that the repo records; a branch keeps stray commits."""
    edge.run_job(lambda host: _submodule_sync(host, submodule))


def _fetch(host: "Host") -> int:
    from helpers.checkouts.pull import fetch_everything

    return _tell(fetch_everything(edge.find_repo(host).root))


def _pull(host: "Host") -> int:
    from helpers.checkouts.pull import pull_everything

    return _tell(pull_everything(edge.find_repo(host).root, _today()))


def _submodule_pull(host: "Host", submodule: "Sequence[str]") -> int:
    from helpers.checkouts.follow import pull_submodules

    return _tell(pull_submodules(edge.find_repo(host).root, submodule))


def _submodule_sync(host: "Host", submodule: "Sequence[str]") -> int:
    from helpers.checkouts.recorded import Way, sync_submodules

    return _tell(sync_submodules(edge.find_repo(host).root, submodule, Way(_today())))


def _tell(outcomes: "Sequence[Outcome]") -> int:
    """Print what became of each; 1 when something was refused or failed."""
    from helpers.console.moves import print_outcomes
    from helpers.model.moves import is_bad

    print_outcomes(outcomes)
    return int(is_bad(outcomes))


def _today() -> "date":
    from datetime import UTC, datetime

    return datetime.now(UTC).date()
