"""A run of thousands of dirs shows what went wrong and what was slow, not a line for each."""

import io
from collections.abc import Iterator
from dataclasses import replace

from helpers.console.runs.plain import PlainRunView
from helpers.console.runs.summary import summary_lines
from helpers.model.events import DirEnded, DirStateChanged, RunStarted
from helpers.model.results.results import (
    DirResult,
    DirState,
    Reused,
    RunResult,
    TestCase,
    TestOutcome,
)

_PASSED = TestCase("tests/test_a.py::test_a", TestOutcome.PASSED, 0.1)
_FAILED = replace(_PASSED, outcome=TestOutcome.FAILED)
_FLAKY = replace(_PASSED, attempts=2)


def _dirs(number: int) -> Iterator[DirResult]:
    for index in range(number):
        name = f"apps/x{index:04}"
        reused = None if index < 100 else Reused("r", "2026-01-02T03:04:05+00:00")
        yield DirResult(
            name, DirState.PASSED, seconds=float(index), tests=(_PASSED,), reused=reused
        )


def _summary(*dirs: DirResult) -> list[str]:
    return list(summary_lines(RunResult("r", "tmp/r", dirs, 9.0)))


def test_what_passed_is_one_line_and_what_did_not_has_its_own() -> None:
    passed = tuple(_dirs(2000))
    failed = DirResult("apps/bad", DirState.FAILED, seconds=1.0, tests=(_FAILED,))
    flaky = DirResult("apps/shaky", DirState.PASSED, seconds=1.0, tests=(_FLAKY,))
    lost = DirResult("apps/lost", DirState.ERROR, problem="it has no image")
    lines = _summary(*passed, failed, flaky, lost)
    assert len(lines) < 30
    assert (
        "2,000 dirs passed; 1,900 of them reused;"
        " slowest: apps/x0099 99.0 s, apps/x0098 98.0 s, apps/x0097 97.0 s"
    ) in lines
    for name in ("bad", "shaky", "lost"):
        assert any(line.startswith(f"apps/{name}: ") for line in lines)
    assert not any(line.startswith("apps/x") for line in lines)


def test_a_fault_of_all_dirs_is_shown_for_some() -> None:
    dirs = [replace(one, state=DirState.ERROR, problem="no engine") for one in _dirs(2000)]
    lines = _summary(*dirs)
    assert lines.count("    no engine") == 50
    assert "\n... and 1,950 more dirs: see report.html" in lines


def test_a_few_dirs_have_a_line_each() -> None:
    lines = _summary(*_dirs(50))
    assert sum(line.startswith("apps/x") for line in lines) == 50


def test_without_a_terminal_only_what_ended_and_ran_is_told_of_many() -> None:
    for number, told in ((2000, 100), (50, 150)):
        stream = io.StringIO()
        view = PlainRunView(stream)
        dirs = list(_dirs(number))
        view(RunStarted("r", "tmp/r", tuple((item.dir, "image") for item in dirs)))
        for item in dirs:
            if not item.reused:
                view(DirStateChanged(item.dir, DirState.STARTING))
                view(DirStateChanged(item.dir, DirState.TESTING))
            view(DirEnded(item))
        assert len(stream.getvalue().splitlines()) == told + 1
