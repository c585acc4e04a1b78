"""What is said at the end of a test run, the same on a terminal and in a file."""

import shlex
from collections.abc import Iterator

from helpers.model.results import DirResult, DirState, RunResult, TestCase

_MOST_DETAILED = 20
_MOST_LINES = 60
_INDENT = "    "


def summary_lines(result: RunResult) -> Iterator[str]:
    """Failures by dir, what went wrong besides, a line for each dir, and the sums as the last."""
    for item in result.dirs:
        yield from _failures(item)
        yield from _problem(item)
    yield ""
    yield from (_dir_line(item) for item in result.dirs)
    yield f"results in {result.folder}, {result.seconds:.1f} s"
    yield sums_line(result)


def sums_line(result: RunResult) -> str:
    """The last line: it alone says how many passed and failed.

    A dir that could not be tested to its end counts as one more failure, so that the line never
    reads like a pass of what did not run.
    """
    counts = result.counts
    failed = counts.failed + sum(
        item.state in (DirState.ERROR, DirState.STOPPED) for item in result.dirs
    )
    skipped = f", {counts.skipped} skipped" if counts.skipped else ""
    return f"{counts.passed} passed, {failed} failed{skipped}"


def repeat_command(folder: str, node: str) -> str:
    """The command that runs one test again, whichever suite it is of."""
    where = shlex.quote(folder)
    return f"./main_pytest.py --dir {where} --suite all -- {shlex.quote(node)}"


def _failures(item: DirResult) -> Iterator[str]:
    bad = [test for test in item.tests if test.bad]
    if not bad:
        return
    yield ""
    yield f"=== {item.dir}: {len(bad)} failed ==="
    for test in bad[:_MOST_DETAILED]:
        yield from _failure(item, test)
    if len(bad) > _MOST_DETAILED:
        yield f"... and {len(bad) - _MOST_DETAILED} more: see {item.log}"


def _failure(item: DirResult, test: TestCase) -> Iterator[str]:
    yield ""
    yield f"{test.outcome.value.upper()} {test.node}"
    lines = (test.details or test.message).splitlines()
    if len(lines) > _MOST_LINES:
        half = _MOST_LINES // 2
        cut = f"[... {len(lines) - _MOST_LINES} lines: see {item.log}]"
        lines = [*lines[:half], cut, *lines[-half:]]
    yield from (f"{_INDENT}{line}" for line in lines)
    yield "  again:"
    yield f"{_INDENT}{repeat_command(item.dir, test.node)}"


def _problem(item: DirResult) -> Iterator[str]:
    if not item.problem:
        return
    yield ""
    yield f"=== {item.dir}: {item.state.value} ==="
    yield from (f"{_INDENT}{line}" for line in item.problem.splitlines())
    if item.mend:
        yield f"  mend: {item.mend}"
    if item.log:
        yield f"  log:  {item.log}"


def _dir_line(item: DirResult) -> str:
    counts = item.counts
    words = {
        DirState.NO_TESTS: "no tests, which is no pass",
        DirState.STOPPED: "stopped",
    }.get(item.state, item.state.value)
    done = f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
    return f"{item.dir}: {words} ({done}, {item.seconds:.1f} s)"
