import io
from dataclasses import replace

import pytest

from helpers.console.build_view import open_build_view
from helpers.console.errors import error_lines
from helpers.console.runs.summary import summary_lines, sums_line
from helpers.console.runs.view import open_run_view
from helpers.console.tables import table_lines
from helpers.model.errors import HelpersError
from helpers.model.events import (
    BuildEnded,
    BuildStarted,
    BuildStep,
    DirEnded,
    DirStateChanged,
    Event,
    RunEnded,
    RunStarted,
    TestEnded,
    TestsCollected,
    Warned,
)
from helpers.model.results.repeat import repeat_command
from helpers.model.results.results import (
    DirResult,
    DirState,
    RunResult,
    Suite,
    TestCase,
    TestOutcome,
)
from helpers.model.runnable_dir import MAKE_ONE
from helpers.testing.exit_status import exit_status

_TESTS = (
    TestCase("t.py::a", TestOutcome.PASSED, 0.1),
    TestCase("t.py::b[x y]", TestOutcome.FAILED, 0.1, "1 != 2", "def b():\nE  assert 1 == 2"),
)
_FAILED = DirResult("apps/a", DirState.FAILED, "a:local", 1.0, _TESTS, log="runs/a/log.txt")
_ERROR = DirResult("b", DirState.ERROR, problem="no image\nstep 3", fix="poetry lock")
_EMPTY = DirResult("c", DirState.NO_TESTS)


def _run(*dirs: DirResult) -> RunResult:
    run = RunResult("id", "tmp.main_pytest/id", dirs, 2.0)
    return replace(run, exit_status=exit_status(run))


def _events(*dirs: DirResult) -> list[Event]:
    return [
        RunStarted("id", "tmp.main_pytest/id", tuple((item.dir, "img") for item in dirs)),
        DirStateChanged(dirs[0].dir, DirState.TESTING),
        TestsCollected(dirs[0].dir, 2),
        *(TestEnded(dirs[0].dir, test) for test in dirs[0].tests),
        Warned("the container is older", dirs[0].dir, "build it"),
        *(DirEnded(item) for item in dirs),
        RunEnded(_run(*dirs)),
    ]


@pytest.mark.parametrize("is_terminal", [False, True])
def test_both_views_show_the_failure_and_how_to_repeat_it(is_terminal: bool) -> None:
    stream = io.StringIO()
    with open_run_view(is_terminal, stream) as view:
        for event in _events(_FAILED, _ERROR, _EMPTY):
            view(event)
    shown = stream.getvalue()
    assert "assert 1 == 2" in shown
    assert "./main_pytest.py --dir apps/a --suite all -- 't.py::b[x y]'" in shown
    assert "poetry lock" in shown
    assert "c: no tests (0.0 s)" in shown
    assert "the container is older" in shown


def test_plain_lines_tell_failures_and_pass_over_passes() -> None:
    stream = io.StringIO()
    with open_run_view(False, stream) as view:
        for event in _events(_FAILED):
            view(event)
    lines = stream.getvalue().splitlines()
    assert sum("t.py::b[x y]" in line and line.startswith("[") for line in lines) == 1
    assert not any("t.py::a" in line for line in lines)


def test_the_last_line_counts_tests_and_names_the_dirs_without_a_result() -> None:
    assert sums_line(_run(_FAILED)) == "1 passed, 1 failed"
    assert sums_line(_run(_FAILED, _ERROR)) == "1 passed, 1 failed; 1 dir in error"
    assert sums_line(_run(_ERROR, _EMPTY, _EMPTY)) == (
        "0 passed, 0 failed; 1 dir in error, 2 dirs without tests"
    )
    assert list(summary_lines(_run(_FAILED)))[-1] == "1 passed, 1 failed"


