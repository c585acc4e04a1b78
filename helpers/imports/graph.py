"""The imports of many places: groups for grimp, which knows a top-level name once."""

import hashlib
import json
import os
import posixpath
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from helpers.imports import scan
from helpers.imports.places import Place
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.system.files import write_atomic
from helpers.system.lease import working_folder
from helpers.system.own_environment import own_environment
from helpers.system.process import run
from helpers.vcs.git import LINK

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


def read_imports(inputs: RepoInputs, places: Sequence[Place], listen: Listener) -> list[Import]:
    """The imports of all places that lead from one package to another.

    What was found is kept for the next time, for as long as no file of theirs changes.

    Raises:
        HelpersError: grimp cannot be installed, or cannot read the code.
    """
    groups = group_places(one for one in places if one.modules)
    if not groups:
        return []
    repo = inputs.repo
    asked = json.dumps([_asked(repo.root, group) for group in groups])
    kept = working_folder(repo.root) / "imports" / "found" / f"{digest_of(asked, 24)}.json"
    key = _key(inputs, groups)
    answers = _read_kept(kept, key)
    if answers is None:
        answers = _scan(repo, asked, listen)
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(kept, json.dumps([key, answers]))
    return [
        one for group, found in zip(groups, answers, strict=True) for one in _found(group, found)
    ]


def _scan(repo: Repo, asked: str, listen: Listener) -> Any:
    environment = own_environment(repo.toolchain, _REQUIREMENTS, "grimp", listen)
    done = run(
        [environment / "bin" / "python", "-I", str(Path(scan.__file__))], stdin=asked, check=False
    )
    if done.status:
        raise HelpersError(
            "grimp cannot read the imports",
            where="\n".join(done.stderr.strip().splitlines()[-3:]),
            fix=f"correct what it names; {sys.executable} -m compileall -q FOLDER finds bad syntax",
        )
    return json.loads(done.stdout)


def _key(inputs: RepoInputs, groups: Iterable[Sequence[Place]]) -> str:
    """A hash of everything that is read to find the imports, and of what reads it."""
    toolchain = inputs.repo.toolchain / "dev_scripts" / _REQUIREMENTS
    readers = [file.read_text() for file in (Path(scan.__file__), toolchain)]
    wheres = (where for group in groups for one in group for where in one.modules.values())
    files = (path for where in wheres for path in _files(inputs.repo.root, where))
    return digest_of("\0".join([*readers, *(_state(inputs, path) for path in files)]), 64)


def _files(root: Path, where: str) -> Iterator[str]:
    """The code of a module or package: also what git ignores, which can be imported, too."""
    if where.endswith(".py"):
        yield where
        return
    for folder, _, names in os.walk(root / where):
        below = posixpath.relpath(folder, root)
        yield from (f"{below}/{name}" for name in sorted(names) if name.endswith(".py"))


def _state(inputs: RepoInputs, path: str) -> str:
    """A file and its content."""
    said = inputs.snapshot.get(path, "")
    if said and not said.startswith(LINK):
        return f"{path} {said}"
    try:
        return f"{path} {hashlib.sha256((inputs.repo.root / path).read_bytes()).hexdigest()}"
    except OSError:
        return f"{path} -"


def _read_kept(kept: Path, key: str) -> Any:
    """What was found before; None: nothing, or another key's."""
    try:
        found, answers = json.loads(kept.read_text())
    except (OSError, ValueError, TypeError):
        return None
    return answers if found == key else None


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
