from dataclasses import replace

import pytest

from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
from helpers.testing.verdict import Ending, judge, merge_retry

_PASSED = TestCase("t.py::a", TestOutcome.PASSED, 0.1)
_FAILED = TestCase("t.py::b", TestOutcome.FAILED, 0.1)


def _judge(ending: Ending, *tests: TestCase, tail: str = "the tail") -> DirResult:
    return judge(DirResult("app", DirState.ERROR, tests=tests), ending, tail)


def test_a_pass_needs_tests_that_passed_and_pytests_last_word() -> None:
    assert _judge(Ending(status=0, reported=0), _PASSED).state is DirState.PASSED


@pytest.mark.parametrize(
    "ending",
    [
        Ending(status=0),
        Ending(status=0, container_gone=True),
        Ending(status=0, reported=1),
        Ending(status=137, reported=0),
        Ending(status=-11),
        Ending(status=3, reported=3),
        Ending(status=4, reported=4),
    ],
)
def test_without_pytests_last_word_nothing_is_a_pass(ending: Ending) -> None:
    result = _judge(ending, _PASSED)
    assert result.state is DirState.ERROR
    assert result.problem


def test_a_failed_test_fails_the_dir_even_when_pytest_says_all_is_well() -> None:
    assert _judge(Ending(status=1, reported=1), _PASSED, _FAILED).state is DirState.FAILED
    assert _judge(Ending(status=0, reported=0), _FAILED).state is not DirState.PASSED


def test_a_collection_error_is_a_failure() -> None:
    error = TestCase("t.py", TestOutcome.ERROR, 0.0)
    assert _judge(Ending(status=2, reported=2), error).state is DirState.FAILED


@pytest.mark.parametrize("reported", [None, 4])
def test_options_that_pytest_does_not_know_are_told_with_how_to_see_those_it_does(
    reported: int | None,
) -> None:
    tail = "python -m pytest: error: unrecognized arguments: --nosuch"
    result = _judge(Ending(status=4, reported=reported), tail=tail)
    assert result.state is DirState.ERROR
    assert result.fix.startswith('i docker_cmd --dir app --cmd "pytest --help"')


def test_no_tests_are_no_pass() -> None:
    assert _judge(Ending(status=5, reported=5)).state is DirState.NO_TESTS
    assert _judge(Ending(status=0, reported=0)).state is DirState.NO_TESTS


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending(timeout=3.0), "more than 3 s"),
        (Ending(status=137, out_of_memory=True), "out of memory"),
        (Ending(status=137, container_gone=True), "the container was stopped"),
        (Ending(status=0), "ended before it was done"),
    ],
)
def test_the_problem_is_named_with_the_last_test(ending: Ending, words: str) -> None:
    result = _judge(ending, _PASSED)
    assert words in result.problem
    assert "t.py::a" in result.problem


def test_a_dir_without_tests_needs_no_pytest() -> None:
    result = _judge(Ending(status=1, has_tests=False), tail="No module named pytest")
    assert result.state is DirState.NO_TESTS


def test_a_missing_pytest_says_how_to_add_it() -> None:
    ending = Ending(status=1, add_pytest="i dependency_add --package pytest --dir app")
    result = _judge(ending, tail="No module named pytest")
    assert result.fix.startswith("i dependency_add --package pytest --dir ")


def test_a_test_that_passes_when_tried_again_is_flaky_and_keeps_its_failure() -> None:
    before = DirResult("a", DirState.FAILED, tests=(_PASSED, replace(_FAILED, message="why")))
    again = DirResult("a", DirState.PASSED, tests=(replace(_FAILED, outcome=TestOutcome.PASSED),))
    merged = merge_retry(before, again, 2)
    assert merged.state is DirState.PASSED
    assert merged.counts.flaky == 1
    assert (merged.tests[1].attempts, merged.tests[1].message) == (2, "why")


def test_a_test_that_did_not_run_again_stays_failed() -> None:
    before = DirResult("a", DirState.FAILED, tests=(_FAILED,))
    merged = merge_retry(before, DirResult("a", DirState.NO_TESTS), 2)
    assert merged.state is DirState.FAILED


@pytest.mark.parametrize("state", [DirState.ERROR, DirState.STOPPED])
def test_an_attempt_that_breaks_is_no_pass(state: DirState) -> None:
    before = DirResult("a", DirState.FAILED, tests=(_PASSED, _FAILED))
    merged = merge_retry(before, DirResult("a", state, problem="crashed"), 2)
    assert merged.state is state
    assert len(merged.tests) == 2


def test_where_nothing_fits_what_was_asked_for_that_is_said() -> None:
    wanted = ("tests/test_a.py::test_nope", "-k", "no such")
    judged = _judge(Ending(status=5, reported=5, wanted=wanted))
    assert judged.state is DirState.NO_TESTS
    (hint,) = judged.hints
    assert hint.endswith("asked for: tests/test_a.py::test_nope -k 'no such'")
    assert _judge(Ending(status=5, reported=5)).hints == ()
