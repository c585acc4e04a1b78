"""The page on the tests of many repos: each repo with its dirs, and the way to its own page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from helpers.model.numbers import counted
from helpers.model.repo_commands import TestedRepo
from helpers.model.results.results import DirState, Verdict
from helpers.model.runnable_dir import shown_name
from helpers.testing.exit_status import ExitStatus
from helpers.testing.report.html import Html, badge, row, section, table, tag, took
from helpers.testing.report.listings import row_filter, show_more
from helpers.testing.report.page import document, page_header, sum_card

_REPOS = ("repo", "result", "dirs#", "passed#", "failed#", "toolchain?", "seconds#")
_DIRS = ("dir", "repo", "state", "passed#", "failed#")
_FAILURES = ("test", "dir", "repo")
_STATES: dict[int, DirState] = {
    ExitStatus.PASSED: DirState.PASSED,
    ExitStatus.FAILED: DirState.FAILED,
    ExitStatus.NO_TESTS: DirState.NO_TESTS,
}
_IN_TITLE: dict[str, str] = {DirState.ERROR: "in error", DirState.NO_TESTS: "without tests"}


def render_page(tested: Sequence[TestedRepo], verdict: Verdict, facts: Mapping[str, str]) -> str:
    """The page.

    Args:
        facts: on the whole run, by their names.
    """
    results = Counter(_result(one) for one in tested)
    title = ", ".join(
        f"{counted(number, 'repo')} {_IN_TITLE.get(name, name)}" for name, number in results.items()
    )
    cards = (_sum_of_tests(tested), sum_card("repo", len(tested), _figures(results), {}))
    seconds = took(max((one.outcome.seconds for one in tested), default=0.0))
    header = page_header(title, verdict, {**facts, "longest": seconds}, cards)
    sections = {
        "failures": ("Failures", _listing("failures", "Failures", _FAILURES, _failures(tested))),
        "repos": ("Repos", _listing("repos", "Repos", _REPOS, map(_repo, tested))),
        "dirs": ("Dirs", _listing("dirs", "Dirs", _DIRS, _dirs(tested))),
    }
    return document(title, verdict, header, sections)


def _listing(name: str, title: str, columns: Sequence[str], rows: Iterable[str]) -> Html:
    found = list(rows)
    if not found:
        return Html("")
    shown = table(f"{title} of all repos", columns, found, f"{name}-table")
    filtered = row_filter(name, f"Filter {title.lower()}", ())
    return section(name, title, filtered, shown, show_more(name))


def _figures(results: Mapping[str, int]) -> dict[str, int]:
    return {"passed": 0, "failed": 0, "error": 0, **results}


def _sum_of_tests(tested: Sequence[TestedRepo]) -> Html:
    passed, failed = sum(one.passed for one in tested), sum(one.failed for one in tested)
    return sum_card("test", passed + failed, {"passed": passed, "failed": failed}, {})


def _result(one: TestedRepo) -> str:
    """The result as dirs have it."""
    status = one.outcome.status
    return DirState.ERROR if status is None else _STATES.get(status, DirState.ERROR)


def _name(one: TestedRepo) -> Html:
    """The repo's name, which leads to its page."""
    name = one.outcome.repo
    if not one.report:
        return tag("span", name)
    return tag("a", name, href=Path(one.report).as_uri())


def _repo(one: TestedRepo) -> str:
    cells = [
        _name(one), badge(_result(one)), str(len(one.dirs) or ""), str(one.passed or ""),
        str(one.failed or ""), one.toolchain, f"{one.outcome.seconds:.1f}",
    ]  # fmt: skip
    return row(_REPOS, cells)


def _dirs(tested: Sequence[TestedRepo]) -> Iterator[str]:
    for one in tested:
        for item in one.dirs:
            state, _, reused = item.state.partition(" (")
            shown = Html(badge(state) + (" " + badge("reused") if reused else ""))
            failed = str(len(item.failed) or "")
            dir = shown_name(item.dir, one.outcome.repo)
            yield row(_DIRS, [dir, _name(one), shown, str(item.passed or ""), failed])


def _failures(tested: Sequence[TestedRepo]) -> Iterator[str]:
    for one in tested:
        for item in one.dirs:
            for node in item.failed:
                dir = shown_name(item.dir, one.outcome.repo)
                yield row(_FAILURES, [node, dir, _name(one)])
