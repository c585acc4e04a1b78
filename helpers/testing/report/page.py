"""Write the page from a run's result."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.model.coverage import FileCoverage, covered_share
from helpers.model.repeat import repeat_command
from helpers.model.results import DirResult, DirState, Outcome, RunResult, TestCase
from helpers.testing.report.html import Html, join, safe, table, tag
from helpers.testing.report.timeline import timeline

_HERE = Path(__file__).parent
_SLOWEST = 20
_MOST_FAILURES = 500
_ORDER = (DirState.ERROR, DirState.FAILED, DirState.STOPPED, DirState.NO_TESTS, DirState.PASSED)


def render_report(run: RunResult, sources: Mapping[str, str]) -> str:
    """The page.

    Args:
        sources: text of the files whose coverage was measured, by their paths in the repo.
    """
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    title = f"Tests: {_verdict(run)}"
    sections = (part for part in _sections(run) if part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#content">Skip to the results</a>\n'
        f'{_header(run)}\n<main id="content">\n{join(sections)}\n</main>\n'
        f'<script type="application/json" id="data">{_data(run, sources)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _verdict(run: RunResult) -> str:
    bad = sum(item.state is not DirState.PASSED for item in run.dirs)
    if not run.dirs:
        return "nothing had to run"
    return f"{bad} of {len(run.dirs)} dirs did not pass" if bad else f"{len(run.dirs)} dirs passed"


def _header(run: RunResult) -> Html:
    counts = run.counts
    reused = sum(item.reused is not None for item in run.dirs)
    states = {state: sum(item.state is state for item in run.dirs) for state in _ORDER}
    figures = [
        ("passed", counts.passed, "passed"),
        ("failed", counts.failed, "failed"),
        ("skipped", counts.skipped, "skipped"),
        ("flaky", counts.flaky, "flaky"),
    ]
    dirs = [(state.value, number, state.value) for state, number in states.items() if number]
    dirs.append(("reused", reused, "reused"))
    facts = f"suite {run.suite.value}, {run.seconds:.1f} s, started {run.started}, run {run.run}"
    if run.left_out:
        facts += f"; {run.left_out} more dirs were not asked for, or nothing they use changed"
    mood = "good" if run.exit_status == 0 else "bad"
    return tag(
        "header",
        tag("h1", _verdict(run), class_=mood),
        tag("p", facts, class_="facts"),
        tag("dl", tag("dt", "tests"), *_figures(figures), class_="figures"),
        tag("dl", tag("dt", "dirs"), *_figures(dirs), class_="figures"),
    )


def _figures(figures: list[tuple[str, int, str]]) -> Iterator[Html]:
    for kind, number, label in figures:
        shown = f"badge {kind.replace(' ', '-')}" if number else "badge none"
        yield tag("dd", tag("b", str(number)), f" {label}", class_=shown)


def _sections(run: RunResult) -> Iterator[Html]:
    yield _failures(run)
    yield timeline(run)
    yield _dirs(run)
    yield _flaky(run)
    yield _slowest(run)
    yield _reused(run)
    yield _coverage(run)
    yield _tests(run)


def _section(name: str, title: str, *children: str) -> Html:
    return tag("section", tag("h2", title), *children, id=name)


def _failures(run: RunResult) -> Html:
    bad = [(item, test) for item in run.dirs for test in item.tests if test.bad]
    troubled = [item for item in run.dirs if item.problem or item.hints]
    if not bad and not troubled:
        return Html("")
    parts = [_trouble(item) for item in troubled]
    parts += [_failure(item, test) for item, test in bad[:_MOST_FAILURES]]
    if len(bad) > _MOST_FAILURES:
        parts.append(tag("p", f"and {len(bad) - _MOST_FAILURES} more failures: see junit.xml"))
    return _section("failures", "What went wrong, and what to know", *parts)


def _trouble(item: DirResult) -> Html:
    parts = [tag("h3", item.dir, " ", _badge(item.state.value))]
    if item.problem:
        parts.append(tag("pre", item.problem, tabindex="0"))
    if item.mend:
        parts.append(tag("p", "mend: ", tag("code", item.mend)))
    parts += [tag("p", hint, class_="hint") for hint in item.hints]
    return tag("article", *parts)


def _failure(item: DirResult, test: TestCase) -> Html:
    tries = f", {test.attempts} attempts" if test.attempts > 1 else ""
    where = f"{item.dir}, {test.seconds:.2f} s{tries}"
    return tag(
        "details",
        tag("summary", _badge(test.outcome.value), " ", tag("code", test.node), " ",
            tag("span", where, class_="dim")),
        tag("p", test.message),
        tag("pre", test.details or test.message, tabindex="0"),
        _command(repeat_command(item.dir, test.node)),
    )  # fmt: skip


def _command(command: str) -> Html:
    button = tag("button", "copy", type="button", class_="copy", data_text=command)
    return tag("p", tag("span", "again: ", class_="dim"), tag("code", command), " ", button)


def _dirs(run: RunResult) -> Html:
    rows = [_dir_row(item) for item in run.dirs]
    header = ("dir", "state", "image", "passed", "failed", "skipped", "flaky", "seconds", "covered")
    return _section(
        "dirs",
        "Dirs",
        _filter("dirs-filter", "Filter dirs", [state.value for state in _ORDER]),
        table("Every dir of the run", header, rows, id="dirs-table", class_="sortable"),
    )


def _dir_row(item: DirResult) -> list[str]:
    counts = item.counts
    state = join([_badge(item.state.value), Html(" "), _badge("reused") if item.reused else ""])
    numbers = (counts.passed, counts.failed, counts.skipped, counts.flaky)
    covered = f"{covered_share(item.coverage):.0%}" if item.coverage else ""
    shown = [str(number) for number in numbers]
    return [item.dir, state, item.image, *shown, f"{item.seconds:.1f}", covered]


def _tests(run: RunResult) -> Html:
    number = sum(len(item.tests) for item in run.dirs)
    header = ("outcome", "test", "dir", "seconds", "attempts")
    return _section(
        "tests",
        f"Tests ({number})",
        _filter("tests-filter", "Filter tests", [outcome.value for outcome in Outcome]),
        table("Every test of the run", header, [], id="tests-table", class_="sortable"),
        tag("p", tag("button", "show more", type="button", id="more", hidden="hidden")),
        Html(
            "<noscript><p>The list of tests needs JavaScript; failures stand above.</p></noscript>"
        ),
    )


def _filter(name: str, label: str, choices: list[str]) -> Html:
    options = [tag("option", "all", value=""), *(tag("option", c, value=c) for c in choices)]
    return tag(
        "form",
        tag("label", f"{label} ", Html(f'<input type="search" id="{name}" autocomplete="off">')),
        tag("label", " only ", tag("select", *options, id=f"{name}-kind")),
        tag("output", "", id=f"{name}-count", for_=name),
        class_="filter",
        role="search",
    )


def _flaky(run: RunResult) -> Html:
    rows = [
        (test.node, item.dir, str(test.attempts), test.message)
        for item in run.dirs
        for test in item.tests
        if test.flaky
    ]
    if not rows:
        return Html("")
    header = ("test", "dir", "attempts", "failed at first with")
    return _section("flaky", "Flaky tests", table("Passed only when tried again", header, rows))


def _slowest(run: RunResult) -> Html:
    tests = [(test.seconds, test.node, item.dir) for item in run.dirs for test in item.tests]
    rows = [
        (f"{seconds:.2f}", node, name)
        for seconds, node, name in sorted(tests)[: -_SLOWEST - 1 : -1]
    ]
    if not rows:
        return Html("")
    listed = table(f"The slowest {len(rows)}", ("seconds", "test", "dir"), rows)
    return _section("slowest", "Slowest tests", listed)


def _reused(run: RunResult) -> Html:
    rows = [
        (item.dir, item.reused.ended, item.reused.run, item.reused.source or "this checkout")
        for item in run.dirs
        if item.reused
    ]
    if not rows:
        return Html("")
    why = (
        "These did not run: the same tests passed before with the same image, inputs, services,"
        " suite, arguments, environment and toolchain."
    )
    listed = table("Recorded passes", ("dir", "passed at", "in run", "recorded in"), rows)
    return _section("reused", "Reused results", tag("p", why), listed)


def _coverage(run: RunResult) -> Html:
    measured = [item for item in run.dirs if item.coverage]
    if not measured:
        return Html("")
    parts = [_covered_dir(item) for item in measured]
    return _section("coverage", "Coverage", *parts)


def _covered_dir(item: DirResult) -> Html:
    header = ("file", "covered", "statements", "missing lines")
    rows = [_file_row(item.dir, file) for file in item.coverage]
    return tag(
        "details",
        tag("summary", tag("code", item.dir), f" {covered_share(item.coverage):.1%}"),
        table(f"Files of {item.dir}", header, rows),
    )


def _file_row(name: str, file: FileCoverage) -> list[str]:
    button = tag("button", file.path, type="button", class_="source", data_dir=name,
                 data_path=file.path, aria_expanded="false")  # fmt: skip
    missing = _ranges(file.missing)
    return [button, f"{covered_share([file]):.0%}", str(file.statements), missing]


def _ranges(lines: tuple[int, ...]) -> str:
    """Line numbers as people write them: 1-3, 7."""
    parts: list[list[int]] = []
    for line in lines:
        if parts and parts[-1][1] == line - 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def _badge(kind: str) -> Html:
    return tag("span", kind, class_=f"badge {kind.replace(' ', '-')}")


def _data(run: RunResult, sources: Mapping[str, str]) -> str:
    """What the script works with; no `<` in it, so nothing in it ends the element."""
    content: dict[str, Any] = {
        "dirs": [item.dir for item in run.dirs],
        "tests": [
            [number, test.node, test.outcome.value, round(test.seconds, 3), test.attempts]
            for number, item in enumerate(run.dirs)
            for test in item.tests
        ],
        "coverage": {
            item.dir: {file.path: [file.executed, file.missing] for file in item.coverage}
            for item in run.dirs
            if item.coverage
        },
        "sources": dict(sources),
    }
    return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
