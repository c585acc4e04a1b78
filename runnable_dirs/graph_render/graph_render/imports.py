"""Finds who imports whom, from source alone; nothing is executed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx  # type: ignore[import-untyped]


class UnreadablePackageError(Exception):
    """There is no such package, or a module of it is not Python."""


def read_import_graph(package: Path) -> nx.DiGraph:
    """Read the modules of a package and the imports among them.

    Args:
        package: its directory.

    Returns:
        A node for each module, named with dots; an edge from each one to those it imports.

    Raises:
        UnreadablePackageError: there are no modules, or one cannot be parsed.
    """
    files = {_module_name(path, package): path for path in sorted(package.rglob("*.py"))}
    if not files:
        raise UnreadablePackageError(f"{package}: no Python modules")
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(files)
    for name, path in files.items():
        for imported in _imported_names(_parse(path), name, is_package=path.stem == "__init__"):
            known = _nearest_module(imported, graph)
            if known is not None and known != name:
                graph.add_edge(name, known)
    return graph


def find_cycles(graph: nx.DiGraph) -> list[frozenset[str]]:
    """Groups of modules that import each other in a circle, in alphabetical order."""
    groups = (frozenset(group) for group in nx.strongly_connected_components(graph))
    return sorted((group for group in groups if len(group) > 1), key=sorted)


def _module_name(path: Path, package: Path) -> str:
    parts = (package.name, *path.relative_to(package).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        raise UnreadablePackageError(f"{path}: {error}") from error


def _imported_names(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[str]:
    """Absolute names of what is imported: modules, and names that may be modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _import_base(node, module, is_package=is_package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _import_base(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    """The absolute name of what stands between `from` and `import`."""
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    kept = parts[: len(parts) - node.level + is_package]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _nearest_module(name: str, graph: nx.DiGraph) -> str | None:
    """`app.model.User` is in the module `app.model`; None for what is not in the package."""
    while name not in graph:
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return name
