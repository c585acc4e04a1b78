"""The exit status of `main_pytest.py`: which one the results of a run give, and what it means."""

from enum import IntEnum

from helpers.model.results.results import DirState, RunResult, Verdict


class ExitStatus(IntEnum):
    """What a run tells the program that started it."""

    PASSED = 0
    FAILED = 1
    ERROR = 2
    NO_TESTS = 3

    @property
    def meaning(self) -> str:
        """Why a run ends with it."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitStatus.PASSED: "all passed",
    ExitStatus.FAILED: "a test failed",
    ExitStatus.ERROR: "something else went wrong",
    ExitStatus.NO_TESTS: "nothing was collected",
}


def exit_status(run: RunResult, *, allow_no_tests: bool = False) -> ExitStatus:
    """Decide the status of a run: its worst dir counts.

    Args:
        allow_no_tests: a run that collected nothing passes.
    """
    if run.verdict is Verdict.GOOD:
        return ExitStatus.PASSED
    if run.verdict is Verdict.NOTICE:
        return ExitStatus.PASSED if allow_no_tests else ExitStatus.NO_TESTS
    states = {item.state for item in run.dirs}
    only_failed = DirState.FAILED in states and DirState.ERROR not in states
    return ExitStatus.FAILED if only_failed and not run.interrupted else ExitStatus.ERROR
