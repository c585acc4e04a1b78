"""Graphs of dependencies, in one line each."""

import random

from helpers.model.inputs import Dependency, DependencyGraph, DependencyKind, FileTree

GraphEdge = tuple[str, str] | tuple[str, str, DependencyKind]


def graph_of(*edges: GraphEdge, dirs: tuple[str, ...] = ()) -> DependencyGraph:
    """A graph of edges, each declared in its source's `pyproject.toml`; `main` when not said."""
    found: dict[str, list[Dependency]] = {}
    for source, target, *kind in edges:
        main = kind[0] if kind else DependencyKind.MAIN
        one = Dependency(source, target, main, f"{source}/pyproject.toml")
        found.setdefault(source, []).append(one)
    return DependencyGraph(dirs, {name: tuple(sorted(every)) for name, every in found.items()})


def random_graph(
    places: int, edges: int, *, labelled: bool = False, cyclic: int = 0
) -> DependencyGraph:
    """The same graph for the same arguments.

    Args:
        labelled: the kinds of dependency vary, and most of them are written at their edges.
        cyclic: how many edges lead anywhere, so that they close cycles.
    """
    choose = random.Random(1)
    pairs = [sorted(choose.sample(range(places), 2), reverse=True) for _ in range(edges)]
    pairs += [choose.sample(range(places), 2) for _ in range(cyclic)]
    kinds = list(DependencyKind) if labelled else [DependencyKind.MAIN]
    names = [f"apps/app{number:04}" for number in range(places)]
    return graph_of(
        *((names[a], names[b], choose.choice(kinds)) for a, b in pairs), dirs=tuple(names)
    )


_FILES = (
    "README.md",
    "apps/a/code.py",
    "apps/a/inner/code.py",
    "apps/b/code.py",
    "apps/b2/code.py",
    "libs/x/code.py",
    "data/prices.csv",
)


def small_graph(
    *pairs: tuple[str, str], kind: DependencyKind = DependencyKind.MAIN
) -> DependencyGraph:
    """Three dirs, one within another, which depend as the pairs say."""
    found: dict[str, list[Dependency]] = {}
    for source, target in pairs:
        found.setdefault(source, []).append(Dependency(source, target, kind, f"{source}/file"))
    sources = {source: tuple(sorted(items)) for source, items in found.items()}
    return DependencyGraph(("apps/a", "apps/a/inner", "apps/b"), sources)


def small_tree(*more: str) -> FileTree:
    """The files of `small_graph`, by these dirs and more."""
    return FileTree.of(("apps/a", "apps/a/inner", "apps/b", *more), _FILES)
