"""Report a test run to GitHub: the summary of its step, and annotations on files.

Test output is not trusted: nothing in it may become Markdown, HTML or a workflow command.
"""

import html
import re
from collections.abc import Iterable, Iterator

from helpers.model.changelog.parse import FILE_NAME as CHANGELOG
from helpers.model.numbers import counted
from helpers.model.results.brick_failures import brick_failures
from helpers.model.results.repeat import repeat_command
from helpers.model.results.results import (
    WORST_FIRST,
    DirResult,
    DirState,
    RunResult,
    TestCase,
    Verdict,
)
from helpers.model.results.words import left_out_words, verdict_words
from helpers.model.runnable_dir import path_in_repo

# GitHub refuses a summary of more than 1 MiB as a whole; the rest is left to the step's own text.
_LIMIT = 1_000_000
_MOST_DETAILS = 12_000
# GitHub shows this many errors of a step, and as many warnings; it bounds their titles too.
_MOST_ANNOTATIONS = 10
_MOST_TITLE = 250
_MOST_MESSAGE = 4_000

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Whatever may mean something in Markdown or HTML; "www." becomes a link by itself.
_SPECIAL = re.compile(r"[^\w\s/.,-]|_|(?<=www)\.", re.IGNORECASE)
_BLANKS = "\n\t\xa0\u3000"

_Bad = tuple[DirResult, TestCase]


def step_summary(run: RunResult) -> str:
    """The summary as Markdown: totals, dirs, failures, flaky tests, reused results.

    It stays below what GitHub accepts: whole entries are left out, and a note says how many.
    """
    page = _Page()
    page.add_all(_totals(run))
    ordered = sorted(run.dirs, key=lambda item: WORST_FIRST.index(item.state))
    if ordered:
        head = [
            "| dir | state | passed | failed | skipped | seconds |",
            "|---|---|--:|--:|--:|--:|",
        ]
        page.add_section([*head], (_row(item) for item in ordered))
    page.add_section(["", "## What went wrong", ""], _problems(ordered))
    page.add_section(["", "## Failures", ""], (_failure(*bad) for bad in _failures(run)))
    page.add_section(["", "## Tests of bricks", ""], _of_bricks(run))
    page.add_section(["", "## Flaky: passed when tried again", ""], _flaky_lines(run))
    page.add_section(["", "## Reused: the same inputs passed before", ""], _reused_lines(run))
    return page.text(run.folder)


def annotations(run: RunResult) -> list[str]:
    """Workflow commands that mark failures on their files, then flaky tests.

    GitHub drops all but the first ten errors of a step, so the failures come first, each dir's
    first before any dir's second, and a notice tells how many were left out.
    """
    errors = [_failure_command(*bad) for bad in _failures(run)]
    errors += [_problem_command(item) for item in run.dirs if _fails_without_a_test(item)]
    warnings = [
        _flaky_command(item, test) for item in run.dirs for test in item.tests if test.flaky
    ]
    return [
        *_bounded(errors, "failures", run.folder),
        *_bounded(warnings, "flaky tests", run.folder),
    ]


