"""`--repos FILE` of tasks that update a repo: each that the file lists, on a branch of its own."""

from typing import TYPE_CHECKING, Protocol

from helpers.model.errors import HelpersError
from helpers.tasks import cli

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from helpers.model.repo_commands import CommandOutcome
    from helpers.repos.open_repos import OpenedRepo
    from helpers.repos.run_command import Started
    from helpers.system.host import Host

# Of `i repo_update`: what is committed did not get to the remote, or has no pull request yet.
_MEANINGS = {1: "left to you"}


class OfManyRepos(Protocol):
    """Options of a task that takes `--repos`."""

    @property
    def repos(self) -> str:
        """The file that lists them."""

    @property
    def yes(self) -> bool:
        """Do not ask."""

    @property
    def dry_run(self) -> bool:
        """Show what would change, and change nothing."""


def update_each(host: "Host", wanted: OfManyRepos, only: str, *words: str) -> int:
    """Update one part of each repo of a list.

    Args:
        only: the part, as `i repo_update` names it.
        words: further options of that.
    """
    from helpers.tasks.repos import show_outcomes

    repos = _open(host, wanted)
    if wanted.dry_run:
        command = ("repo_update", "--only", only, "--dry-run", *words)
        return show_outcomes(_run(host, repos, command), says="last")
    if not _agreed(host, repos, wanted):
        return 0
    return show_outcomes(_update(host, repos, only, *words), says="last", meanings=_MEANINGS)


def upgrade_each(host: "Host", wanted: OfManyRepos, first: int, to: "Sequence[str]") -> int:
    """Upgrade the toolchain of each repo of a list.

    Args:
        first: how many are upgraded and tested before the others; 0: all at once, untested.
        to: which version, as an option of `i repo_update`.
    """
    from helpers.model.numbers import counted
    from helpers.tasks.repos import show_outcomes

    repos = _open(host, wanted)
    if wanted.dry_run:
        would = _run(host, repos, ("helpers_upgrade", "--dry-run", *to))
        return show_outcomes(would, says="first")
    if not _agreed(host, repos, wanted):
        return 0
    outcomes = _update(host, repos[:first], "toolchain", "--test", *to)
    have_passed = all(one.status == 0 or one.status in _MEANINGS for one in outcomes)
    if have_passed:
        outcomes += _update(host, repos[first:], "toolchain", *to)
    status = show_outcomes(outcomes, says="last", meanings=_MEANINGS)
    if have_passed:
        return status
    left = counted(len(repos) - len(outcomes), "repo")
    print(f"\n{left} left as before, since the first did not all pass")
    print(f"  undo: i helpers_upgrade --repos {cli.quoted(wanted.repos)} --undo")
    return status


def check_alone(given: "Mapping[str, object]") -> None:
    """Refuse options that have no meaning beside `--repos`.

    Args:
        given: their values by how they are typed.

    Raises:
        HelpersError: one was given.
    """
    for name, value in given.items():
        if value:
            raise HelpersError(
                f"--repos and {name} exclude each other", fix=f"leave --repos or {name} out"
            )


def _open(host: "Host", wanted: OfManyRepos) -> "list[OpenedRepo]":
    from helpers.tasks.repos import open_listed

    return open_listed(host, wanted.repos, fresh=True)


def _agreed(host: "Host", repos: "Sequence[OpenedRepo]", wanted: OfManyRepos) -> bool:
    from helpers.model.numbers import counted

    for one in repos:
        print(f"  {one.name}")
    question = f"update {counted(len(repos), 'repo')}, each on a branch?"
    return cli.agreed(host, question, "nothing was changed", yes=wanted.yes)


def _update(
    host: "Host", repos: "Sequence[OpenedRepo]", only: str, *words: str
) -> "list[CommandOutcome]":
    return _run(host, repos, ("repo_update", "--only", only, "--back", "--yes", *words))


def _run(
    host: "Host", repos: "Sequence[OpenedRepo]", words: "Sequence[str]"
) -> "list[CommandOutcome]":
    """Run our program in each repo; what it changes there the repo's own toolchain does."""
    import sys

    from helpers.repos.run_command import new_logs
    from helpers.system.locate import TOOLCHAIN_ROOT
    from helpers.tasks.repos import cores, run_each

    logs = new_logs(cli.find_root(host))
    start = TOOLCHAIN_ROOT / "helpers" / "tasks" / "start.py"
    command = [sys.executable, "-I", str(start), "--search-root", str(TOOLCHAIN_ROOT), *words]

    def started(root: "Path") -> "Started":
        return command, {"HELPERS_REPO_ROOT": str(root)}

    # The repo whose toolchain runs here moves it when no other needs it.
    own = [number for number, one in enumerate(repos) if TOOLCHAIN_ROOT.is_relative_to(one.root)]
    others = [number for number in range(len(repos)) if number not in own]
    outcomes: dict[int, CommandOutcome] = {}
    for numbers, folder in ((others, logs), (own, logs / "own")):
        if numbers:
            folder.mkdir(exist_ok=True)
            ran = run_each(host, [repos[number] for number in numbers], started, cores(), folder)
            outcomes |= dict(zip(numbers, ran, strict=True))
    return [outcomes[number] for number in range(len(repos))]
