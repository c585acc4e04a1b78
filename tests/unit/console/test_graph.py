import random
import re
import time
from xml.etree import ElementTree

import pytest

from helpers.console.graph.layout import HEIGHT, Box, column_numbers, layout
from helpers.console.graph.mermaid import mermaid_lines
from helpers.console.graph.outline import outline
from helpers.console.graph.page import graph_page
from helpers.console.graph.svg import graph_svg
from helpers.model.inputs import Dependency, DependencyGraph, DependencyKind

_MAIN, _DEV = DependencyKind.MAIN, DependencyKind.DEV
_LINK, _DECLARED = DependencyKind.LINK, DependencyKind.DECLARED
_SVG = "{http://www.w3.org/2000/svg}"
_HOSTILE = "we\"ird's `dir` | <img src=x onerror=alert(1)>]--> end\x00\n\ud800 日本"

_Edge = tuple[str, str] | tuple[str, str, DependencyKind]


def _graph(*edges: _Edge, dirs: tuple[str, ...] = ()) -> DependencyGraph:
    found: dict[str, list[Dependency]] = {}
    for source, target, *kind in edges:
        one = Dependency(source, target, kind[0] if kind else _MAIN, f"{source}/pyproject.toml")
        found.setdefault(source, []).append(one)
    return DependencyGraph(dirs, {name: tuple(sorted(every)) for name, every in found.items()})


def _overlap(one: Box, other: Box) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and abs(one.y - other.y) < HEIGHT


def _random(places: int, edges: int) -> DependencyGraph:
    choose = random.Random(1)
    pairs = [sorted(choose.sample(range(places), 2)) for _ in range(edges)]
    names = [f"apps/app{number:04}" for number in range(places)]
    return _graph(*((names[b], names[a]) for a, b in pairs), dirs=tuple(names))


