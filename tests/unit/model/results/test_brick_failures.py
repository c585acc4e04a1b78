from helpers.model.results.brick_failures import brick_failures
from helpers.model.results.results import DirResult, DirState, RunResult, TestCase, TestOutcome

_PATH = "test/components/shop/cart/test_core.py"
_BAD, _GOOD, _SKIPPED = TestOutcome.FAILED, TestOutcome.PASSED, TestOutcome.SKIPPED


def _dir(name: str, *tests: tuple[str, TestOutcome], stack: str = "") -> DirResult:
    cases = tuple(TestCase(node, outcome, 0.1) for node, outcome in tests)
    return DirResult(name, DirState.FAILED, tests=cases, root_name="demo", stack=stack)


def _said(*dirs: DirResult) -> list[str]:
    run = RunResult("id", "runs/id", dirs, 1.0)
    return [f"{one.test} {one.words}" for one in brick_failures(run)]


def test_each_failing_test_of_a_brick_is_told_once_with_the_dirs() -> None:
    test = f"../../{_PATH}::test_x"
    dirs = (
        _dir("projects/a", (test, _BAD), ("tests/test_own.py::test_y", _BAD)),
        _dir("projects/b", (test, _GOOD)),
        # At another depth, and the root, whose own test it is.
        _dir("apps/deep/c", (f"../{test}", _BAD), (f"../../../{_PATH}::test_z", _GOOD)),
        _dir(".", (f"{_PATH}::test_x", _GOOD)),
        _dir("projects/without", ("tests/test_own.py::test_x", _GOOD)),
    )
    assert _said(*dirs) == [
        f"{_PATH}::test_x fails for projects/a, apps/deep/c, passes for projects/b, demo"
    ]


def test_a_file_that_one_dir_cannot_collect_passes_where_its_tests_do() -> None:
    dirs = (
        _dir("projects/a", (f"../../{_PATH}", TestOutcome.ERROR)),
        _dir("projects/b", (f"../../{_PATH}::test_x", _GOOD)),
        _dir("projects/c", (f"../../{_PATH}::test_x", _GOOD), (f"../../{_PATH}::test_y", _BAD)),
    )
    assert _said(*dirs) == [
        f"{_PATH} fails for projects/a, projects/c, passes for projects/b",
        f"{_PATH}::test_y fails for projects/c",
    ]


def test_a_skipped_test_passes_for_nobody() -> None:
    test = f"../../{_PATH}::test_x"
    assert _said(_dir("projects/a", (test, _BAD)), _dir("projects/b", (test, _SKIPPED))) == [
        f"{_PATH}::test_x fails for projects/a"
    ]


def test_the_worst_of_several_tests_of_one_name_counts() -> None:
    test = f"../../{_PATH}::test_x[a]"
    assert _said(_dir("projects/a", (test, _BAD), (test, _GOOD))) == [
        f"{_PATH}::test_x[a] fails for projects/a"
    ]


def test_tests_of_a_stack_are_no_bricks() -> None:
    assert _said(_dir("apps/a", ("../tests/stack/test_a.py::test_x", _BAD), stack="s.yml")) == []
