"""Assign places to columns, order them, and route edges through the columns between.

A layered layout (Sugiyama 1981): a place's column is its longest way to what depends on nothing,
where a cycle counts as one place; the order in a column follows from neighbours (barycentres).
"""

from bisect import bisect_right, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from itertools import pairwise

from helpers.console.graph.outline import Outline
from helpers.model.dataclass import dataclass

SWEEPS = 8
# Above this, edges over several columns go straight: ordering their bends would take seconds.
_MOST_BENDS = 20_000


@dataclass(slots=True)
class Layers:
    """Columns of slots: places by their numbers, then bends of edges that pass a column.

    Attributes:
        chains: for each edge its slots, from its source to its target.
        labels: for each edge that is labelled the slot of its label. No line passes a slot but
            those of its own edge, so none crosses a label.
        right: for each slot its neighbours in the next column.
        left: for each slot its neighbours in the column before.
    """

    columns: list[list[int]]
    column_of: dict[int, int]
    groups: dict[int, int]
    chains: list[list[int]] = field(default_factory=list)
    labels: dict[int, int] = field(default_factory=dict)
    right: dict[int, list[int]] = field(default_factory=dict)
    left: dict[int, list[int]] = field(default_factory=dict)


def ordered_layers(drawn: Outline, labelled: Collection[int]) -> Layers:
    """The columns, in their final order.

    Args:
        labelled: the edges that have a label, by their numbers.
    """
    column_of = _with_label_columns(drawn, labelled)
    bends = sum(max(column_of[e.target] - column_of[e.source] - 1, 0) for e in drawn.edges)
    bent = bends <= _MOST_BENDS
    layers = _layers(drawn, column_of if bent else column_numbers(drawn))
    _chain(layers, drawn, labelled if bent else (), bent)
    _order(layers)
    _add_labels_in_cycles(layers, drawn, labelled if bent else ())
    return layers


def column_numbers(drawn: Outline) -> dict[int, int]:
    """The column of each place that has an edge, from 0 on the left."""
    ranks = [0] * (max(drawn.groups, default=-1) + 1)
    # Dependencies of a group have lower numbers, so their ranks are final when read.
    for edge in sorted(drawn.edges, key=lambda edge: drawn.groups[edge.source]):
        if not edge.cyclic:
            source, target = drawn.groups[edge.source], drawn.groups[edge.target]
            ranks[source] = max(ranks[source], ranks[target] + 1)
    last = max(ranks, default=0)
    joined = sorted({place for edge in drawn.edges for place in (edge.source, edge.target)})
    return {place: last - ranks[drawn.groups[place]] for place in joined}


def _with_label_columns(drawn: Outline, labelled: Collection[int]) -> dict[int, int]:
    """The column of each place, with a free column before those that labelled edges lead to."""
    columns = column_numbers(drawn)
    reached = {
        columns[edge.target]
        for number, edge in enumerate(drawn.edges)
        if number in labelled and not edge.cyclic
    }
    before = sorted(reached)
    return {place: column + bisect_right(before, column) for place, column in columns.items()}


def _layers(drawn: Outline, column_of: dict[int, int]) -> Layers:
    columns: list[list[int]] = [[] for _ in range(max(column_of.values(), default=-1) + 1)]
    for place, column in column_of.items():
        columns[column].append(place)
    return Layers(columns, column_of, {place: drawn.groups[place] for place in column_of})


def _chain(layers: Layers, drawn: Outline, labelled: Collection[int], bent: bool) -> None:
    """Give each edge its slots; the last one before the target is its label."""
    following = len(drawn.places)
    for number, edge in enumerate(drawn.edges):
        first = layers.column_of[edge.source]
        span = layers.column_of[edge.target] - first
        bends = list(range(following, following + span - 1)) if bent else []
        following += len(bends)
        chain = [edge.source, *bends, edge.target]
        for column, bend in enumerate(bends, first + 1):
            layers.columns[column].append(bend)
            layers.column_of[bend] = column
            layers.groups[bend] = -bend
        for one, other in pairwise(chain) if span else ():
            layers.right.setdefault(one, []).append(other)
            layers.left.setdefault(other, []).append(one)
        layers.chains.append(chain)
        if number in labelled and bends:
            layers.labels[number] = bends[-1]


def _add_labels_in_cycles(layers: Layers, drawn: Outline, labelled: Collection[int]) -> None:
    """Give the label of an edge within a column a slot between the edge's two places."""
    following = max(layers.column_of, default=0) + 1
    for slot, number in enumerate(sorted(labelled), following):
        edge = drawn.edges[number]
        if not edge.cyclic:
            continue
        column = layers.columns[layers.column_of[edge.source]]
        column.insert(min(column.index(edge.source), column.index(edge.target)) + 1, slot)
        layers.column_of[slot] = layers.column_of[edge.source]
        layers.labels[number] = slot
        layers.right[slot] = layers.left[slot] = [edge.source, edge.target]


def _order(layers: Layers) -> None:
    """Order each column by its neighbours, to and fro, and keep what crosses least."""
    best = [list(column) for column in layers.columns]
    fewest = _crossings(layers)
    for sweep in range(SWEEPS):
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


def _sort_column(column: list[int], beside: Mapping[int, Sequence[int]], layers: Layers) -> None:
    """Sort by the mean position of neighbours; those of one cycle stay together."""
    near = {other for slot in column for other in beside.get(slot, ())}
    position = {
        slot: place / len(layers.columns[number])
        for number in {layers.column_of[slot] for slot in near}
        for place, slot in enumerate(layers.columns[number])
    }
    own = {
        slot: mean([position[other] for other in beside.get(slot, ())], place / len(column))
        for place, slot in enumerate(column)
    }
    members: dict[int, list[float]] = {}
    for slot in column:
        members.setdefault(layers.groups[slot], []).append(own[slot])
    together = {group: mean(values, 0.0) for group, values in members.items()}

    def key(slot: int) -> tuple[float, int, float]:
        group = layers.groups[slot]
        return together[group], group, own[slot]

    column.sort(key=key)


def _crossings(layers: Layers) -> int:
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


def mean(values: Iterable[float], otherwise: float) -> float:
    """The mean of some values; `otherwise` where there are none."""
    found = list(values)
    return sum(found) / len(found) if found else otherwise
