import pytest

from helpers.model.results import (
    Counts,
    DirResult,
    DirState,
    Outcome,
    RunResult,
    TestCase,
    Verdict,
    count,
)


def _run(*states: DirState, interrupted: bool = False) -> RunResult:
    dirs = tuple(DirResult(f"d{number}", state) for number, state in enumerate(states))
    return RunResult("id", "folder", dirs, 1.0, interrupted=interrupted)


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
    assert _run(*states).exit_status == status


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ((DirState.PASSED,), Verdict.GOOD),
        ((DirState.PASSED, DirState.NO_TESTS), Verdict.GOOD),
        ((DirState.NO_TESTS, DirState.NO_TESTS), Verdict.NOTICE),
        ((DirState.NO_TESTS, DirState.ERROR), Verdict.BAD),
    ],
)
def test_dirs_without_tests_are_a_notice(states: tuple[DirState, ...], verdict: Verdict) -> None:
    run = _run(*states)
    assert run.verdict is verdict
    assert (run.exit_status == 0) == (verdict is Verdict.GOOD)


def test_an_interrupted_run_is_no_pass() -> None:
    assert _run(DirState.PASSED, interrupted=True).exit_status == 2


def test_errors_count_as_failed_and_expected_failures_as_skipped() -> None:
    tests = [TestCase(outcome.value, outcome, 0.1) for outcome in Outcome]
    assert count(tests) == Counts(passed=2, failed=2, skipped=2)
