"""What the script of the page works with, as JSON inside the page."""

import json
from collections.abc import Iterator, Mapping

from helpers.model.results.results import DirResult, TestOutcome
from helpers.testing.report.html import printable, shortened
from helpers.testing.report.tally import DirTally, Tally

_MOST_FAILURES = 500
_OUTCOMES = {outcome: number for number, outcome in enumerate(TestOutcome)}
Anchors = dict[tuple[int, int], str]


def anchors(run: Tally) -> Anchors:
    """Ids of the failures that are shown, by dir and place among its odd tests."""
    places = (
        (number, place)
        for number, found in enumerate(run.dirs)
        for place, test in enumerate(found.odd)
        if test.bad
    )
    return {key: f"failure-{n}" for n, key in zip(range(_MOST_FAILURES), places, strict=False)}


def embedded_tests(run: Tally, shown: Anchors) -> str:
    """All tests: nodes and milliseconds as lists, and besides only what is not plainly passed."""
    dirs = [
        [
            printable(found.item.name),
            int(found.item.reused is not None),
            [printable(test.node) for test in found.item.tests],
            [int(test.seconds * 1000 + 0.5) for test in found.item.tests],
            list(_odd(number, found, shown)),
        ]
        for number, found in enumerate(run.dirs)
    ]
    return _element("test-data", {"outcomes": [o.value for o in TestOutcome], "dirs": dirs})


def _odd(number: int, found: DirTally, shown: Anchors) -> Iterator[list[object]]:
    if not found.odd:
        return
    places = {id(test): place for place, test in enumerate(found.item.tests)}
    for place, test in enumerate(found.odd):
        message = printable(shortened(test.message))
        anchor = shown.get((number, place), "")
        yield [places[id(test)], _OUTCOMES[test.outcome], test.attempts, message, anchor]


def embedded_coverage(run: Tally, sources: Mapping[str, str]) -> str:
    """Files by dir, and their text; the script reads it when a dir is opened."""
    dirs = {
        number: [[printable(file.path), file.executed, file.missing] for file in item.coverage]
        for number, item in _measured(run)
    }
    if not dirs:
        return ""
    texts = {printable(path): _source(text) for path, text in sources.items()}
    return _element("coverage-data", {"dirs": dirs, "sources": texts})


def _measured(run: Tally) -> Iterator[tuple[int, DirResult]]:
    for number, found in enumerate(run.dirs):
        if found.item.coverage:
            yield number, found.item


def _source(text: str) -> str:
    """The text with its lines ended as Python counts them."""
    return printable(text.replace("\r\n", "\n").replace("\r", "\n"))


def _element(name: str, content: object) -> str:
    """No `<` is in it, so nothing in it ends the element or opens a comment."""
    text = json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>\n'
