"""Small builders for the tests."""

import random
from collections.abc import Mapping
from pathlib import Path


def make_package(parent: Path, modules: Mapping[str, str], name: str = "app") -> Path:
    """Write a package.

    Args:
        parent: where its directory is made.
        modules: source by path below the package, such as `web/views.py`.
        name: of the package.

    Returns:
        Its directory.
    """
    package = parent / name
    for path, source in {"__init__.py": "", **modules}.items():
        file = package / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    return package


def make_tangled_package(parent: Path, layers: int, width: int, imports: int) -> Path:
    """A package in which each module imports some modules of the layer below it.

    Which ones is random, and the same each time.
    """
    choose = random.Random(width)
    modules = {}
    for layer in range(layers):
        for place in range(width):
            below = choose.sample(range(width), imports) if layer else []
            lines = (f"from app import l{layer - 1}m{other}\n" for other in below)
            modules[f"l{layer}m{place}.py"] = "".join(lines)
    return make_package(parent, modules)
