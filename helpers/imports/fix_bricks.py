"""Write bricks that are imported into the projects that lack them, in the words that each uses."""

import posixpath
from collections.abc import Iterable, Mapping

from helpers.lockers.workspaces.bricks import add_brick
from helpers.model.file_change import FileChange
from helpers.model.runnable_dir import path_below

_PROJECT = "pyproject.toml"


def plan_bricks(
    texts: Mapping[str, str], missing: Iterable[tuple[str, str, str]]
) -> list[FileChange]:
    """What becomes of the projects' files.

    Args:
        texts: of each project's `pyproject.toml`, by its folder.
        missing: project, the brick's folder, and its module with dots.
    """
    after = dict(texts)
    for name, brick, module in sorted(set(missing)):
        include = module.replace(".", "/")
        source = posixpath.relpath(brick.removesuffix(include).rstrip("/") or ".", name)
        after[name] = add_brick(after[name], source, include)
    return [
        FileChange(path_below(name, _PROJECT), texts[name], after[name])
        for name in sorted(texts)
        if texts[name] != after[name]
    ]
