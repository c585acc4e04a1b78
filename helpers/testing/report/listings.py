"""The tables of the page: dirs, tests, flaky and slow tests, and what was reused."""

from collections.abc import Iterable, Sequence
from heapq import nlargest

from helpers.model.results.coverage import covered_share
from helpers.model.results.results import TestOutcome
from helpers.testing.report.html import Html, badge, join, row, safe, section, shortened, table, tag
from helpers.testing.report.tally import DirTally, Tally

_SLOWEST = 20
_DIRS = (
    "dir", "state", "passed#", "failed#", "errors#?", "skipped#?", "flaky#?", "seconds#",
    "covered#?", "image?", "ran because?",
)  # fmt: skip
_TESTS = ("test", "outcome", "dir?", "seconds#", "attempts#?")


def dirs(run: Tally) -> Html:
    """Every dir."""
    if not run.dirs:
        return Html("")
    rows = [_dir_row(number, found) for number, found in enumerate(run.dirs)]
    kinds = [*run.states(), ("flaky", sum(found.flaky > 0 for found in run.dirs)),
             ("reused", run.reused)]  # fmt: skip
    return section(
        "dirs",
        "Dirs",
        row_filter("dirs", "Filter dirs", kinds),
        table("Every dir of the run", _DIRS, rows, "dirs-table"),
        show_more("dirs"),
    )


def _dir_row(number: int, found: DirTally) -> str:
    item = found.item
    state, name = item.state.value, safe(item.name)
    kinds = state + (",reused" if item.reused else "") + (",flaky" if found.flaky else "")
    shown = badge(state) + (" " + badge("reused") if item.reused else "")
    covered = f"{covered_share(item.coverage):.0%}" if item.coverage else ""
    counts = (found.passed, found.failed, found.errors, found.skipped, found.flaky)
    cells = [
        Html(name if found.good else f'<a href="#dir-{number}">{name}</a>'),
        Html(shown),
        *(Html(str(number or "")) for number in counts),
        Html(f"{item.seconds:.1f}"),
        Html(covered),
        item.image,
        item.ran_because,
    ]
    return row(_DIRS, cells, kinds)


def tests(run: Tally) -> Html:
    """Every test; the script fills the table."""
    if not run.tests:
        return Html("")
    found = [test.outcome for one in run.dirs for test in one.odd]
    plain = run.tests - len(found)
    kinds = [
        (kind.value, found.count(kind) + (plain if kind is TestOutcome.PASSED else 0))
        for kind in TestOutcome
    ]
    kinds += [("flaky", run.total("flaky")), ("reused", run.reused_tests)]
    return section(
        "tests",
        "Tests",
        row_filter("tests", "Filter tests", kinds),
        table("Every test of the run", _TESTS, [], "tests-table"),
        show_more("tests"),
        Html("<noscript><p>This list needs JavaScript; failures stand above.</p></noscript>"),
    )


def row_filter(name: str, label: str, kinds: Sequence[tuple[str, int]]) -> Html:
    """The field that filters a table: the script shows it, without which it would do nothing."""
    options = [tag("option", f"{k} ({number})", value=k) for k, number in kinds if number]
    field = Html(
        f'<input type="search" id="{name}-filter" autocomplete="off" spellcheck="false"'
        ' placeholder="words, all must match">'
    )
    choice = tag("select", tag("option", "all", value=""), *options, id=f"{name}-kind")
    return tag(
        "form",
        tag("label", f"{label} ", field),
        tag("label", "show ", choice),
        tag("output", "", id=f"{name}-count", for_=f"{name}-filter {name}-kind"),
        class_="filter",
        role="search",
        aria_label=label,
        hidden="hidden",
    )


def show_more(name: str) -> Html:
    """The button that shows more rows of a table."""
    return tag("button", "show more", type="button", id=f"{name}-more", class_="more",
               hidden="hidden")  # fmt: skip


def flaky(run: Tally) -> Html:
    """Tests that passed only when they were tried again."""
    columns = ("test", "dir", "attempts#", "failed at first with?")
    rows = [
        row(
            columns,
            (_code(test.node), found.item.name, str(test.attempts), shortened(test.message)),
        )
        for found in run.dirs
        for test in found.odd
        if test.flaky
    ]
    return _listed("flaky", "Flaky tests", "Passed only when tried again", columns, rows)


def slowest(run: Tally) -> Html:
    """The tests that took longest."""
    columns = ("test", "dir", "seconds#")
    most = nlargest(
        _SLOWEST,
        (
            (test.seconds, test.node, number)
            for number, found in enumerate(run.dirs)
            for test in found.item.tests
        ),
    )
    rows = []
    for seconds, node, number in most:
        item = run.dirs[number].item
        where = join([item.name, " ", badge("reused") if item.reused else ""])
        rows.append(row(columns, (_code(node), where, f"{seconds:.2f}")))
    return _listed("slowest", "Slowest tests", f"The slowest {len(rows)}", columns, rows)


def reused(run: Tally) -> Html:
    """Dirs that did not run, with what vouches for them."""
    columns = ("dir", "passed at", "in run", "recorded in")
    rows = [
        row(columns, (item.name, _time(item.reused.ended), _code(item.reused.run),
                      item.reused.source or "this repo"))
        for item in (found.item for found in run.dirs)
        if item.reused
    ]  # fmt: skip
    why = (
        "These did not run: the same tests passed before with the same image, inputs, services,"
        " suite, arguments, environment and toolchain."
    )
    return _listed("reused", "Reused results", "Recorded passes", columns, rows, why)


def _listed(
    name: str, title: str, caption: str, columns: Iterable[str], rows: Sequence[str], why: str = ""
) -> Html:
    if not rows:
        return Html("")
    shown = (table(caption, columns, rows, f"{name}-table"), show_more(name))
    return section(name, title, tag("p", why, class_="dim") if why else "", *shown)


def _code(text: str) -> Html:
    return Html(f"<code>{safe(text)}</code>")


def _time(stamp: str) -> Html:
    """A time as people read it, exact to the second for programs."""
    return tag("time", readable(stamp), datetime=stamp)


def readable(stamp: str) -> str:
    """An ISO time with a blank instead of the T, and UTC by its name."""
    return stamp.replace("T", " ", 1).replace("+00:00", " UTC")


def coverage(run: Tally) -> Html:
    """A share for each dir; the script adds files and lines when one is opened."""
    parts = []
    for number, found in enumerate(run.dirs):
        if not found.item.coverage:
            continue
        share = covered_share(found.item.coverage)
        meter = tag(
            "svg",
            Html(f'<rect class="whole" width="100%" height="8"/><rect class="ran"'
                 f' width="{share:.1%}" height="8"/>'),
            class_="meter", aria_hidden="true",
        )  # fmt: skip
        said = tag("span", f"{share:.1%}", class_="number")
        summary = tag("summary", tag("span", found.item.name), " ", meter, " ", said)
        parts.append(tag("details", summary, class_="covered", data_dir=str(number)))
    if not parts:
        return Html("")
    absent = Html("<noscript><p>Files and lines need JavaScript.</p></noscript>")
    return section("coverage", "Coverage", *parts, absent)
