"""Route the edges of a dependency graph between the boxes of its columns.

Lines go straight through a column, at a height that no other slot of it has, and bend only in the
gaps between columns. So none touches the box of a place or of a label.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from helpers.console.graph.layers import Layers
from helpers.console.graph.outline import Edge
from helpers.model.dataclass import dataclass

LARGEST_ARC = 56.0
_SMALLEST_ARC = 18.0

Point = tuple[float, float]
# A straight line has two points; a cubic Bézier curve has four.
Piece = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a name or a label is drawn; `x` and `y` of its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def middle(self) -> float:
        """The y of its middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Route:
    """How one edge is drawn: its pieces with a gap where its label stands."""

    edge: Edge
    pieces: tuple[Piece, ...]
    label: Box | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """The positions of columns and slots.

    Attributes:
        lefts: where each column begins.
        rights: where each column ends.
        boxes: of places and labels, by their slots.
        middles: the y of every slot.
    """

    layers: Layers
    lefts: Sequence[float]
    rights: Sequence[float]
    boxes: Mapping[int, Box]
    middles: Mapping[int, float]


def route(frame: Frame, number: int, edge: Edge) -> Route:
    """Draw one edge.

    Args:
        number: the edge's place among all edges.
    """
    slot = frame.layers.labels.get(number)
    label = None if slot is None else frame.boxes[slot]
    if edge.cyclic:
        return Route(edge, tuple(_arcs(frame, edge, label)), label)
    return Route(edge, tuple(_across(frame, frame.layers.chains[number])), label)


def _across(frame: Frame, chain: Sequence[int]) -> Iterator[Piece]:
    """From column to column: straight to the column's end, then a curve over the gap."""
    for slot, following in pairwise(chain):
        column = frame.layers.column_of[slot]
        box = frame.boxes.get(slot)
        start, y = box.right if box else frame.lefts[column], frame.middles[slot]
        end = frame.rights[column]
        if start < end:
            yield (start, y), (end, y)
        to_x = frame.lefts[frame.layers.column_of[following]]
        to_y = frame.middles[following]
        half = (end + to_x) / 2
        yield (end, y), (half, y), (half, to_y), (to_x, to_y)


def _arcs(frame: Frame, edge: Edge, label: Box | None) -> Iterator[Piece]:
    """Beside a column: down on its right, up on its left; to the label, and on from there."""
    source, target = frame.boxes[edge.source], frame.boxes[edge.target]
    column = frame.layers.column_of[edge.source]
    down = source.middle < target.middle
    x, side = (frame.rights[column], 1) if down else (frame.lefts[column], -1)
    if down and source.right < x:
        yield (source.right, source.middle), (x, source.middle)
    heights = [box.middle for box in (source, label, target) if box]
    for start, end in pairwise(heights):
        far = x + side * min(LARGEST_ARC, _SMALLEST_ARC + abs(end - start) / 5)
        yield (x, start), (far, start), (far, end), (x, end)
    if down and target.right < x:
        yield (x, target.middle), (target.right, target.middle)
