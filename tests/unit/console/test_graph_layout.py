"""Where a graph is drawn: columns, boxes, and lines that keep clear of every name and label."""

import random
import time
from collections.abc import Iterator
from itertools import combinations

import pytest

from helpers.console.graph.layers import column_numbers
from helpers.console.graph.layout import Layout, layout
from helpers.console.graph.outline import Outline, outline
from helpers.console.graph.routes import Box, Piece
from helpers.model.inputs import DependencyKind
from tests.graphs import graph_of, random_graph

_LINK, _DECLARED = DependencyKind.LINK, DependencyKind.DECLARED
_PYTEST, _SERVICES = DependencyKind.PYTEST, DependencyKind.SERVICES

_CYCLES = outline(
    graph_of(
        ("a", "b"), ("b", "c", _LINK), ("c", "a", _DECLARED), ("c", "b", _SERVICES), ("x", "a"),
        ("x", "c", _PYTEST), ("b", "z", _LINK), ("y", "x"), ("y", "z"), ("d", "c"), ("c", "d"),
        dirs=("alone",),
    )
)  # fmt: skip
_WIDE = outline(
    graph_of(
        *(("hub", f"libs/{number:02}", _LINK) for number in range(30)),
        *((f"apps/{number:02}", "hub", _DECLARED) for number in range(30)),
        *((f"apps/{number:02}", f"libs/{number:02}") for number in range(0, 30, 3)),
    )
)
_LADDER = outline(graph_of(*((f"d{n}", f"d{m}", _SERVICES) for n, m in combinations(range(9), 2))))


def _placed(drawn: Outline) -> Layout:
    """With names of all lengths, and labels on what has one."""
    widths = [40.0 + place * 97 % 320 for place in range(len(drawn.places))]
    labels = {n: len(edge.label) * 6.0 for n, edge in enumerate(drawn.edges) if edge.label}
    return layout(drawn, widths, labels)


def _overlap(one: Box, other: Box) -> bool:
    across = one.x < other.right and other.x < one.right
    return across and one.y < other.y + other.height and other.y < one.y + one.height


def _points(piece: Piece) -> Iterator[tuple[float, float]]:
    """Points along a line or a cubic curve, less than a pixel apart where it is short."""
    a, b, c, d = piece if len(piece) == 4 else (piece[0], piece[0], piece[-1], piece[-1])
    for step in range(201):
        t = step / 200
        shares = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x, y = (
            sum(share * point[axis] for share, point in zip(shares, (a, b, c, d), strict=True))
            for axis in (0, 1)
        )
        yield x, y


def _inside(point: tuple[float, float], box: Box) -> bool:
    """Whether a point is within a box; lines begin and end on the borders."""
    x, y = point
    return (
        box.x + 0.1 < x < box.right - 0.1 and box.y + 0.1 < y < box.y + box.height - 0.1
    )  # fmt: skip


@pytest.mark.parametrize(
    "drawn",
    [
        _CYCLES, _WIDE, _LADDER, outline(random_graph(40, 70)),
        outline(random_graph(25, 40, labelled=True)),
        outline(random_graph(25, 40, labelled=True, cyclic=6)),
        outline(random_graph(12, 30, labelled=True, cyclic=20)),
    ],
    ids=["cycles", "wide", "ladder", "random", "labelled", "labelled cycles", "mostly cycles"],
)  # fmt: skip
def test_no_line_crosses_a_name_or_a_label_and_none_of_these_overlap(drawn: Outline) -> None:
    placed = _placed(drawn)
    labels = [route.label for route in placed.routes if route.label]
    assert len(labels) == sum(bool(edge.label) for edge in drawn.edges)
    written = [*placed.boxes, *labels]
    assert not any(_overlap(one, other) for one, other in combinations(written, 2))
    points = [p for route in placed.routes for piece in route.pieces for p in _points(piece)]
    for box in written:
        assert not any(_inside(point, box) for point in points)
    assert all(0 <= x <= placed.width and 0 <= y <= placed.height for x, y in points)
    assert all(box.x >= 0 and box.right <= placed.width for box in written)
    assert all(box.y >= 0 and box.y + box.height <= placed.height for box in written)


def test_an_edge_leads_from_its_source_through_its_label_to_its_target() -> None:
    for drawn in (_CYCLES, _WIDE):
        placed = _placed(drawn)
        for route in placed.routes:
            source, target = placed.boxes[route.edge.source], placed.boxes[route.edge.target]
            assert route.pieces[0][0][1] == source.middle
            assert route.pieces[-1][-1][1] == target.middle
            gaps = [
                (before[-1], after[0])
                for before, after in zip(route.pieces, route.pieces[1:], strict=False)
                if before[-1] != after[0]
            ]
            if route.label and not route.edge.cyclic:
                box = route.label
                assert gaps == [((box.x, box.middle), (box.right, box.middle))]
            else:
                assert gaps == []


def test_a_place_stands_left_of_all_that_it_depends_on() -> None:
    drawn = outline(random_graph(60, 150))
    columns = column_numbers(drawn)
    assert all(columns[edge.source] < columns[edge.target] for edge in drawn.edges)


def test_a_place_stands_as_far_right_as_it_can() -> None:
    drawn = outline(graph_of(("a", "b"), ("b", "c"), ("x", "c"), ("b", "d"), ("d", "b")))
    columns = {drawn.places[place]: column for place, column in column_numbers(drawn).items()}
    assert columns == {"a": 0, "b": 1, "d": 1, "x": 1, "c": 2}


def test_places_without_edges_stand_below_in_rows() -> None:
    drawn = outline(graph_of(("a", "b"), dirs=tuple(f"alone{n:02}" for n in range(40))))
    placed = _placed(drawn)
    joined = max(box.y for box in placed.boxes[:1])
    rows = {box.y for name, box in zip(drawn.places, placed.boxes, strict=True) if "alone" in name}
    assert len(rows) > 1
    assert min(rows) > joined


def test_edges_that_need_not_cross_do_not() -> None:
    drawn = outline(graph_of(("a", "z"), ("b", "y"), ("c", "x")))
    placed = layout(drawn, [50.0] * 6, {})
    heights = {name: placed.boxes[number].y for number, name in enumerate(drawn.places)}
    assert (heights["a"], heights["b"], heights["c"]) == (heights["z"], heights["y"], heights["x"])


@pytest.mark.parametrize("edges", [2500, 6000])
def test_a_thousand_places_take_less_than_a_second(edges: int) -> None:
    drawn = outline(random_graph(1000, edges))
    began = time.process_time()
    layout(drawn, [120.0] * 1000, {})
    assert time.process_time() - began < 1


def test_where_bends_would_be_too_many_edges_go_straight_and_have_no_labels() -> None:
    places = [f"d{number:03}" for number in range(300)]
    choose = random.Random(1)
    pairs = [sorted(choose.sample(range(300), 2)) for _ in range(500)]
    chain = [(places[n], places[n + 1], _LINK) for n in range(299)]
    drawn = outline(graph_of(*chain, *((places[a], places[b], _LINK) for a, b in pairs)))
    placed = _placed(drawn)
    assert not any(route.label for route in placed.routes)
    assert all(len(route.pieces) <= 2 for route in placed.routes)
