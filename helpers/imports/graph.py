"""The imports of many places: groups for grimp, which knows a top-level name once."""

import json
import posixpath
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from helpers.imports import scan
from helpers.imports.places import Place
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.system.lease import working_folder
from helpers.system.own_environment import own_environment
from helpers.system.process import run

_REQUIREMENTS = "imports_requirements.txt"


@dataclass(frozen=True, slots=True)
class Import:
    """One import that leads out of a package.

    Attributes:
        place: whose code it is.
        module: the importing one; `imported` the other, with dots.
    """

    place: str
    module: str
    imported: str
    line: int


def group_places(places: Iterable[Place]) -> list[list[Place]]:
    """Split the places into few lists in which each top-level name is one place's.

    Bricks share their namespace.
    """
    names: list[dict[str, bool]] = []
    groups: list[list[Place]] = []
    for place in places:
        own = {module.partition(".")[0]: place.is_brick for module in place.modules}
        free = (
            number
            for number, taken in enumerate(names)
            if all(name not in taken or (taken[name] and own[name]) for name in own)
        )
        number = next(free, len(groups))
        if number == len(groups):
            names.append({})
            groups.append([])
        names[number] |= own
        groups[number].append(place)
    return groups


def read_imports(repo: Repo, places: Sequence[Place], listen: Listener) -> list[Import]:
    """The imports of all places that lead from one package to another.

    Raises:
        HelpersError: grimp cannot be installed, or cannot read the code.
    """
    groups = group_places(one for one in places if one.modules)
    if not groups:
        return []
    environment = own_environment(repo.toolchain, _REQUIREMENTS, "grimp", listen)
    # Where the next command finds what of the files did not change.
    cache = working_folder(repo.root) / "imports" / "grimp"
    cache.mkdir(parents=True, exist_ok=True)
    asked = {"cache": str(cache), "groups": [_asked(repo.root, group) for group in groups]}
    done = run(
        [environment / "bin" / "python", "-I", str(Path(scan.__file__))],
        stdin=json.dumps(asked),
        check=False,
    )
    if done.status:
        raise HelpersError(
            "grimp cannot read the imports",
            where="\n".join(done.stderr.strip().splitlines()[-3:]),
            fix=f"correct what it names; {sys.executable} -m compileall -q FOLDER finds bad syntax",
        )
    answers = json.loads(done.stdout)
    return [
        one for group, found in zip(groups, answers, strict=True) for one in _found(group, found)
    ]


def _asked(root: Path, group: Sequence[Place]) -> dict[str, Any]:
    paths: dict[str, None] = {}
    packages: dict[str, None] = {}
    modules: dict[str, str] = {}
    depths: dict[str, int] = {}
    for place in group:
        for name, where in place.modules.items():
            if where.endswith(".py"):
                modules[name] = str(root / where)
                continue
            parts = name.split(".")
            paths[posixpath.normpath(str(root / where) + "/.." * len(parts))] = None
            packages[parts[0]] = None
            depths[parts[0]] = len(parts)
    return {
        "paths": list(paths),
        "packages": list(packages),
        "modules": modules,
        "depths": depths,
    }


def _found(group: Sequence[Place], answer: Iterable[tuple[str, str, int]]) -> Iterable[Import]:
    owners = {module: place.folder for place in group for module in place.modules}
    for module, imported, line in answer:
        if owner := owner_of(owners, module):
            yield Import(owner, module, imported, line)


def owner_of(owners: "dict[str, str]", module: str) -> str:
    """Whose module it is, by the longest name that is known; empty: nobody's."""
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        if found := owners.get(".".join(parts[:end])):
            return found
    return ""
