"""The dependency graph as an image that needs nothing beside it."""

import html
import unicodedata

from helpers.console.graph.layout import Layout, layout
from helpers.console.graph.outline import Outline, outline
from helpers.console.graph.routes import Box, Route
from helpers.model.inputs import DependencyGraph
from helpers.model.numbers import counted

_LETTER = 7.3
_LABEL_LETTER = 6.1
_LABEL_PADDING = 4.0
_PADDING = 12.0
_LONGEST = 44

STYLE = """
.graph { --back: #fff; --text: #1f2328; --box: #ddf4ff; --package: #f6f8fa; --border: #57606a;
  --line: #656d76; --cycle: #cf222e; }
@media (prefers-color-scheme: dark) {
  .graph { --back: #0d1117; --text: #e6edf3; --box: #14304f; --package: #21262d;
    --border: #8b949e; --line: #9198a1; --cycle: #ff7b72; }
}
.graph .back { fill: var(--back); }
.graph text { fill: var(--text); font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono",
  monospace; }
.graph .edge text { font-size: 10px; }
.graph .place rect { fill: var(--package); stroke: var(--border); stroke-dasharray: 4 3; }
.graph .dir rect { fill: var(--box); stroke-dasharray: none; stroke-width: 1.5; }
.graph .edge path { fill: none; stroke: var(--line); stroke-width: 1.3; marker-end: url(#arrow); }
.graph .dev path { stroke-dasharray: 6 4; }
.graph .cycle path { stroke: var(--cycle); stroke-width: 2; marker-end: url(#arrow-cycle); }
.graph .cycle text { fill: var(--cycle); }
.graph #arrow path { fill: var(--line); }
.graph #arrow-cycle path { fill: var(--cycle); }
"""

_MARKER = (
    '<marker id="{id}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7"'
    ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5 8 4 0 7.5z"/></marker>'
)


def graph_svg(graph: DependencyGraph) -> str:
    """The graph as SVG: runnable dirs as boxes, packages rounded and dashed, cycles red.

    Elements carry the numbers of their places, in the order of `outline`, for the page's script.
    """
    drawn = outline(graph)
    labels = {
        number: len(edge.label) * _LABEL_LETTER + 2 * _LABEL_PADDING
        for number, edge in enumerate(drawn.edges)
        if edge.label
    }
    placed = layout(drawn, [_width(name) for name in drawn.places], labels)
    width, height = max(placed.width, 1), max(placed.height, 1)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" width="{width:.0f}"'
            f' height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img"'
            ' aria-labelledby="graph-title graph-description">',
            '<title id="graph-title">Dependency graph</title>',
            f'<desc id="graph-description">{escaped(_description(drawn))}</desc>',
            f"<style>{STYLE}</style>",
            f"<defs>{_MARKER.format(id='arrow')}{_MARKER.format(id='arrow-cycle')}</defs>",
            '<rect class="back" width="100%" height="100%"/>',
            *(_edge(drawn, route) for route in placed.routes),
            *_places(drawn, placed),
            "</svg>",
        ]
    )


def escaped(text: str) -> str:
    """Text for HTML and XML; what XML cannot hold, or what reorders others, is replaced."""
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    return html.escape(shown)


def _description(drawn: Outline) -> str:
    dirs, others = len(drawn.dirs), len(drawn.places) - len(drawn.dirs)
    cyclic = sum(edge.cyclic for edge in drawn.edges)
    beside = counted(others, "package or file", "packages and files")
    return (
        f"{counted(dirs, 'runnable dir')}, {beside},"
        f" {counted(len(drawn.edges), 'edge')}, of which"
        f" {cyclic} in cycles. An arrow points to what is depended on; dashed: development alone."
    )


def _places(drawn: Outline, placed: Layout) -> list[str]:
    return [
        _place(name, box, number, number in drawn.dirs)
        for number, (name, box) in enumerate(zip(drawn.places, placed.boxes, strict=True))
    ]


def _place(name: str, box: Box, number: int, is_dir: bool) -> str:
    kind, radius = ("place dir", 3) if is_dir else ("place", 13)
    return (
        f'<g class="{kind}" data-place="{number}"><title>{escaped(name)}</title>'
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.0f}"'
        f' rx="{radius}"/><text x="{box.x + _PADDING:.1f}" y="{box.middle + 4:.1f}">'
        f"{escaped(_short(name))}</text></g>"
    )


def _edge(drawn: Outline, route: Route) -> str:
    edge = route.edge
    kinds = f"edge{' dev' if edge.dev else ''}{' cycle' if edge.cyclic else ''}"
    words = f"{drawn.places[edge.source]} → {drawn.places[edge.target]}"
    how = ", ".join(kind.value for kind in edge.kinds)
    label = _label(edge.label, route.label) if route.label else ""
    return (
        f'<g class="{kinds}" data-source="{edge.source}" data-target="{edge.target}">'
        f'<title>{escaped(f"{words} ({how})")}</title><path d="{_path(route)}"/>'
        f"{label}</g>"
    )


def _label(words: str, box: Box) -> str:
    return f'<text x="{box.x + _LABEL_PADDING:.1f}" y="{box.middle + 3.5:.1f}">{words}</text>'


def _path(route: Route) -> str:
    """The pieces, joined where one begins at the end of another."""
    path: list[str] = []
    at = None
    for start, *rest in route.pieces:
        if start != at:
            path.append(f"M{start[0]:.1f} {start[1]:.1f}")
        path.append("C" if len(rest) > 1 else "L")
        path.append(" ".join(f"{x:.1f} {y:.1f}" for x, y in rest))
        at = rest[-1]
    return "".join(path)


def _short(name: str) -> str:
    """A name whose middle is left out where it is long; its end tells most."""
    return name if len(name) <= _LONGEST else f"{name[:12]}…{name[-(_LONGEST - 13) :]}"


def _width(name: str) -> float:
    letters = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in _short(name))
    return letters * _LETTER + 2 * _PADDING
