"""The dependency graph as text that Mermaid draws, as in a README on a forge."""

import re

from helpers.console.graph.outline import Edge, Outline, outline
from helpers.model.inputs import DependencyGraph

# Whatever may end a label or mean something in it; Mermaid knows characters by number too.
_SPECIAL = re.compile(r"[^\w /.-]|_|^[-.]|(?<=\d)\.(?= )")
_STYLES = ("classDef dir stroke-width:2px", "classDef package stroke-dasharray:4 3")
_CYCLE = "stroke:#d1242f,stroke-width:2px"


def mermaid_lines(graph: DependencyGraph) -> list[str]:
    """A flow chart: runnable dirs as boxes, packages rounded, development dashed.

    Edges of cycles are red and say so. Mermaid itself refuses more than 500 edges unless it is
    told otherwise; the page has no such limit.
    """
    drawn = outline(graph)
    lines = ["flowchart LR"]
    lines += [f"    {_place(drawn, number)}" for number in range(len(drawn.places))]
    lines += [f"    {_edge(edge)}" for edge in drawn.edges]
    lines += [f"    {style}" for style in _STYLES]
    cyclic = [str(number) for number, edge in enumerate(drawn.edges) if edge.cyclic]
    return [*lines, f"    linkStyle {','.join(cyclic)} {_CYCLE}"] if cyclic else lines


def _place(drawn: Outline, number: int) -> str:
    label = _label(drawn.places[number])
    if number in drawn.dirs:
        return f'n{number}["{label}"]:::dir'
    return f'n{number}(["{label}"]):::package'


def _edge(edge: Edge) -> str:
    words = ", ".join(filter(None, (edge.label, "cycle" if edge.cyclic else "")))
    label = f"|{words}|" if words else ""
    return f"n{edge.source} {'-.->' if edge.dev else '-->'}{label} n{edge.target}"


def _label(name: str) -> str:
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in name)
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", shown)
