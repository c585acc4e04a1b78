"""The tests of many repos: how they are started in each, and what their runs left."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.repo_commands import CommandOutcome, CommandState, TestedDir, TestedRepo
from helpers.model.results.results import Verdict
from helpers.repos.open_repos import OpenedRepo
from helpers.repos.run_command import Started, as_typed, toolchain_of
from helpers.repos.status import shown_toolchain
from helpers.system.lease import RESULTS_FOLDER
from helpers.testing.exit_status import ExitStatus
from helpers.testing.history import read_run

_MAIN = "main_pytest.py"
# As it is told at the end of a run.
_RUN = re.compile(rf"results in {re.escape(RESULTS_FOLDER)}/(?P<run>[^/\s]+)")
_ENDED = {ExitStatus.PASSED, ExitStatus.FAILED, ExitStatus.NO_TESTS}


def start_tests(words: Sequence[str]) -> Callable[[Path], Started]:
    """What runs the tests of the repo at a root, by the toolchain that the repo has.

    Args:
        words: the arguments of `main_pytest.py`.
    """

    def started(root: Path) -> Started:
        toolchain = toolchain_of(root)
        if toolchain is None:
            raise HelpersError(
                "the repo has no toolchain that runs its tests",
                where=str(root),
                fix="git submodule add <url> helpers_root, in it; or take it out of the list",
            )
        own = root / _MAIN
        script = own if own.is_file() else toolchain / _MAIN
        return as_typed(root, [sys.executable, str(script), *words])

    return started


def read_tested(
    repos: Sequence[OpenedRepo], outcomes: Sequence[CommandOutcome]
) -> list[TestedRepo]:
    """What the runs left in their repos, in the order of the list."""
    return [_read(one.root, outcome) for one, outcome in zip(repos, outcomes, strict=True)]


def _read(root: Path, outcome: CommandOutcome) -> TestedRepo:
    if outcome.state is CommandState.NO_REPO:
        return TestedRepo(outcome)
    toolchain = shown_toolchain(root)
    names = [found["run"] for line in outcome.last_lines for found in _RUN.finditer(line)]
    folder = root / RESULTS_FOLDER / names[-1] if names else None
    run = read_run(folder) if folder else None
    if folder is None or run is None:
        return TestedRepo(outcome, toolchain)
    dirs = [TestedDir(name, one.state, one.passed, one.failed) for name, one in run.dirs.items()]
    return TestedRepo(outcome, toolchain, str(folder / "report.html"), tuple(dirs))


def exit_status_of(tested: Sequence[TestedRepo]) -> ExitStatus:
    """The status of all runs: the worst counts, and one that passed outweighs "no tests"."""
    found = {one.outcome.status for one in tested}
    if not found <= _ENDED:
        return ExitStatus.ERROR
    for status in (ExitStatus.FAILED, ExitStatus.PASSED):
        if status in found:
            return status
    return ExitStatus.NO_TESTS


def verdict_of(status: ExitStatus) -> Verdict:
    """What a status counts as."""
    if status is ExitStatus.PASSED:
        return Verdict.GOOD
    return Verdict.NOTICE if status is ExitStatus.NO_TESTS else Verdict.BAD
