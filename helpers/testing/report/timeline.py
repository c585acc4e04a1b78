"""Where the minutes went: a bar for each dir on one axis of time."""

from collections.abc import Iterator

from helpers.model.results import DirResult, DirState, Phase, RunResult
from helpers.testing.report.html import Html, join, tag

_WIDTH = 1000.0
_MOST = 300
_LABELS = {
    DirState.WAITING: "waiting",
    DirState.BUILDING: "building the image",
    DirState.STARTING: "starting container and services",
    DirState.TESTING: "testing",
}


def timeline(run: RunResult) -> Html:
    """The section; empty where nothing ran."""
    ran = [item for item in run.dirs if item.phases]
    if not ran:
        return Html("")
    end = max(phase.ended for item in ran for phase in item.phases) or 1.0
    ordered = sorted(ran, key=lambda item: (_start(item), item.dir))
    rows = [_row(item, end) for item in ordered[:_MOST]]
    more = f"and {len(ran) - _MOST} more" if len(ran) > _MOST else ""
    legend = [
        tag("span", tag("i", "", class_=f"key {state.value}"), f" {label} ")
        for state, label in _LABELS.items()
    ]
    return tag(
        "section",
        tag("h2", "Where the time went"),
        tag("p", *legend, class_="legend"),
        tag(
            "div",
            tag(
                "table",
                tag("caption", f"From the start of the run to its end, {end:.1f} s"),
                tag("thead", tag("tr", tag("th", "dir", scope="col"), _axis(end))),
                tag("tbody", *rows),
                class_="bars",
            ),
            class_="wide",
        ),
        tag("p", more),
        id="time",
    )


def _start(item: DirResult) -> float:
    working = [phase.began for phase in item.phases if phase.state is not DirState.WAITING]
    return min(working, default=item.phases[0].began)


def _axis(end: float) -> Html:
    marks = [
        tag("text", f"{end * part / 4:.1f} s", x=f"{_WIDTH * part / 4:.0f}", y="12",
            text_anchor=("start", "middle", "middle", "middle", "end")[part])
        for part in range(5)
    ]  # fmt: skip
    drawn = tag("svg", *marks, viewBox="0 0 1000 14", aria_hidden="true", class_="axis")
    return tag("th", drawn, scope="col")


def _row(item: DirResult, end: float) -> Html:
    spent = ", ".join(
        f"{_LABELS[phase.state]} {phase.ended - phase.began:.1f} s"
        for phase in item.phases
        if phase.state in _LABELS
    )
    bars = join(_bars(item.phases, end))
    drawn = tag(
        "svg",
        tag("title", f"{item.dir}: {spent}"),
        bars,
        viewBox="0 0 1000 14",
        preserveAspectRatio="none",
        role="img",
        class_="bar",
    )
    return tag("tr", tag("th", item.dir, scope="row"), tag("td", drawn))


def _bars(phases: tuple[Phase, ...], end: float) -> Iterator[Html]:
    for phase in phases:
        if phase.state not in _LABELS:
            continue
        start = _WIDTH * phase.began / end
        width = max(_WIDTH * (phase.ended - phase.began) / end, 0.5)
        took = f"{_LABELS[phase.state]}: {phase.ended - phase.began:.2f} s"
        yield tag("rect", tag("title", took), x=f"{start:.2f}", width=f"{width:.2f}", y="1",
                  height="12", class_=phase.state.value)  # fmt: skip
