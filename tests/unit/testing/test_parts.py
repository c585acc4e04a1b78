"""A dir's own tests and those of its bricks: what is asked of which, and what both come to."""

from pathlib import PurePosixPath

import pytest

from helpers.model.results.coverage import FileCoverage
from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
from helpers.testing.parts import Part, join_parts, plan_parts, run_parts
from helpers.testing.verdict import Ending

_BRICKS = ("test/bases/shop/till", "test/components/shop/cart")
_TILL, _CART = "../../test/bases/shop/till", "../../test/components/shop/cart"
_THERE = ("projects/api/tests/test_a.py", "test/components/shop/cart/test_core.py")


def _exists(path: str) -> bool:
    return any(PurePosixPath(one).is_relative_to(path) for one in _THERE)


def _plan(*only: str, args: tuple[str, ...] = (), bricks: tuple[str, ...] = _BRICKS) -> list[Part]:
    return plan_parts("projects/api", bricks, only, args, _exists)


def test_bricks_have_a_session_of_their_own() -> None:
    assert _plan() == [Part(), Part(places=(_TILL, _CART))]
    assert _plan(bricks=()) == [Part()]
    chosen = ("-k", "total", "-n", "4", "--cov", "tests")
    assert _plan(args=chosen) == [Part(args=chosen), Part(places=(_TILL, _CART), args=chosen)]


@pytest.mark.parametrize(
    ("only", "parts"),
    [
        (("tests/test_a.py",), [Part(("tests/test_a.py",))]),
        ((f"{_CART}/test_core.py::test_x",), [Part((f"{_CART}/test_core.py::test_x",), (_CART,))]),
        (("../../test",), [Part(("../../test",), (_TILL, _CART))]),
        (("../../test/components",), [Part(("../../test/components",), (_CART,))]),
        (("tests", _TILL), [Part(("tests",)), Part((_TILL,), (_TILL,))]),
        # Of a brick that is listed no more.
        (("../../test/bases/shop/gone",), [Part(("../../test/bases/shop/gone",))]),
    ],
)
def test_tests_that_are_wanted_are_asked_for_where_they_are(
    only: tuple[str, ...], parts: list[Part]
) -> None:
    assert _plan(*only) == parts


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("tests/test_a.py", "tests/test_a.py"),
        (f"{_CART}/test_core.py::test_x[a::b]", f"{_CART}/test_core.py::test_x[a::b]"),
        ("test/components/shop/cart/test_core.py::test_x", f"{_CART}/test_core.py::test_x"),
        ("test/components", _CART),
        ("../../test/components/", _CART),
    ],
)
def test_places_among_pytests_arguments_are_the_only_ones(typed: str, given: str) -> None:
    bricks = given.startswith("../")
    expected = Part(places=(given,), args=("-x",)) if bricks else Part(args=("-x", given))
    assert _plan(args=("-x", typed)) == [expected]


def test_places_of_both_kinds_have_their_own_settings() -> None:
    own, brick = "tests/test_a.py::test_a", f"{_CART}/test_core.py::test_x"
    assert _plan(args=(brick, "-k", "a", own)) == [
        Part(args=("-k", "a", own)),
        Part(places=(brick,), args=("-k", "a")),
    ]


def test_a_place_of_the_repo_that_is_no_bricks_stays_as_typed() -> None:
    assert _plan(args=("projects/api/tests",))[0].args == ("projects/api/tests",)


def _result(state: DirState, *nodes: str, **more: object) -> DirResult:
    tests = tuple(TestCase(node, TestOutcome.PASSED, 0.1) for node in nodes)
    return DirResult("projects/api", state, tests=tests, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "bricks", "joined"),
    [
        (DirState.PASSED, DirState.PASSED, DirState.PASSED),
        (DirState.NO_TESTS, DirState.PASSED, DirState.PASSED),
        (DirState.PASSED, DirState.NO_TESTS, DirState.PASSED),
        (DirState.NO_TESTS, DirState.NO_TESTS, DirState.NO_TESTS),
        (DirState.FAILED, DirState.NO_TESTS, DirState.FAILED),
        (DirState.PASSED, DirState.FAILED, DirState.FAILED),
        (DirState.FAILED, DirState.ERROR, DirState.ERROR),
        (DirState.PASSED, DirState.STOPPED, DirState.STOPPED),
    ],
)
def test_the_worse_part_decides_and_no_tests_decide_nothing(
    own: DirState, bricks: DirState, joined: DirState
) -> None:
    found = join_parts(_result(own, "test_a.py::t"), _result(bricks, f"{_CART}::t"))
    assert found.state is joined
    assert [test.node for test in found.tests] == ["test_a.py::t", f"{_CART}::t"]


def test_what_is_said_of_a_part_without_tests_is_not_said_of_the_dir() -> None:
    nothing = _result(DirState.NO_TESTS, hints=("no test is what was asked for",))
    assert join_parts(nothing, _result(DirState.PASSED, hints=("slow",))).hints == ("slow",)
    assert join_parts(nothing, nothing).hints == nothing.hints


def test_a_line_that_either_part_ran_is_covered() -> None:
    own = _result(DirState.PASSED, coverage=(FileCoverage("a.py", (1,), (2, 3)),))
    bricks = _result(DirState.PASSED, coverage=(FileCoverage("a.py", (2,), (1, 3)),))
    assert join_parts(own, bricks).coverage == (FileCoverage("a.py", (1, 2), (3,)),)


@pytest.mark.parametrize(
    ("own", "fail_fast", "states"),
    [
        (DirState.PASSED, False, [DirState.PASSED, DirState.FAILED]),
        (DirState.FAILED, False, [DirState.FAILED, DirState.FAILED]),
        (DirState.FAILED, True, [DirState.FAILED]),
        (DirState.NO_TESTS, True, [DirState.NO_TESTS, DirState.FAILED]),
        (DirState.ERROR, False, [DirState.ERROR]),
        (DirState.STOPPED, False, [DirState.STOPPED]),
    ],
)
def test_a_part_runs_unless_the_one_before_ends_it_all(
    own: DirState, fail_fast: bool, states: list[DirState]
) -> None:
    found, befores = _run(_result(own, "a::t"), _result(DirState.FAILED), fail_fast=fail_fast)
    assert befores == [0, 1][: len(states)]
    assert found.state is states[-1]


@pytest.mark.parametrize("shown", [0, 1])
def test_where_a_part_only_shows_its_tests_the_dir_does_not_pass(shown: int) -> None:
    results = [_result(DirState.PASSED, "a::t"), _result(DirState.PASSED, "b::t")]
    results[shown] = _result(DirState.NO_TESTS, hints=("pytest ran no tests",))
    found, _ = _run(*results, shows=shown)
    assert (found.state, found.hints) == (DirState.NO_TESTS, ("pytest ran no tests",))


def _run(
    *results: DirResult, fail_fast: bool = False, shows: int | None = None
) -> tuple[DirResult, list[int]]:
    """What the dir came to, and how many tests had ended before each part that ran."""
    befores: list[int] = []

    def run(part: Part, before: int) -> tuple[DirResult, Ending]:
        befores.append(before)
        number = parts.index(part)
        return results[number], Ending(shows="--collect-only" * (number == shows))

    parts = _plan()
    found, whole = run_parts(parts, run, fail_fast=fail_fast)
    assert whole
    return found, befores
