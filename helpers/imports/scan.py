"""Reads the imports of source folders with grimp; started in an environment that has it.

Standard input: JSON, a list of groups `{"paths", "packages", "modules", "depths"}`: folders to find
top-level packages in, their names, single modules with their files, and for a namespace how many
parts of a name tell its packages apart. Standard output: for each group the imports that lead from
one package to another, `[importer, imported, line]`.

Of grimp the finding and the scanning are used alone: a graph would be made of all imports, which
takes half the time again, and be read once.
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
    groups = json.load(sys.stdin)
    own = list(sys.path)
    answer = []
    for group in groups:
        sys.path[:] = [*group["paths"], *own]
        importlib.invalidate_caches()
        found = list(_imports(group)) if group["packages"] else []
        for name, file in group["modules"].items():
            found += _of_module(name, Path(file))
        answer.append(sorted(found))
    json.dump(answer, sys.stdout)


def _imports(group: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    import grimp  # noqa: F401 - sets what the next ones use
    from grimp.application.config import settings
    from grimp.application.scanning import scan_imports

    disk, depths = settings.FILE_SYSTEM, group["depths"]
    found = {
        settings.MODULE_FINDER.find_package(name, folder, disk)
        for name in group["packages"]
        for folder in settings.PACKAGE_FINDER.determine_package_directories(name, disk)
    }
    scanned = scan_imports(
        {file for one in found for file in one.module_files},
        found_packages=found,
        include_external_packages=True,
        exclude_type_checking_imports=False,
    )

    def package(module: str) -> list[str]:
        parts = module.split(".")
        return parts[: depths.get(parts[0], 1)]

    for file, imports in scanned.items():
        own = package(file.module.name)
        for one in imports:
            if package(one.imported.name) != own:
                yield one.importer.name, one.imported.name, one.line_number


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
