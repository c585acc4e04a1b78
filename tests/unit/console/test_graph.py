import re
from xml.etree import ElementTree

import pytest

from helpers.console.graph.mermaid import mermaid_lines
from helpers.console.graph.outline import outline
from helpers.console.graph.page import graph_page
from helpers.console.graph.svg import graph_svg
from helpers.model.inputs import DependencyGraph, DependencyKind
from tests.graphs import GraphEdge, graph_of, random_graph

_MAIN, _DEV = DependencyKind.MAIN, DependencyKind.DEV
_LINK, _DECLARED = DependencyKind.LINK, DependencyKind.DECLARED
_SVG = "{http://www.w3.org/2000/svg}"
_HOSTILE = "we\"ird's `dir` | <img src=x onerror=alert(1)>]--> end\x00\n\ud800 日本"


def test_mermaid_tells_dirs_packages_and_kinds_apart() -> None:
    edges: list[GraphEdge] = [("a", "p"), ("a", "t", _DEV), ("b", "p", _LINK), ("b", "p", _DEV)]
    assert mermaid_lines(graph_of(*edges, dirs=("a", "b")))[:9] == [
        "flowchart LR",
        '    n0["a"]:::dir',
        '    n1["b"]:::dir',
        '    n2(["p"]):::package',
        '    n3(["t"]):::package',
        "    n0 --> n2",
        "    n0 -.-> n3",
        "    n1 -->|link| n2",
        "    classDef dir stroke-width:2px",
    ]


def test_mermaid_marks_the_edges_of_cycles_alone() -> None:
    lines = mermaid_lines(graph_of(("a", "b"), ("b", "c", _DECLARED), ("c", "b"), ("c", "d")))
    assert "    n1 -->|declared, cycle| n2" in lines
    assert "    n2 -->|cycle| n1" in lines
    assert "linkStyle 1,2 stroke:" in lines[-1]


def test_no_name_breaks_mermaid() -> None:
    lines = mermaid_lines(graph_of((_HOSTILE, "end"), dirs=("1. intro", "-x")))
    labels = [line for line in lines if ":::" in line]
    assert len(labels) == 4
    for line in labels:
        assert re.fullmatch(r' {4}n\d+(\["[^"`<>|]*"\]|\(\["[^"`<>|]*"\]\)):::\w+', line)
    assert any("日本" in line for line in labels)


def test_every_edge_between_places_of_a_cycle_is_part_of_one() -> None:
    drawn = outline(
        graph_of(("a", "b"), ("b", "c"), ("c", "a"), ("c", "b"), ("x", "a"), ("y", "y"))
    )
    cyclic = [(drawn.places[e.source], drawn.places[e.target]) for e in drawn.edges if e.cyclic]
    assert cyclic == [("a", "b"), ("b", "c"), ("c", "a"), ("c", "b")]
    assert "y" in drawn.places


def test_the_picture_does_not_depend_on_the_order_of_what_is_given() -> None:
    graph = random_graph(50, 120)
    turned = DependencyGraph(graph.dirs, dict(reversed(list(graph.dependencies.items()))))
    assert graph_svg(graph) == graph_svg(turned)


def test_a_long_chain_and_a_large_cycle_do_not_exhaust_the_stack() -> None:
    chain = [(f"d{number:04}", f"d{number + 1:04}") for number in range(3000)]
    assert graph_svg(graph_of(*chain)).endswith("</svg>")
    assert graph_svg(graph_of(*chain, ("d3000", "d0000"))).count('class="edge cycle"') == 3001


def test_the_image_is_well_formed_and_described_whatever_the_names_are() -> None:
    root = ElementTree.fromstring(
        graph_svg(graph_of((_HOSTILE, "p"), ("p", _HOSTILE), dirs=("a",)))
    )
    described = root.find(f"{_SVG}desc")
    assert root.find(f"{_SVG}title") is not None
    assert described is not None
    assert described.text is not None
    assert "1 runnable dir, 2 packages and files, 2 edges, of which 2 in cycles" in described.text
    assert {e.tag.removeprefix(_SVG) for e in root.iter()} == {
        *("svg", "title", "desc", "style", "defs", "marker", "path", "rect", "g", "text")
    }


def test_cycles_are_curved_and_development_is_dashed() -> None:
    shown = graph_svg(graph_of(("a", "b"), ("b", "a"), ("a", "t", _DEV)))
    assert shown.count('class="edge cycle"') == 2
    assert shown.count('class="edge dev"') == 1
    assert "prefers-color-scheme: dark" in shown


@pytest.mark.parametrize("graph", [graph_of(), graph_of(dirs=(".",)), graph_of(("a", "a"))])
def test_a_graph_without_edges_is_drawn(graph: DependencyGraph) -> None:
    assert mermaid_lines(graph)[0] == "flowchart LR"
    assert ElementTree.fromstring(graph_svg(graph)) is not None
    assert "Why there are no edges" in graph_page(graph, "demo")


def test_the_page_lets_nothing_in_from_names_or_network() -> None:
    page = graph_page(graph_of((_HOSTILE, "p", _DECLARED), ("p", _HOSTILE)), "<b>{demo}</b>")
    assert page.encode()
    assert "<img" not in page
    assert "<b>" not in page
    assert "default-src 'none'" in page
    assert "unsafe" not in page
    assert "innerHTML" not in page
    assert not re.search(r"""(?:src|href)=["']|\sstyle=|\son\w+=["']""", page)
    assert set(re.findall(r"https?://[^\"' ]*", page)) == {"http://www.w3.org/2000/svg"}


def test_the_page_lists_cycles_and_where_each_edge_is_declared() -> None:
    page = graph_page(graph_of(("a", "b"), ("b", "a"), ("a", "t", _DEV)), "demo")
    assert "Why there are no edges" not in page
    assert "<p>None.</p>" in graph_page(graph_of(("a", "b")), "demo")
    assert "<code>a → b → a</code>" in page
    assert "<td>a</td><td>t</td><td>dev</td><td>a/<wbr>pyproject.toml</td>" in page
