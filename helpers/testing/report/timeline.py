"""Where the minutes went: a bar for each dir on one axis of time."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from helpers.model.results.results import DirResult, DirState, RunResult
from helpers.testing.report.html import Html, join, safe, section, tag, took

_MOST = 300
_STATES = (DirState.WAITING, DirState.BUILDING, DirState.STARTING, DirState.TESTING)
_LABELS = dict(
    zip(
        _STATES,
        ("waiting", "building the image", "starting container and services", "testing"),
        strict=True,
    )
)
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MARKS = 6


def timeline(run: RunResult) -> Html:
    """The section; empty where nothing ran."""
    ran = [item for item in run.dirs if item.phases]
    if not ran:
        return Html("")
    end = max(run.seconds, *(phase.ended for item in ran for phase in item.phases)) or 1.0
    longest = sorted(ran, key=_worked, reverse=True)[:_MOST]
    in_order = sorted(longest, key=lambda item: (item.host, _start(item), item.name))
    rows = [row for host, items in groupby(in_order, _host) for row in _lane(host, items, end)]
    more = f"and {len(ran) - _MOST} that took less" if len(ran) > _MOST else ""
    heads = [tag("th", state.value, scope="col", class_="number minor") for state in _STATES]
    head = tag("tr", tag("th", "dir", scope="col"), tag("th", _axis(end), scope="col"), *heads)
    return section(
        "time",
        "Where the time went",
        tag("ul", *_legend(ran), class_="legend"),
        tag(
            "table",
            tag("caption", f"From the start of the run to its end, {took(end)}; seconds by phase"),
            tag("thead", head),
            tag("tbody", *rows),
            class_="bars",
        ),
        tag("p", more, class_="dim") if more else "",
    )


def _host(item: DirResult) -> str:
    return item.host


def _lane(host: str, items: Iterable[DirResult], end: float) -> Iterator[Html]:
    """The rows of the dirs that ran in one place; a host is named above its own."""
    if host:
        name = tag("th", f"on {host}", scope="rowgroup", colspan=str(2 + len(_STATES)))
        yield tag("tr", name)
    yield from (_row(item, end) for item in items)


def _legend(ran: Iterable[DirResult]) -> Iterator[Html]:
    spent = {state: sum(_spent(item, state) for item in ran) for state in _STATES}
    for state, label in _LABELS.items():
        said = tag("span", took(spent[state]), class_="dim")
        yield tag("li", tag("i", "", class_=f"key {state.value}"), f"{label} ", said)


def _spent(item: DirResult, state: DirState) -> float:
    return sum(phase.ended - phase.began for phase in item.phases if phase.state is state)


def _worked(item: DirResult) -> float:
    waited = DirState.WAITING
    return sum(phase.ended - phase.began for phase in item.phases if phase.state is not waited)


def _start(item: DirResult) -> float:
    working = [phase.began for phase in item.phases if phase.state is not DirState.WAITING]
    return min(working, default=item.phases[0].began)


def _marks(end: float) -> list[float]:
    """Round times on the axis."""
    hour = _STEPS[-1]
    step = next((s for s in _STEPS if end / s <= _MARKS), hour * (1 + end // (hour * _MARKS)))
    return [step * number for number in range(int(end / step) + 1)]


def _axis(end: float) -> Html:
    """Labels of the axis, and the grid that every row draws again.

    Places are percentages: the page may not hold inline styles, and text must not be stretched.
    """
    marks = _marks(end)
    labels = [
        tag("text", _mark(mark), x=f"{mark / end:.2%}", y="11", text_anchor=_anchor(mark / end))
        for mark in marks
    ]
    lines = [tag("line", x1=at, x2=at, y2="100%") for at in (f"{m / end:.2%}" for m in marks)]
    grid = tag("defs", tag("g", *lines, id="grid"))
    return join(
        [
            tag("span", "spent on a common axis", class_="unseen"),
            tag("svg", grid, *labels, aria_hidden="true", class_="axis"),
        ]
    )


def _anchor(share: float) -> str:
    if share < 0.02:
        return "start"
    return "end" if share > 0.97 else "middle"


def _mark(seconds: float) -> str:
    if seconds < 60 or seconds % 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min" if seconds < 3600 else f"{seconds / 3600:g} h"


def _row(item: DirResult, end: float) -> Html:
    spent = [(state, _spent(item, state)) for state in _STATES]
    said = ", ".join(f"{_LABELS[state]} {took(seconds)}" for state, seconds in spent if seconds)
    bars = "".join(_bars(item, end))
    cells = "".join(
        f'<td class="number minor">{seconds:.1f}</td>' if seconds else '<td class="minor"></td>'
        for _, seconds in spent
    )
    return Html(
        f'<tr><th scope="row">{safe(item.name)}</th><td><svg class="bar" role="img">'
        f"<title>{safe(f'{item.name}: {said}')}</title>"
        f'<use href="#grid"/>{bars}</svg></td>{cells}</tr>'
    )


def _bars(item: DirResult, end: float) -> Iterator[str]:
    for phase in item.phases:
        if phase.state not in _LABELS:
            continue
        length = phase.ended - phase.began
        yield (
            f'<rect class="{phase.state.value}" x="{phase.began / end:.2%}"'
            f' width="{max(length / end, 0.001):.2%}" y="2" height="12">'
            f"<title>{safe(item.name)}: {_LABELS[phase.state]}, {length:.2f} s"
            f" (from {phase.began:.1f} s to {phase.ended:.1f} s)</title></rect>"
        )
