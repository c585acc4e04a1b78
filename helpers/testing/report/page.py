"""Write the page from a run's result."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from helpers.model.results.results import RunResult, Verdict
from helpers.model.results.words import left_out_words, verdict_words
from helpers.testing.report import listings
from helpers.testing.report.data import anchors, embedded_coverage, embedded_tests
from helpers.testing.report.html import Html, safe, tag, took
from helpers.testing.report.tally import Tally, tally
from helpers.testing.report.timeline import timeline
from helpers.testing.report.trouble import failures, notes, of_bricks

_MARKS = {
    Verdict.GOOD: "\N{CHECK MARK}",
    Verdict.NOTICE: "\N{WHITE CIRCLE}",
    Verdict.BAD: "\N{MULTIPLICATION X}",
}
_COLOURS = {Verdict.GOOD: "#2da160", Verdict.NOTICE: "#c9a227", Verdict.BAD: "#d64541"}


def render_report(run: RunResult, sources: Mapping[str, str]) -> str:
    """The page.

    Args:
        sources: text of the files whose coverage was measured, by their paths in the repo.
    """
    found = tally(run)
    shown = anchors(found)
    sections = {
        "failures": ("Failures", failures(found, shown)),
        "bricks": ("Bricks", of_bricks(found)),
        "notes": ("Notes", notes(found)),
        "time": ("Time", timeline(run)),
        "dirs": ("Dirs", listings.dirs(found)),
        "flaky": ("Flaky", listings.flaky(found)),
        "slowest": ("Slowest", listings.slowest(found)),
        "reused": ("Reused", listings.reused(found)),
        "coverage": ("Coverage", listings.coverage(found)),
        "tests": ("Tests", listings.tests(found)),
    }
    data = embedded_tests(found, shown) + embedded_coverage(found, sources)
    return document(verdict_words(run), run.verdict, _header(found), sections, data)


def document(
    title: str,
    verdict: Verdict,
    header: Html,
    sections: Mapping[str, tuple[str, Html]],
    data: str = "",
) -> str:
    """A page with our style and script.

    Args:
        sections: by its id each part of the page, with its name in the navigation; those without
            content are left out.
        data: what the script reads, as HTML.
    """
    style, script = _beside("page.css"), _beside("page.js")
    there = {name: part for name, part in sections.items() if part[1]}
    links = [tag("a", named, href=f"#{name}") for name, (named, _) in there.items()]
    return "".join(
        [
            _head(title, verdict, style, script),
            "<body>\n",
            '<a class="skip" href="#content">Skip to the results</a>\n',
            header,
            tag("nav", *links, aria_label="Sections") if links else "",
            '\n<main id="content" tabindex="-1">\n',
            *(f"{part}\n" for _, part in there.values()),
            "</main>\n",
            data,
            f"<script>{script}</script>\n</body>\n</html>\n",
        ]
    )


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _head(title: str, verdict: Verdict, style: str, script: str) -> str:
    # Trusted types make the browser refuse any text that a script would turn into HTML.
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " img-src data:; base-uri 'none'; form-action 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<link rel="icon" href="{_icon(verdict)}">\n'
        f"<title>{safe(title)}</title>\n<style>{style}</style>\n</head>\n"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _icon(verdict: Verdict) -> str:
    """A dot in the tab's title; with it no browser asks a server for an icon."""
    drawn = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
        f"<circle cx='8' cy='8' r='7' fill='{_COLOURS[verdict]}'/></svg>"
    )
    return f"data:image/svg+xml,{quote(drawn)}"


def _header(found: Tally) -> Html:
    run = found.run
    facts = {
        "suite": str(run.suite),
        "took": took(run.seconds),
        "started": listings.readable(run.started),
        "run": run.run,
    }
    cards = (_tests_card(found), _dirs_card(found))
    return page_header(verdict_words(run), run.verdict, facts, cards)


def page_header(
    title: str, verdict: Verdict, facts: Mapping[str, str], cards: Iterable[Html]
) -> Html:
    """The head of a page: its verdict, facts with their names, and sums."""
    mark = tag("span", _MARKS[verdict], aria_hidden="true")
    shown = [
        tag("div", tag("dt", name), tag("dd", value)) for name, value in facts.items() if value
    ]
    return tag(
        "header",
        tag("h1", mark, " ", title, class_=verdict.value),
        tag("dl", *shown, class_="facts"),
        tag("div", *cards, class_="cards"),
    )


def _tests_card(found: Tally) -> Html:
    failed, errors = found.total("failed"), found.total("errors")
    figures = {
        "passed": found.total("passed"),
        "failed": failed,
        "error": errors,
        "skipped": found.total("skipped"),
    }
    besides = {"flaky": found.total("flaky"), "reused": found.reused_tests}
    return sum_card("test", found.tests, figures, besides)


def _dirs_card(found: Tally) -> Html:
    figures = {"passed": 0, "failed": 0, "error": 0} | dict(found.states())
    flaky = sum(one.flaky > 0 for one in found.dirs)
    besides = {"flaky": flaky, "reused": found.reused}
    skipped = left_out_words(found.run.left_out)
    return sum_card("dir", len(found.dirs), figures, besides, skipped)


def sum_card(
    title: str, number: int, figures: dict[str, int], besides: dict[str, int], more: str = ""
) -> Html:
    """A sum with its parts.

    Args:
        title: what is counted, one of it.
        besides: counts of some that are among the figures already.
    """
    shown = [
        tag("li", tag("b", f"{value:,}"), f" {name}", class_=f"badge {_kind(name, value)}")
        for name, value in (figures | besides).items()
    ]
    return tag(
        "section",
        tag("h2", tag("b", f"{number:,}"), " ", title if number == 1 else f"{title}s"),
        tag("svg", *_shares(figures), class_="shares", aria_hidden="true") if number else "",
        tag("ul", *shown),
        tag("p", more, class_="dim") if more else "",
        class_="card",
    )


def _kind(name: str, value: int) -> str:
    return name.replace(" ", "-") if value else "none"


def _shares(figures: dict[str, int]) -> Iterator[Html]:
    """The figures as parts of one bar; a single failure among thousands is still seen."""
    number = sum(figures.values())
    least = 0.006
    widths = {name: max(value / number, least) for name, value in figures.items() if value}
    scale = 1 / sum(widths.values())
    at = 0.0
    for name, width in widths.items():
        place, share = f"{at:.2%}", f"{width * scale:.2%}"
        yield tag("rect", x=place, width=share, height="6", class_=_kind(name, 1))
        at += width * scale
