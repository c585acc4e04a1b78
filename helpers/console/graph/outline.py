"""The drawn part of a dependency graph: its places, and the edges between them."""

from collections.abc import Iterable, Sequence

from helpers.model.cycles import components
from helpers.model.dataclass import dataclass
from helpers.model.inputs import DependencyGraph, DependencyKind


@dataclass(frozen=True, slots=True)
class Edge:
    """All dependencies of one place on another place.

    Attributes:
        source: index of the place that depends.
        target: index of the place that it depends on.
        cyclic: whether it is part of a cycle.
    """

    source: int
    target: int
    kinds: tuple[DependencyKind, ...]
    cyclic: bool

    @property
    def dev(self) -> bool:
        """Whether only development needs it."""
        return self.kinds == (DependencyKind.DEV,)

    @property
    def label(self) -> str:
        """The source of the dependency, if no package declares it."""
        usual = (DependencyKind.MAIN, DependencyKind.DEV)
        return ", ".join(kind.value for kind in self.kinds if kind not in usual)


@dataclass(frozen=True, slots=True)
class Outline:
    """A graph by numbers.

    Attributes:
        places: names of runnable dirs, packages and files, sorted; edges count from 0 in them.
        dirs: those that are runnable dirs.
        edges: sorted by source and target.
        groups: for each place the number of its cycle, shared by those that depend on each
            other; a place has a number no lower than those of what it depends on.
    """

    places: tuple[str, ...]
    dirs: frozenset[int]
    edges: tuple[Edge, ...]
    groups: tuple[int, ...]


def outline(graph: DependencyGraph) -> Outline:
    """Number the places of a graph and join the dependencies between the same two."""
    every = [one for found in graph.dependencies.values() for one in found]
    ends = {name for found in every for name in (found.source, found.target)}
    places = tuple(sorted({*graph.dirs, *graph.dependencies, *ends}))
    index = {name: number for number, name in enumerate(places)}
    kinds: dict[tuple[int, int], set[DependencyKind]] = {}
    for found in every:
        if found.source != found.target:
            kinds.setdefault((index[found.source], index[found.target]), set()).add(found.kind)
    groups = _groups(places, sorted(kinds))
    order = list(DependencyKind)
    edges = tuple(
        Edge(source, target, tuple(sorted(kinds[source, target], key=order.index)), cyclic)
        for source, target in sorted(kinds)
        for cyclic in [groups[source] == groups[target]]
    )
    return Outline(places, frozenset(index[name] for name in graph.dirs), edges, groups)


def _groups(places: Sequence[str], edges: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """For each place the number of its cycle, counted from what depends on nothing."""
    wanted: dict[str, list[str]] = {place: [] for place in places}
    for source, target in edges:
        wanted[places[source]].append(places[target])
    number = {
        place: number for number, members in enumerate(components(wanted)) for place in members
    }
    return tuple(number[place] for place in places)
