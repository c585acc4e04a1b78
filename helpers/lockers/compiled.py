"""Requirements that uv compiles: `requirements.in` and `pyproject.toml` into `requirements.txt`."""

import re
from pathlib import Path

from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.locked import Toml, read_toml
from helpers.lockers.pip import SOURCE_FILE
from helpers.lockers.toml_values import table

NAME = "uv pip compile"
# Extras by these names, and those that hold pytest, are what developing needs.
_DEVELOPMENT = frozenset({"dev", "develop", "development", "test", "tests", "testing"})
_PYTEST = re.compile(r"\s*pytest(?![\w.-])", re.IGNORECASE)


def is_compiled(root: Path) -> bool:
    """Whether `requirements.txt` is what `requirements.in` is compiled into."""
    return (root / SOURCE_FILE).is_file()


def compiled_from(root: Path) -> tuple[str, ...]:
    """What is compiled in the dir at `root`, as arguments of uv.

    Of a `pyproject.toml` with `[project]`: its dependencies, all groups, and those extras that
    developing needs.

    Raises:
        HelpersError: `pyproject.toml` is malformed.
    """
    found = [SOURCE_FILE]
    if (root / PROJECT).is_file():
        content = read_toml(root / PROJECT)
        if "project" in content:
            extras = [f"--extra={name}" for name in development_extras(content)]
            groups = [f"--group={name}" for name in table(content, "dependency-groups")]
            found += [PROJECT, *extras, *groups]
    return tuple(found)


def development_extras(content: Toml) -> list[str]:
    """The extras of a `pyproject.toml` that developing needs: by their names, or for pytest."""
    extras = table(content, "project", "optional-dependencies")
    return [
        name
        for name, lines in extras.items()
        if name.lower() in _DEVELOPMENT
        or any(isinstance(line, str) and _PYTEST.match(line) for line in lines)
    ]