class _Page:
    """Lines up to the limit."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        # Room for the note that something is missing.
        self._room = _LIMIT - 500
        self._left_out = 0

    def add_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._add(line)

    def add_section(self, head: list[str], entries: Iterable[str]) -> None:
        """Add a heading and its entries; nothing if there are no entries."""
        shown = list(entries)
        if shown:
            self._add("\n".join(head))
        self.add_all(shown)

    def _add(self, block: str) -> None:
        size = len(block.encode()) + 1
        if size > self._room:
            self._left_out += 1
            return
        self._room -= size
        self._lines.append(block)

    def text(self, folder: str) -> str:
        if self._left_out:
            left_out = counted(self._left_out, "entry", "entries")
            note = f"**{left_out} left out: GitHub shows no longer summary.**"
            self._lines += ["", f"{note} All results are in {_code(folder)}."]
        return "\n".join(self._lines) + "\n"


def _totals(run: RunResult) -> Iterator[str]:
    counts = run.counts
    words = [f"{counts.passed} passed", f"{counts.failed} failed", f"{counts.skipped} skipped"]
    words += [f"{counts.flaky} flaky"] if counts.flaky else []
    yield f"# Tests ({run.suite}): {verdict_words(run)}"
    yield ""
    yield f"**{', '.join(words)}** in {run.seconds:.1f} s; results in {_code(run.folder)}"
    yield ""
    if run.left_out:
        yield f"{left_out_words(run.left_out)}."
        yield ""


def _row(item: DirResult) -> str:
    counts = item.counts
    state = f"**{item.state.value}**" if item.verdict is Verdict.BAD else item.state.value
    state += ", reused" if item.reused else ""
    numbers = f"{counts.passed} | {counts.failed} | {counts.skipped} | {item.seconds:.1f}"
    return f"| {_code(item.name)} | {state} | {numbers} |"


def _problems(dirs: Iterable[DirResult]) -> Iterator[str]:
    for item in dirs:
        if not (item.problem or item.hints):
            continue
        text = "\n".join([item.problem, *item.hints, *_ways(item)]).strip()
        yield f"{_code(item.name)}: {item.state.value}\n\n{_block(text)}\n"


def _ways(item: DirResult) -> list[str]:
    fix = [f"fix: {item.fix}"] if item.fix else []
    return [*fix, f"log: {item.log}"] if item.log else fix


def _failure(item: DirResult, test: TestCase) -> str:
    times = f" ({test.attempts} attempts)" if test.attempts > 1 else ""
    title = f"{item.name}: {test.node}"
    return "\n".join(
        [
            f"<details><summary>{test.outcome.value} {_code(title)}{times}</summary>",
            "",
            _block(test.details or test.message),
            "",
            "again:",
            "",
            _block(repeat_command(item.dir, test.node, stack=item.stack)),
            "",
            "</details>",
            "",
        ]
    )


def _flaky_lines(run: RunResult) -> Iterator[str]:
    for item in run.dirs:
        for test in item.tests:
            if test.flaky:
                yield f"- {_code(f'{item.name}: {test.node}')} ({test.attempts} attempts)"


def _reused_lines(run: RunResult) -> Iterator[str]:
    for item in run.dirs:
        if item.reused:
            source = f" from {_code(item.reused.source)}" if item.reused.source else ""
            recorded = f"run {_code(item.reused.run)} of {_code(item.reused.ended)}"
            yield f"- {_code(item.name)}: {recorded}{source}"


def _of_bricks(run: RunResult) -> Iterator[str]:
    for one in brick_failures(run):
        yield f"- {_code(one.test)} {_code(one.words)}"


def _failures(run: RunResult) -> list[_Bad]:
    """Failed tests, the first of every dir before the second of any."""
    ranked = [
        (place, item, test)
        for item in run.dirs
        for place, test in enumerate(test for test in item.tests if test.bad)
    ]
    return [(item, test) for _, item, test in sorted(ranked, key=lambda ranked: ranked[0])]


def _fails_without_a_test(item: DirResult) -> bool:
    failed = item.state in (DirState.ERROR, DirState.FAILED)
    return failed and not any(test.bad for test in item.tests)


def _bounded(commands: list[str], what: str, folder: str) -> list[str]:
    left = len(commands) - _MOST_ANNOTATIONS
    if left <= 0:
        return commands
    text = f"{left} more {what} are not marked: see the step's summary or {folder}"
    return [*commands[:_MOST_ANNOTATIONS], _command("notice", f"More {what}", text)]


def _failure_command(item: DirResult, test: TestCase) -> str:
    again = f"again: {repeat_command(item.dir, test.node, stack=item.stack)}"
    message = f"{_cut(test.message or test.outcome.value, _MOST_MESSAGE)}\n\n{again}"
    return _test_command("error", item, test, message)


def _flaky_command(item: DirResult, test: TestCase) -> str:
    message = f"flaky: failed at first, {test.outcome.value} at attempt {test.attempts}"
    return _test_command("warning", item, test, message)


def _test_command(kind: str, item: DirResult, test: TestCase, message: str) -> str:
    place = item.location_of(test)
    return _command(kind, f"{item.name}: {test.node}", message, place.path, place.line)


def _problem_command(item: DirResult) -> str:
    problem = _cut(item.problem or item.state.value, _MOST_MESSAGE)
    message = "\n".join([problem, *_ways(item)])
    return _command(
        "error", f"{item.name}: {item.state.value}", message, path_in_repo(item.dir, CHANGELOG)
    )


def _command(kind: str, title: str, message: str, file: str = "", line: int = 0) -> str:
    properties = {
        "file": file,
        "line": str(line) if file and line else "",
        "title": title[:_MOST_TITLE],
    }
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{kind} {given}::{_data(message)}"


def _data(text: str) -> str:
    return _printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _code(text: str) -> str:
    """Text within a line of Markdown: what could have a meaning becomes a reference.

    The tag keeps a text that begins like a list from being one.
    """
    words = " ".join(_printable(text).split())
    escaped = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", words)
    return f"<code>{escaped}</code>"


def _block(text: str) -> str:
    """Text as it is, in `<pre>`, whose end tag is escaped in the text."""
    return f"<pre>\n{html.escape(_printable(_cut(text, _MOST_DETAILS)))}\n</pre>"


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters ...]\n{text[-half:]}"


def _printable(text: str) -> str:
    """Text without colours, and without characters that cannot be encoded or reorder others."""
    plain = _COLOURS.sub("", text).replace("\r\n", "\n")
    return "".join(sign if sign.isprintable() or sign in _BLANKS else "\ufffd" for sign in plain)
