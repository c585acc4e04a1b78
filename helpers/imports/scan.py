"""Reads the imports of source folders with grimp; started in an environment that has it.

Standard input: JSON, `{"cache": folder, "groups": [{"paths", "packages", "modules", "depths"}]}`:
folders to find top-level packages in, their names, single modules with their files, and for a
namespace how many parts of a name tell its packages apart. Standard output: for each group the
imports that lead from one package to another, `[importer, imported, line]`.
"""

import ast
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Found = list[tuple[str, str, int]]


def main() -> None:
    """Answer what standard input asks."""
    asked = json.load(sys.stdin)
    own = list(sys.path)
    answer = []
    for group in asked["groups"]:
        sys.path[:] = [*group["paths"], *own]
        importlib.invalidate_caches()
        found = list(_imports(group, asked["cache"])) if group["packages"] else []
        for name, file in group["modules"].items():
            found += _of_module(name, Path(file))
        answer.append(sorted(found))
    json.dump(answer, sys.stdout)


def _imports(group: dict[str, Any], cache: str) -> Iterator[tuple[str, str, int]]:
    import grimp

    graph = grimp.build_graph(
        *group["packages"], include_external_packages=True, cache_dir=cache or None
    )
    depths = group["depths"]

    def package(module: str) -> list[str]:
        parts = module.split(".")
        return parts[: depths.get(parts[0], 1)]

    for module in graph.modules:
        own = package(module)
        for other in graph.find_modules_directly_imported_by(module):
            if package(other) != own:
                for one in graph.get_import_details(importer=module, imported=other):
                    yield module, other, int(one["line_number"])


def _of_module(name: str, file: Path) -> Found:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []  # that it cannot be imported is said by its tests
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(name, one.name, node.lineno) for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((name, node.module, node.lineno))
    return found


if __name__ == "__main__":
    main()
