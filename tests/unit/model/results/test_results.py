import pytest

from helpers.model.results.results import (
    Counts,
    DirResult,
    DirState,
    RunResult,
    TestCase,
    TestOutcome,
    Verdict,
    count,
)


def _run(*states: DirState, interrupted: bool = False) -> RunResult:
    dirs = tuple(DirResult(f"d{number}", state) for number, state in enumerate(states))
    return RunResult("id", "folder", dirs, 1.0, interrupted=interrupted)


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
    assert _run(*states).verdict is verdict


def test_an_interrupted_run_is_no_pass() -> None:
    assert _run(DirState.PASSED, interrupted=True).verdict is Verdict.BAD


def test_errors_count_as_failed_and_expected_failures_as_skipped() -> None:
    tests = [TestCase(outcome.value, outcome, 0.1) for outcome in TestOutcome]
    assert count(tests) == Counts(passed=2, failed=2, skipped=2)