@pytest.mark.parametrize(
    ("dirs", "suite", "said"),
    [
        (
            [DirResult(".", DirState.NO_TESTS)], Suite.FAST,
            [
                "no fast test was collected, so the exit status is 3",
                f"  next: {MAKE_ONE}   (a dir with tests)",
                "  next: ./main_pytest.py --dir . --suite all   (those of every suite)",
            ],
        ),
        (
            [DirResult(".", DirState.NO_TESTS)], Suite.ALL,
            [
                "no test was collected, so the exit status is 3",
                f"  next: {MAKE_ONE}   (a dir with tests)",
            ],
        ),
        (
            [DirResult(".", DirState.NO_TESTS, hints=("no test of the dir is that",))], Suite.ALL,
            ["no test was collected, so the exit status is 3"],
        ),
        (
            [_EMPTY, _EMPTY], Suite.SLOW,
            [
                "no slow test was collected, so the exit status is 3",
                "  next: ./main_pytest.py --suite all   (those of every suite)",
            ],
        ),
        ([_EMPTY, DirResult("a", DirState.PASSED)], Suite.FAST, []),
        ([_EMPTY, _ERROR], Suite.FAST, []),
    ],
)  # fmt: skip
def test_where_nothing_was_collected_it_is_said_what_comes_next(
    dirs: list[DirResult], suite: Suite, said: list[str]
) -> None:
    lines = list(summary_lines(replace(_run(*dirs), suite=suite)))
    assert [line for line in lines if "collected" in line or "next:" in line] == said


def test_skipped_tests_are_counted_at_the_end() -> None:
    skipped = DirResult("a", DirState.PASSED, tests=(TestCase("s", TestOutcome.SKIPPED, 0.0),))
    assert sums_line(_run(skipped)) == "0 passed, 0 failed, 1 skipped"


def test_very_many_failures_are_bounded_and_the_log_is_named() -> None:
    tests = tuple(
        TestCase(f"t.py::n{n}", TestOutcome.FAILED, 0.0, "m", "d\n" * 500) for n in range(99)
    )
    lines = list(summary_lines(_run(DirResult("a", DirState.FAILED, tests=tests, log="the.log"))))
    assert len(lines) < 1500
    assert any("79 more: see the.log" in line for line in lines)


@pytest.mark.parametrize(
    ("folder", "node", "expected"),
    [
        ("a", "t.py::b", "./main_pytest.py --dir a --suite all -- t.py::b"),
        ("a b", "t.py::c[d'e]", "--dir 'a b' --suite all -- 't.py::c[d'\"'\"'e]'"),
    ],
)
def test_the_command_that_repeats_a_test_survives_a_shell(
    folder: str, node: str, expected: str
) -> None:
    assert repeat_command(folder, node).endswith(expected)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO(), _Terminal()], ids=["file", "terminal"])
def test_builds_are_shown_side_by_side(stream: io.StringIO) -> None:
    is_terminal = stream.isatty()
    with open_build_view(is_terminal, stream) as view:
        view(BuildStarted("a", "a:1"))
        view(BuildStep("a", "RUN x", cached=True))
        view(BuildStarted("b", "b:1"))
        view(BuildEnded("a", "a:1", 2.0))
        view(BuildEnded("b", "b:1", 3.0, failed=True, log="b.log"))
        view(Warned("left out", "a"))
    shown = stream.getvalue()
    assert "built" in shown
    assert "failed" in shown
    assert "left out" in shown


def test_an_interrupted_build_is_no_failure() -> None:
    for stream in (io.StringIO(), _Terminal()):
        with open_build_view(stream.isatty(), stream) as view:
            view(BuildStarted("a", "a:1"))
            view(BuildEnded("a", "a:1", 2.0, failed=True, log="a.log", interrupted=True))
        assert "failed" not in stream.getvalue()
        assert "a.log" not in stream.getvalue()


def test_what_leads_elsewhere_gets_plain_lines_also_from_a_terminal() -> None:
    stream = io.StringIO()
    with open_build_view(True, stream) as view:
        view(BuildStarted("a", "a:1"))
    assert stream.getvalue().endswith("a: building a:1\n")


def test_an_error_says_what_where_and_how_to_fix_it() -> None:
    error = HelpersError("it broke", where="file:3\nmore", fix="fix it")
    assert error_lines(error) == [
        "error: it broke",
        "  where: file:3",
        "         more",
        "  fix:   fix it",
    ]


def test_a_table_aligns_its_columns() -> None:
    rows = [("long name", "x"), ("a", "yy")]
    assert table_lines(("n", "v"), rows) == ["n          v", "long name  x", "a          yy"]
