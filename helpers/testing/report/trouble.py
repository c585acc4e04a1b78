"""What went wrong in a run, and what its dirs want to be known."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import quote

from helpers.model.groups import grouped
from helpers.model.numbers import counted
from helpers.model.results.brick_failures import brick_failures
from helpers.model.results.repeat import repeat_command
from helpers.model.results.results import DirResult, DirState, TestCase, Verdict
from helpers.testing.report.html import Html, badge, command, plain, section, shortened, tag
from helpers.testing.report.tally import DirTally, Tally

# Characters of output: of one failure, and about as many of all.
_MOST_TEXT = 60_000
_LEAST_TEXT = 4_000
_WHOLE_TEXT = 4_000_000
_MOST_OF_BRICKS = 500
_STOPPED = "It was stopped before its tests ended."
_NO_TESTS = "It has no tests, or none of the suite that ran."


def failures(run: Tally, anchors: Mapping[tuple[int, int], str]) -> Html:
    """Dirs that failed, with their tests.

    Args:
        anchors: ids of the failures to be shown, by dir and place among its odd tests.
    """
    bad = [(number, found) for number, found in enumerate(run.dirs) if not found.good]
    if not bad:
        return Html("")
    most = min(_MOST_TEXT, max(_LEAST_TEXT, _WHOLE_TEXT // max(len(anchors), 1)))
    parts = [_dir(number, found, run.run.folder, anchors, most) for number, found in bad]
    left = run.total("failed") + run.total("errors") - len(anchors)
    if left:
        more = counted(left, "more failure")
        parts.append(tag("p", f"and {more}: see the list of tests below"))
    toggle = tag("button", "open all", type="button", id="open-all", hidden="hidden")
    return section("failures", "What went wrong", toggle, *parts)


def _dir(
    number: int, found: DirTally, kept: str, anchors: Mapping[tuple[int, int], str], most: int
) -> Html:
    item, is_only = found.item, len(anchors) == 1
    parts = [tag("h3", item.name, " ", badge(item.state.value))]
    problem = item.problem or (_STOPPED if item.state is DirState.STOPPED else "")
    if problem:
        parts.append(tag("pre", _cut(plain(problem), most), tabindex="0"))
    if item.fix:
        parts.append(command(item.fix, "fix:"))
    parts += [tag("p", hint, class_="hint") for hint in item.hints]
    parts += [
        _failure(item, test, anchors[number, place], most, is_open=is_only)
        for place, test in enumerate(found.odd)
        if (number, place) in anchors
    ]
    if item.log:
        parts.append(tag("p", "log: ", _log(item.log, kept), class_="dim"))
    return tag("article", *parts, id=f"dir-{number}")


def _failure(item: DirResult, test: TestCase, anchor: str, most: int, *, is_open: bool) -> Html:
    tries = f", {test.attempts} attempts" if test.attempts > 1 else ""
    message = shortened(test.message).partition("\n")[0]
    said = tag("span", message, class_="said") if message else ""
    summary = tag(
        "summary",
        badge(test.outcome.value), " ",
        tag("code", test.node), " ",
        tag("span", f"{test.seconds:.2f} s{tries}", class_="dim"),
        said,
    )  # fmt: skip
    return tag(
        "details",
        summary,
        tag("pre", _cut(plain(test.details or test.message), most), tabindex="0"),
        _source(item, test),
        command(repeat_command(item.dir, test.node, stack=item.stack), "again:"),
        id=anchor,
        class_="failure",
        **({"open": "open"} if is_open else {}),
    )


def _source(item: DirResult, test: TestCase) -> Html:
    """A link to the line that failed: the page stands two folders below the repo's root."""
    place = item.location_of(test)
    if not place.path:
        return Html("")
    line = f"#L{place.line}" if place.line else ""
    href = f"../../{quote(place.path, errors='replace')}{line}"
    return tag("p", tag("span", "at:", class_="dim"), " ", tag("a", tag("code", str(place)),
               href=href))  # fmt: skip


def _cut(text: str, most: int) -> str:
    """One test that prints without end must not make the page useless."""
    if len(text) <= most:
        return text
    half = most // 2
    left = len(text) - 2 * half
    return f"{text[:half]}\n[... {left} characters are left out: see the log ...]\n{text[-half:]}"


def _log(path: str, folder: str) -> Html:
    """The log stands beside the page, where the run's folder was kept as a whole."""
    if not PurePosixPath(path).is_relative_to(folder):
        return tag("code", path)
    beside = PurePosixPath(path).relative_to(folder).as_posix()
    return tag("a", tag("code", path), href=f"./{quote(beside, errors='replace')}")


def of_bricks(run: Tally) -> Html:
    """For which dirs tests of bricks fail."""
    found = brick_failures(run.run)
    if not found:
        return Html("")
    parts = [
        tag("p", tag("code", one.test), " ", one.words, class_="hint")
        for one in found[:_MOST_OF_BRICKS]
    ]
    left = len(found) - len(parts)
    more = tag("p", f"and {counted(left, 'more test')}") if left else ""
    return section("bricks", "Tests of bricks", *parts, more)


def notes(run: Tally) -> Html:
    """Hints of dirs that did not fail, and those without tests; a failure has its own hints."""
    good = [found.item for found in run.dirs if found.good]
    unsaid = {Verdict.NOTICE: (_NO_TESTS,)}
    told = grouped(
        (hint, item.name) for item in good for hint in (*unsaid.get(item.verdict, ()), *item.hints)
    )
    if not told:
        return Html("")
    parts = [
        tag("p", tag("strong", ", ".join(names)), ": ", hint, class_="hint")
        for hint, names in told.items()
    ]
    return section("notes", "Good to know", *parts)
