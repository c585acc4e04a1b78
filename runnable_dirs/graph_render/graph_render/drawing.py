"""Turns an import graph into a picture; the layout is the work of graphviz's `dot`."""

from collections.abc import Iterable
from pathlib import Path

import graphviz  # type: ignore[import-untyped]
import networkx as nx  # type: ignore[import-untyped]

from graph_render.imports import find_cycles

FORMATS = ("svg", "png", "pdf")
CYCLE_COLOUR = "red"


def write_picture(graph: nx.DiGraph, path: Path) -> None:
    """Draw to `path`, whose suffix says the format.

    Raises:
        ValueError: the suffix is none of `FORMATS`.
        graphviz.ExecutableNotFound: `dot` is not installed.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(f"{path.name}: expected a name that ends in one of {', '.join(FORMATS)}")
    path.write_bytes(_describe(graph).pipe(format=kind))


def dot_source(graph: nx.DiGraph) -> str:
    """The description that `dot` is given; the same for the same graph."""
    return str(_describe(graph).source)


def _describe(graph: nx.DiGraph) -> graphviz.Digraph:
    cycles = find_cycles(graph)
    picture = graphviz.Digraph(
        graph_attr={"rankdir": "LR"},
        node_attr={"shape": "box", "fontname": "DejaVu Sans", "fontsize": "10"},
    )
    for module in sorted(graph.nodes):
        picture.node(module, **_red_if(any(module in cycle for cycle in cycles)))
    for importer, imported in sorted(graph.edges):
        circular = _share_a_cycle(importer, imported, cycles)
        picture.edge(importer, imported, **_red_if(circular))
    return picture


def _share_a_cycle(first: str, second: str, cycles: Iterable[frozenset[str]]) -> bool:
    return any({first, second} <= cycle for cycle in cycles)


def _red_if(circular: bool) -> dict[str, str]:
    return {"color": CYCLE_COLOUR} if circular else {}
