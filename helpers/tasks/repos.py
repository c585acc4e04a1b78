"""Tasks on all repos that a file lists."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import Options, option, required, rest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from helpers.model.repo_commands import CommandOutcome
    from helpers.repos.open_repos import OpenedRepo
    from helpers.repos.run_command import Started
    from helpers.system.host import Host


class OfRepos(Options):
    """Which repos are meant, and how the answer is shown."""

    repos: str = required(
        "the file that lists them: a path or an address per line", example="../repos.txt"
    )
    json: bool = option("print JSON, for programs", default=False)


class ReposStatus(OfRepos):
    """Whether the remotes are asked."""

    fetch: bool = option(
        "fetch from the remotes first; default: show the last fetch", default=False
    )


class ReposRun(OfRepos):
    """What runs in each, and how many at once."""

    jobs: str = option("how many run at once; default: one per core", default="")
    command: tuple[str, ...] = rest("the command, as typed at the root of each")


@command()
def repos_status(host: "Host", wanted: ReposStatus) -> int:
    """Show how each repo of a list stands: branch, changes, submodules, toolchain."""
    from helpers.console.repos_view import print_repos, repos_as_json
    from helpers.repos.status import read_statuses

    found = read_statuses(open_listed(host, wanted.repos, fresh=wanted.fetch), fetched=wanted.fetch)
    rows = [(one.name, one.states, one.hints, one.toolchain, one.error) for one in found]
    if wanted.json:
        print(repos_as_json(rows))
    else:
        print_repos(rows)
    if any(one.error for one in found):
        return cli.USER_ERROR
    return int(not all(one.complete for one in found))


@command()
def repos_run(host: "Host", wanted: ReposRun) -> int:
    """Run a command in each repo of a list: i repos_run --repos FILE -- COMMAND.

    It runs at the root of each, after `source setenv.sh`, so that `i` is that repo's own. Exits
    with 1 where it fails in one.
    """
    from functools import partial

    from helpers.repos.run_command import as_typed

    if not wanted.command:
        raise HelpersError(
            "there is no command to run",
            fix=f"i repos_run --repos {cli.quoted(wanted.repos)} -- git status",
        )
    jobs = values.read_number(wanted.jobs, "--jobs") if wanted.jobs else cores()
    if not jobs:
        raise HelpersError("--jobs 0 runs nothing", fix="--jobs 1")
    repos = open_listed(host, wanted.repos, fresh=True)
    outcomes = run_each(host, repos, partial(as_typed, command=wanted.command), jobs)
    return show_outcomes(outcomes, as_json=wanted.json)


def cores() -> int:
    """How many this machine gives us."""
    import os

    return len(os.sched_getaffinity(0))


def run_each(
    host: "Host",
    repos: "Sequence[OpenedRepo]",
    command: "Callable[[Path], Started]",
    jobs: int,
    logs: "Path | None" = None,
) -> "list[CommandOutcome]":
    """Run a command in each repo, and show what goes on.

    Args:
        logs: the folder of the logs; none: a new one.
    """
    import sys

    from helpers.console.repos_view import open_commands_view
    from helpers.repos.run_command import new_logs, run_in_repos

    logs = logs or new_logs(cli.find_root(host))
    names = [one.name for one in repos if not one.error]
    with open_commands_view(names, sys.stderr, is_terminal=host.is_terminal) as listen:
        return run_in_repos(repos, command, logs, jobs, listen)


def show_outcomes(
    outcomes: "Sequence[CommandOutcome]",
    *,
    as_json: bool = False,
    says: str = "",
    meanings: "Mapping[int, str] | None" = None,
) -> int:
    """Print what became of a command in each repo, as `print_outcomes` does; the exit status."""
    from helpers.console.repos_view import Says, outcomes_as_json, print_outcomes
    from helpers.model.repo_commands import CommandState

    if as_json:
        print(outcomes_as_json(outcomes))
    else:
        print_outcomes(outcomes, says=Says(says), meanings=meanings or {})
    states = {one.state for one in outcomes}
    if CommandState.INTERRUPTED in states:
        raise KeyboardInterrupt
    if CommandState.NO_REPO in states:
        return cli.USER_ERROR
    return int(CommandState.FAILED in states)


def open_listed(host: "Host", file: str, *, fresh: bool) -> "list[OpenedRepo]":
    """The repos that a file lists; see `open_repos`."""
    from helpers.console.notices import tell
    from helpers.repos.open_repos import open_repos
    from helpers.vcs.listed_repos import read_repos

    return open_repos(read_repos(host.directory / file, host.environment), tell, fresh=fresh)
