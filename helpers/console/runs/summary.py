"""The summary at the end of a test run, the same on a terminal and in a file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nlargest

from helpers.console.repeated import together
from helpers.model.groups import grouped
from helpers.model.numbers import counted
from helpers.model.results.brick_failures import brick_failures
from helpers.model.results.coverage import covered_share
from helpers.model.results.repeat import repeat_command
from helpers.model.results.results import (
    DirResult,
    DirState,
    Location,
    RunResult,
    Suite,
    TestCase,
    Verdict,
)
from helpers.model.results.words import dirs_words, left_out_words
from helpers.model.runnable_dir import MAKE_ONE, ROOT
from helpers.model.times import ago

_MOST_DETAILED = 20
_MOST_LINES = 60
_MANY = 50
_SLOWEST = 3
_INDENT = "    "
_RAN = (DirState.PASSED, DirState.FAILED)
_WITHOUT_RESULT = (DirState.ERROR, DirState.STOPPED, DirState.NO_TESTS)


class Located(str):
    """A line that ends with a path; where that can be clicked, it leads to the file."""

    __slots__ = ("line", "path", "shown")
    path: str
    line: int
    shown: str

    @classmethod
    def at(cls, before: str, place: Location) -> "Located":
        """A line that ends with a place."""
        made = cls(f"{before}{place}")
        made.path, made.line, made.shown = place.path, place.line, str(place)
        return made


def summary_lines(result: RunResult, root: str = ".") -> Iterator[str]:
    """Failures by dir, what went wrong besides, a line for each dir, and the sums as the last.

    Args:
        root: the way to the repo's root from where the user stands.
    """
    wrong = [item for item in result.dirs if item.problem or item.counts.failed]
    for item in wrong[:_MANY]:
        yield from _failures(item, root)
        yield from _problem(item)
    if are_many(len(wrong)):
        yield f"\n... and {counted(len(wrong) - _MANY, 'more dir')}: see report.html"
    yield ""
    yield from _of_bricks(result)
    yield from _hints(result)
    for item in result.dirs:
        yield from _flaky(item)
    yield from _dirs(result.dirs)
    if result.left_out:
        yield left_out_words(result.left_out)
    yield from _next(result, root)
    page = Location(f"{result.folder}/report.html")
    yield Located.at(f"took {result.seconds:.1f} s, results in ", page)
    yield sums_line(result)


def _next(result: RunResult, root: str) -> Iterator[str]:
    """The next step if nothing was collected, which no line about a dir says."""
    if result.verdict is not Verdict.NOTICE:
        return
    kind = "" if result.suite == Suite.ALL else f"{result.suite} "
    yield f"no {kind}test was collected, so the exit status is {result.exit_status}"
    commands = []
    # A hint says that something was asked for by name.
    if [(item.dir, item.hints) for item in result.dirs] == [(ROOT, ())]:
        commands.append(f"{MAKE_ONE}   (a dir with tests)")
    if kind and result.dirs:
        folder = result.dirs[0].dir if len(result.dirs) == 1 else ""
        commands.append(f"{repeat_command(folder, '', root=root)}   (those of every suite)")
    yield from (f"  next: {command}" for command in commands)


def sums_line(result: RunResult) -> str:
    """The last line: how many tests passed and failed.

    It counts tests alone; dirs without a result of their tests are named behind them, so that the
    line never reads like a pass of what did not run.
    """
    counts = result.counts
    skipped = f", {counts.skipped} skipped" if counts.skipped else ""
    flaky = f", {counts.flaky} flaky" if counts.flaky else ""
    unknown = dirs_words(result, _WITHOUT_RESULT)
    besides = f"; {unknown}" if unknown else ""
    return f"{counts.passed} passed, {counts.failed} failed{skipped}{flaky}{besides}"


def _failures(item: DirResult, root: str) -> Iterator[str]:
    bad = [test for test in item.tests if test.bad]
    if not bad:
        return
    yield ""
    yield f"=== {item.name}: {len(bad)} failed ==="
    for test in bad[:_MOST_DETAILED]:
        yield from _failure(item, test, root)
    if len(bad) > _MOST_DETAILED:
        yield f"... and {len(bad) - _MOST_DETAILED} more: see {item.log}"


def _failure(item: DirResult, test: TestCase, root: str) -> Iterator[str]:
    yield ""
    yield f"{test.outcome.value.upper()} {test.node}"
    place = item.location_of(test)
    if place.path:
        yield Located.at("  at: ", place)
    lines = (test.details or test.message).splitlines()
    if len(lines) > _MOST_LINES:
        half = _MOST_LINES // 2
        cut = f"[... {len(lines) - _MOST_LINES} lines: see {item.log}]"
        lines = [*lines[:half], cut, *lines[-half:]]
    yield from (f"{_INDENT}{line}" for line in lines)
    yield "  again:"
    yield f"{_INDENT}{repeat_command(item.dir, test.node, root=root, stack=item.stack)}"


def _problem(item: DirResult) -> Iterator[str]:
    if not item.problem:
        return
    yield ""
    yield f"=== {item.name}: {item.state.value} ==="
    yield from (f"{_INDENT}{line}" for line in item.problem.splitlines())
    if item.fix:
        yield f"  fix: {item.fix}"
    if item.log:
        yield f"  log:  {item.log}"


def _dirs(dirs: Sequence[DirResult]) -> Iterator[str]:
    """A line for each dir; of many, for each that did not pass, and one for all that did."""
    if not are_many(len(dirs)):
        yield from map(_dir_line, dirs)
        return
    passed = [item for item in dirs if item.state is DirState.PASSED and not item.counts.flaky]
    reused = sum(item.reused is not None for item in passed)
    slowest = nlargest(_SLOWEST, passed, key=lambda item: 0 if item.reused else item.seconds)
    shown = ", ".join(f"{item.name} {item.seconds:.1f} s" for item in slowest if not item.reused)
    parts = (f"{reused:,} of them reused" if reused else "", f"slowest: {shown}" if shown else "")
    if passed:
        yield "; ".join(filter(None, (f"{counted(len(passed), 'dir')} passed", *parts)))
    told = {id(item) for item in passed}
    yield from (_dir_line(item) for item in dirs if id(item) not in told)


def are_many(dirs: int) -> bool:
    """Whether nobody reads a line for each of so many dirs."""
    return dirs > _MANY


def _dir_line(item: DirResult) -> str:
    took = f"{item.seconds:.1f} s"
    took += f" on {item.host}" if item.host else ""
    parts = [*_tests_words(item), f"took {took}" if item.reused else took]
    return f"{item.name}: {state_words(item)} ({', '.join(parts)})"


def _tests_words(item: DirResult) -> Iterator[str]:
    if item.state is DirState.NO_TESTS:
        return
    counts = item.counts
    yield f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
    if counts.flaky:
        yield f"{counts.flaky} flaky"
    if item.coverage:
        yield f"{covered_share(item.coverage):.0%} covered"


def ended_line(item: DirResult) -> str:
    """A dir that ended, as a line of progress."""
    tests = ", ".join(_tests_words(replace(item, coverage=())))
    return f"{item.name}: {state_words(item)}" + (f" ({tests})" if tests else "")


def state_words(item: DirResult) -> str:
    """A dir's state, and the age of a cached result."""
    if not item.reused:
        return item.state.value
    parts = ["reused", ago(item.reused.ended)]
    if item.reused.source:
        parts.append(f"from {item.reused.source}")
    return f"{item.state.value} ({', '.join(part for part in parts if part)})"


def _of_bricks(result: RunResult) -> Iterator[str]:
    """For which dirs tests of bricks fail."""
    found = brick_failures(result)
    yield from (f"{one.test} {one.words}" for one in found[:_MOST_DETAILED])
    if len(found) > _MOST_DETAILED:
        more = len(found) - _MOST_DETAILED
        yield f"... and {counted(more, 'more test')} of bricks: see report.html"


def _flaky(item: DirResult) -> Iterator[str]:
    for test in item.tests:
        if test.flaky:
            yield f"flaky: {item.name}: {test.node} passed at attempt {test.attempts}"


def _hints(result: RunResult) -> Iterator[str]:
    """What several dirs have in common is told once."""
    hints = grouped((hint, item.name) for item in result.dirs for hint in item.hints)
    yield from (f"{together(names)}: note: {hint}" for hint, names in hints.items())
    whys = grouped((item.ran_because, item.name) for item in result.dirs if item.state in _RAN)
    yield from (f"{together(names)}: ran because {why}" for why, names in whys.items() if why)
