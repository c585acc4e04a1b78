"""Which packages of a lock file an image gets: the requested ones and their dependencies."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from helpers.lockers.locked import read_toml
from helpers.model.packages.installed import python_name


def locked_names(lock_file: Path, asked: Collection[str]) -> set[str]:
    """The packages that a lock file of Poetry or uv gives those who ask for some.

    A lock file also holds what only extras ask for, or members of a workspace that nobody needs.

    Args:
        asked: normalised names.

    Raises:
        HelpersError: the lock file is malformed.
    """
    needs = {
        python_name(str(package["name"])): set(_needs(package))
        for package in read_toml(lock_file).get("package", ())
    }
    found = {name for name in asked if name in needs}
    waiting = list(found)
    while waiting:
        new = needs.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found & needs.keys()


def _needs(package: dict[str, Any]) -> Iterator[str]:
    """In uv's words a list of tables, in Poetry's a table by name; extras' packages with them."""
    given = package.get("dependencies", ())
    for item in given:
        yield python_name(item["name"] if isinstance(item, dict) else str(item))
    for extra in package.get("optional-dependencies", {}).values():
        yield from (python_name(str(item["name"])) for item in extra if isinstance(item, dict))