def test_mermaid_tells_dirs_packages_and_kinds_apart() -> None:
    edges: list[_Edge] = [("a", "p"), ("a", "t", _DEV), ("b", "p", _LINK), ("b", "p", _DEV)]
    assert mermaid_lines(_graph(*edges, dirs=("a", "b")))[:9] == [
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


def test_mermaid_marks_the_edges_of_circles_alone() -> None:
    lines = mermaid_lines(_graph(("a", "b"), ("b", "c", _DECLARED), ("c", "b"), ("c", "d")))
    assert "    n1 -->|declared, cycle| n2" in lines
    assert "    n2 -->|cycle| n1" in lines
    assert "linkStyle 1,2 stroke:" in lines[-1]


def test_no_name_breaks_mermaid() -> None:
    lines = mermaid_lines(_graph((_HOSTILE, "end"), dirs=("1. intro", "-x")))
    labels = [line for line in lines if ":::" in line]
    assert len(labels) == 4
    for line in labels:
        assert re.fullmatch(r' {4}n\d+(\["[^"`<>|]*"\]|\(\["[^"`<>|]*"\]\)):::\w+', line)
    assert any("日本" in line for line in labels)


def test_every_edge_between_places_of_a_circle_is_part_of_one() -> None:
    drawn = outline(_graph(("a", "b"), ("b", "c"), ("c", "a"), ("c", "b"), ("x", "a"), ("y", "y")))
    cyclic = [(drawn.places[e.source], drawn.places[e.target]) for e in drawn.edges if e.cyclic]
    assert cyclic == [("a", "b"), ("b", "c"), ("c", "a"), ("c", "b")]
    assert "y" in drawn.places


def test_a_place_stands_left_of_all_that_it_depends_on() -> None:
    drawn = outline(_random(60, 150))
    columns = column_numbers(drawn)
    assert all(columns[edge.source] < columns[edge.target] for edge in drawn.edges)


def test_a_place_stands_as_far_right_as_it_can() -> None:
    drawn = outline(_graph(("a", "b"), ("b", "c"), ("x", "c"), ("b", "d"), ("d", "b")))
    columns = {drawn.places[place]: column for place, column in column_numbers(drawn).items()}
    assert columns == {"a": 0, "b": 1, "d": 1, "x": 1, "c": 2}


def test_no_boxes_overlap_and_all_are_inside() -> None:
    graph = _random(80, 100)
    drawn = outline(_graph(dirs=(*graph.dirs, "alone", "alone too")))
    for one in (outline(graph), drawn):
        placed = layout(one, [90.0 + place % 7 * 20 for place in range(len(one.places))])
        boxes = placed.boxes
        assert not any(_overlap(a, b) for at, a in enumerate(boxes) for b in boxes[:at])
        assert all(box.x >= 0 and box.x + box.width <= placed.width for box in boxes)
        assert all(box.y >= 0 and box.y + HEIGHT <= placed.height for box in boxes)


def test_edges_that_need_not_cross_do_not() -> None:
    drawn = outline(_graph(("a", "z"), ("b", "y"), ("c", "x")))
    placed = layout(drawn, [50.0] * 6)
    heights = {name: placed.boxes[number].y for number, name in enumerate(drawn.places)}
    assert (heights["a"], heights["b"], heights["c"]) == (heights["z"], heights["y"], heights["x"])


def test_an_edge_over_a_column_keeps_clear_of_its_boxes() -> None:
    drawn = outline(_graph(("a", "b"), ("b", "c"), ("a", "c")))
    placed = layout(drawn, [50.0] * 3)
    (route,) = (r for r in placed.routes if (r.edge.source, r.edge.target) == (0, 2))
    (entered, left), box = route.points[1:3], placed.boxes[1]
    assert (entered[0], left[0]) == (box.x, box.x + box.width)
    assert not box.y <= entered[1] <= box.y + HEIGHT


def test_the_picture_does_not_depend_on_the_order_of_what_is_given() -> None:
    graph = _random(50, 120)
    turned = DependencyGraph(graph.dirs, dict(reversed(list(graph.dependencies.items()))))
    assert graph_svg(graph) == graph_svg(turned)


@pytest.mark.parametrize("edges", [2500, 6000])
def test_a_thousand_places_take_less_than_a_second(edges: int) -> None:
    drawn = outline(_random(1000, edges))
    began = time.process_time()
    layout(drawn, [120.0] * 1000)
    assert time.process_time() - began < 1


def test_a_long_chain_and_a_large_circle_do_not_exhaust_the_stack() -> None:
    chain = [(f"d{number:04}", f"d{number + 1:04}") for number in range(3000)]
    assert graph_svg(_graph(*chain)).endswith("</svg>")
    assert graph_svg(_graph(*chain, ("d3000", "d0000"))).count('class="edge cycle"') == 3001


def test_the_image_is_well_formed_and_described_whatever_the_names_are() -> None:
    root = ElementTree.fromstring(graph_svg(_graph((_HOSTILE, "p"), ("p", _HOSTILE), dirs=("a",))))
    described = root.find(f"{_SVG}desc")
    assert root.find(f"{_SVG}title") is not None
    assert described is not None
    assert described.text is not None
    assert "1 runnable dir, 2 packages and files, 2 edges, of which 2 in circles" in described.text
    assert {e.tag.removeprefix(_SVG) for e in root.iter()} == {
        *("svg", "title", "desc", "style", "defs", "marker", "path", "rect", "g", "text")
    }


def test_circles_are_curved_and_development_is_dashed() -> None:
    shown = graph_svg(_graph(("a", "b"), ("b", "a"), ("a", "t", _DEV)))
    assert shown.count('class="edge cycle"') == 2
    assert shown.count('class="edge dev"') == 1
    assert "prefers-color-scheme: dark" in shown


@pytest.mark.parametrize("graph", [_graph(), _graph(dirs=(".",)), _graph(("a", "a"))])
def test_a_graph_without_edges_is_drawn(graph: DependencyGraph) -> None:
    assert mermaid_lines(graph)[0] == "flowchart LR"
    assert ElementTree.fromstring(graph_svg(graph)) is not None
    assert "<p>None.</p>" in graph_page(graph, "demo")


def test_the_page_lets_nothing_in_from_names_or_network() -> None:
    page = graph_page(_graph((_HOSTILE, "p", _DECLARED), ("p", _HOSTILE)), "<b>{demo}</b>")
    assert page.encode()
    assert "<img" not in page
    assert "<b>" not in page
    assert "default-src 'none'" in page
    assert "unsafe" not in page
    assert "innerHTML" not in page
    assert not re.search(r"""(?:src|href)=["']|\sstyle=|\son\w+=["']""", page)
    assert set(re.findall(r"https?://[^\"' ]*", page)) == {"http://www.w3.org/2000/svg"}


def test_the_page_lists_circles_and_where_each_edge_is_declared() -> None:
    page = graph_page(_graph(("a", "b"), ("b", "a"), ("a", "t", _DEV)), "demo")
    assert "<code>a → b → a</code>" in page
    assert "<td>a</td><td>t</td><td>dev</td><td>a/pyproject.toml</td>" in page
