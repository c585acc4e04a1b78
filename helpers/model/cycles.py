"""Cycles of a directed graph, whose nodes are strings."""

from collections.abc import Mapping, Sequence


def components(wanted: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Strongly connected components (Tarjan 1972), without recursion.

    Each comes after those that it leads to.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for start in sorted(wanted):
        if start in index:
            continue
        work = [(start, iter(wanted.get(start, ())))]
        index[start] = low[start] = len(index)
        stack.append(start)
        while work:
            place, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    work.append((target, iter(wanted.get(target, ()))))
                    break
                if target in stack:
                    low[place] = min(low[place], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[place])
                if low[place] == index[place]:
                    group = stack[stack.index(place) :]
                    del stack[stack.index(place) :]
                    found.append(sorted(group))
    return found


def way_round(group: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The shortest way round a cycle, from the first place of a component back to it."""
    start, left = group[0], set(group[1:])
    ways: list[tuple[str, ...]] = [(start,)]
    for way in ways:  # grows while it is walked: shortest ways first
        for target in wanted.get(way[-1], ()):
            if target == start:
                return (*way, start)
            if target in left:
                left.remove(target)
                ways.append((*way, target))
    return (*group, start)
