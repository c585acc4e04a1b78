import pytest

from helpers.model.results.results import DirResult, DirState, RunResult, Verdict
from helpers.testing.exit_status import ExitStatus, exit_status


def _run(*states: DirState, interrupted: bool = False, left_out: int = 0) -> RunResult:
    dirs = tuple(DirResult(f"d{number}", state) for number, state in enumerate(states))
    return RunResult("id", "folder", dirs, 1.0, interrupted=interrupted, left_out=left_out)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((DirState.PASSED,), 0),
        ((DirState.PASSED, DirState.NO_TESTS), 0),
        ((DirState.PASSED, DirState.FAILED), 1),
        ((DirState.FAILED, DirState.STOPPED), 1),
        ((DirState.FAILED, DirState.ERROR), 2),
        ((DirState.PASSED, DirState.ERROR), 2),
        ((DirState.PASSED, DirState.STOPPED), 2),
        ((DirState.NO_TESTS,), 3),
        ((), 3),
    ],
)
def test_the_exit_status_says_the_worst(states: tuple[DirState, ...], status: int) -> None:
    run = _run(*states)
    assert exit_status(run) == status
    assert (status == 0) == (run.verdict is Verdict.GOOD)


def test_an_interrupted_run_is_no_pass() -> None:
    assert exit_status(_run(DirState.PASSED, interrupted=True)) is ExitStatus.ERROR
    assert exit_status(_run(DirState.FAILED, interrupted=True)) is ExitStatus.ERROR


def test_a_run_that_had_nothing_to_do_since_nothing_changed_is_a_pass() -> None:
    assert exit_status(_run(left_out=3)) is ExitStatus.PASSED


def test_a_run_whose_status_nobody_decided_is_no_pass() -> None:
    assert _run(DirState.PASSED).exit_status == ExitStatus.ERROR


def test_a_run_without_tests_passes_where_that_is_allowed() -> None:
    assert exit_status(_run(DirState.NO_TESTS)) is ExitStatus.NO_TESTS
    assert exit_status(_run(DirState.NO_TESTS), allow_no_tests=True) is ExitStatus.PASSED
    assert exit_status(_run(DirState.FAILED), allow_no_tests=True) is ExitStatus.FAILED
