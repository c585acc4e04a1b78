"""Where the places of a dependency graph are drawn: in columns, what others need on the right.

A layered layout (Sugiyama 1981): a place's column is its longest way to what depends on nothing,
where a circle counts as one place; the order in a column follows from neighbours (barycentres).
Places without any edge stand in a grid below. The same graph always gives the same picture.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from helpers.console.graph.outline import Edge, Outline

HEIGHT = 26.0
_BETWEEN = 12.0
_BEND_HEIGHT = 4.0
_MARGIN = 16.0
_SMALLEST_GAP = 70.0
_LARGEST_GAP = 260.0
_LEAST_GRID = 960.0
_SWEEPS = 8
# Above this, edges over several columns go straight: ordering their bends would take seconds.
_MOST_BENDS = 20_000

_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """Where one place is drawn; `x` and `y` of its upper left corner."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Route:
    """How one edge is drawn.

    Attributes:
        points: its start, where it enters and leaves each column on its way, its end.
        bulge: of an edge within a column, how far it leaves it: to the right, below 0 to the left.
    """

    edge: Edge
    points: tuple[_Point, ...]
    bulge: float = 0.0


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture's size, its boxes by place and its routes by edge."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]


@dataclass(slots=True)
class _Layers:
    """Columns of slots: places by their numbers, then bends of edges that pass a column."""

    columns: list[list[int]]
    column_of: dict[int, int]
    groups: dict[int, int]
    chains: list[list[int]]
    right: dict[int, list[int]] = field(default_factory=dict)
    left: dict[int, list[int]] = field(default_factory=dict)


def layout(drawn: Outline, widths: Sequence[float]) -> Layout:
    """Place a graph.

    Args:
        widths: of the box of each place.
    """
    layers = _layers(drawn)
    _order(layers)
    middles = _middles(layers, len(drawn.places))
    lefts, column_widths, right = _across(layers, widths)
    boxes = {
        place: Box(lefts[column], middles[place] - HEIGHT / 2, widths[place])
        for place, column in layers.column_of.items()
        if place < len(drawn.places)
    }
    routes = tuple(
        _route(edge, chain, boxes, (layers, middles, lefts, column_widths))
        for edge, chain in zip(drawn.edges, layers.chains, strict=True)
    )
    below = max((box.y + HEIGHT for box in boxes.values()), default=0.0) + 2 * _BETWEEN
    alone = [place for place in range(len(drawn.places)) if place not in boxes]
    boxes |= _grid(alone, widths, below if boxes else _MARGIN, right)
    return Layout(
        max((box.x + box.width for box in boxes.values()), default=0.0) + _LARGEST_GAP / 4,
        max((box.y + HEIGHT for box in boxes.values()), default=0.0) + _MARGIN,
        tuple(boxes[place] for place in range(len(drawn.places))),
        routes,
    )


def column_numbers(drawn: Outline) -> dict[int, int]:
    """The column of each place that has an edge, from 0 on the left."""
    ranks = [0] * (max(drawn.groups, default=-1) + 1)
    # What a group depends on has lower numbers, so their ranks are final when they are read.
    for edge in sorted(drawn.edges, key=lambda edge: drawn.groups[edge.source]):
        if not edge.cyclic:
            source, target = drawn.groups[edge.source], drawn.groups[edge.target]
            ranks[source] = max(ranks[source], ranks[target] + 1)
    last = max(ranks, default=0)
    joined = sorted({place for edge in drawn.edges for place in (edge.source, edge.target)})
    return {place: last - ranks[drawn.groups[place]] for place in joined}


def _layers(drawn: Outline) -> _Layers:
    column_of = column_numbers(drawn)
    columns: list[list[int]] = [[] for _ in range(max(column_of.values(), default=-1) + 1)]
    for place, column in column_of.items():
        columns[column].append(place)
    layers = _Layers(columns, column_of, {p: drawn.groups[p] for p in column_of}, [])
    spans = [column_of[edge.target] - column_of[edge.source] for edge in drawn.edges]
    bent = sum(max(span - 1, 0) for span in spans) <= _MOST_BENDS
    following = len(drawn.places)
    for edge, span in zip(drawn.edges, spans, strict=True):
        bends = list(range(following, following + span - 1)) if bent else []
        following += len(bends)
        chain = [edge.source, *bends, edge.target]
        for column, bend in enumerate(bends, column_of[edge.source] + 1):
            columns[column].append(bend)
            layers.column_of[bend] = column
            layers.groups[bend] = -bend
        for one, other in pairwise(chain) if span else ():
            layers.right.setdefault(one, []).append(other)
            layers.left.setdefault(other, []).append(one)
        layers.chains.append(chain)
    return layers


def _order(layers: _Layers) -> None:
    """Order each column by its neighbours, to and fro, and keep what crosses least."""
    best = [list(column) for column in layers.columns]
    fewest = _crossings(layers)
    for sweep in range(_SWEEPS):
        rightwards = sweep % 2 == 0
        beside = layers.left if rightwards else layers.right
        for column in layers.columns if rightwards else reversed(layers.columns):
            _sort_column(column, beside, layers)
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [list(column) for column in layers.columns], crossings
        if not crossings:
            break
    layers.columns = best


