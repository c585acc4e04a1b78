"""A dir's own tests and those of its bricks: what is asked of which, and what both come to."""

from pathlib import PurePosixPath

import pytest

from helpers.model.results.coverage import FileCoverage
from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
from helpers.testing.parts import Part, ends_all, join_parts, plan_parts

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
        ("test/components", "../../test/components"),
    ],
)
def test_places_among_pytests_arguments_are_the_only_ones(typed: str, given: str) -> None:
    assert _plan(args=("-x", typed)) == [Part(args=("-x", given))]


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


def test_after_an_error_nothing_more_runs() -> None:
    assert ends_all(_result(DirState.ERROR), fail_fast=False)
    assert not ends_all(_result(DirState.FAILED), fail_fast=False)
    assert ends_all(_result(DirState.FAILED), fail_fast=True)
    assert not ends_all(_result(DirState.NO_TESTS), fail_fast=True)
