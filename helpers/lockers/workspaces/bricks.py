"""Bricks in a project's `pyproject.toml`: `packages` of Poetry, or `[tool.polylith.bricks]`.

Source: https://davidvujic.github.io/python-polylith-docs/
"""

from typing import Any

from helpers.lockers import poetry
from helpers.lockers.toml_values import table
from helpers.model.documents.parsing import load_toml
from helpers.model.documents.toml_layout import keep_line_ends


def add_brick(text: str, source: str, include: str) -> str:
    """The text of a `pyproject.toml` that lists a brick as well.

    Args:
        source: the folder that it is in, relative to the project.
        include: its path below that folder, with `/`.
    """
    import tomlkit

    content = load_toml(text)
    document: Any = tomlkit.parse(text)
    if "bricks" in table(content, "tool", "polylith"):
        document["tool"]["polylith"]["bricks"][f"{source}/{include}"] = include
    # With `[project]`, Polylith reads its own table, and Poetry builds from this one all the same.
    if "packages" in table(content, "tool", poetry.NAME):
        item = tomlkit.inline_table()
        item.update({"include": include, "from": source})
        packages = document["tool"][poetry.NAME]["packages"]
        lines = packages.as_string().splitlines()
        if len(lines) > 1:
            packages.add_line(item, indent=" " * 4, add_comma=lines[-1].strip() == "]")
        else:
            packages.append(item)
    return keep_line_ends(text, tomlkit.dumps(document))