def _sort_column(column: list[int], beside: Mapping[int, Sequence[int]], layers: _Layers) -> None:
    """Sort by the mean position of neighbours; those of one circle stay together."""
    near = {other for slot in column for other in beside.get(slot, ())}
    position = {
        slot: place / len(layers.columns[number])
        for number in {layers.column_of[slot] for slot in near}
        for place, slot in enumerate(layers.columns[number])
    }
    own = {
        slot: _mean([position[other] for other in beside.get(slot, ())], place / len(column))
        for place, slot in enumerate(column)
    }
    members: dict[int, list[float]] = {}
    for slot in column:
        members.setdefault(layers.groups[slot], []).append(own[slot])
    together = {group: _mean(values, 0.0) for group, values in members.items()}

    def key(slot: int) -> tuple[float, int, float]:
        group = layers.groups[slot]
        return together[group], group, own[slot]

    column.sort(key=key)


def _crossings(layers: _Layers) -> int:
    """How often edges between neighbouring columns cross."""
    crossings = 0
    for column, following in pairwise(layers.columns):
        position = {slot: place for place, slot in enumerate(following)}
        seen: list[int] = []
        for slot in column:
            ends = sorted(position[o] for o in layers.right.get(slot, ()) if o in position)
            crossings += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return crossings


def _middles(layers: _Layers, places: int) -> dict[int, float]:
    """The height at which the middle of each slot is drawn: near its neighbours' middles."""
    sizes = {s: HEIGHT if s < places else _BEND_HEIGHT for s in layers.column_of}
    middles: dict[int, float] = {}
    for column in layers.columns:
        middles |= _spread(column, dict.fromkeys(column, 0.0), sizes)
    for sweep in range(_SWEEPS):
        rightwards = sweep % 2 == 1
        beside = layers.left if rightwards else layers.right
        for column in layers.columns if rightwards else reversed(layers.columns):
            wanted = {
                slot: _mean([middles[other] for other in beside.get(slot, ())], middles[slot])
                for slot in column
            }
            middles |= _spread(column, wanted, sizes)
    top = min(middles.values(), default=0.0) - HEIGHT / 2 - _MARGIN
    return {slot: middle - top for slot, middle in middles.items()}


def _spread(
    column: Sequence[int], wanted: Mapping[int, float], sizes: Mapping[int, float]
) -> dict[int, float]:
    """Positions near the wanted ones, in order and without overlap.

    The mean of two solutions without overlap, one pushed down and one pushed up, has none either.
    """
    steps = [(sizes[a] + sizes[b]) / 2 + _BETWEEN for a, b in pairwise(column)]
    down = [wanted[slot] for slot in column]
    up = list(down)
    for place, step in enumerate(steps, 1):
        down[place] = max(down[place], down[place - 1] + step)
    for place in range(len(steps) - 1, -1, -1):
        up[place] = min(up[place], up[place + 1] - steps[place])
    return {slot: (down[place] + up[place]) / 2 for place, slot in enumerate(column)}


def _across(layers: _Layers, widths: Sequence[float]) -> tuple[list[float], list[float], float]:
    """Where each column begins, how wide it is, and where the last one ends."""
    lefts, column_widths, at = [], [], _LARGEST_GAP / 4
    for column in layers.columns:
        wide = max((widths[slot] for slot in column if slot < len(widths)), default=0.0)
        lefts.append(at)
        column_widths.append(wide)
        edges = sum(len(layers.right.get(slot, ())) for slot in column)
        at += wide + min(_LARGEST_GAP, _SMALLEST_GAP + 2 * edges)
    return lefts, column_widths, lefts[-1] + column_widths[-1] if lefts else 0.0


def _route(
    edge: Edge,
    chain: Sequence[int],
    boxes: Mapping[int, Box],
    drawn: tuple[_Layers, Mapping[int, float], Sequence[float], Sequence[float]],
) -> Route:
    layers, middles, lefts, column_widths = drawn
    source, target = boxes[edge.source], boxes[edge.target]
    start, end = middles[edge.source], middles[edge.target]
    if edge.cyclic:
        far = min(_SMALLEST_GAP * 0.8, 18 + abs(end - start) / 5)
        if start < end:
            across = max(source.x + source.width, target.x + target.width) + far
            points = ((source.x + source.width, start), (target.x + target.width, end))
            return Route(edge, points, across - points[0][0])
        return Route(edge, ((source.x, start), (target.x, end)), -far)
    way = [(source.x + source.width, start)]
    for bend in chain[1:-1]:
        column = layers.column_of[bend]
        way.append((lefts[column], middles[bend]))
        way.append((lefts[column] + column_widths[column], middles[bend]))
    return Route(edge, (*way, (target.x, end)))


def _grid(
    alone: Sequence[int], widths: Sequence[float], top: float, right: float
) -> dict[int, Box]:
    """Boxes of places that have no edges, in rows of equal cells."""
    cell = max((widths[place] for place in alone), default=0.0) + 2 * _BETWEEN
    left = _LARGEST_GAP / 4
    across = max(1, int((max(right, _LEAST_GRID) - left) // cell))
    return {
        place: Box(
            left + number % across * cell,
            top + number // across * (HEIGHT + _BETWEEN),
            widths[place],
        )
        for number, place in enumerate(alone)
    }


def _mean(values: Iterable[float], otherwise: float) -> float:
    found = list(values)
    return sum(found) / len(found) if found else otherwise
