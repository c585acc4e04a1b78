"""Data files that stand beside a package's modules, and that no wheel of it has."""

import ast
import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from helpers.imports.places import is_test
from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.inputs import ROOT
from helpers.model.numbers import counted
from helpers.model.packages.import_findings import Finding, FindingKind
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import dir_option, path_below, path_inside
from helpers.model.wheel import Mode
from helpers.vcs.files import ignored, uncommitted
from helpers.wheels.archive import info_name, read_wheel
from helpers.wheels.data_files import (
    DataFile,
    data_files,
    held_and_lacking,
    is_data,
    module_folders,
    own_files,
)
from helpers.wheels.declared import read_declared
from helpers.wheels.existing import read_there, version_of
from helpers.wheels.options import BuildOptions
from helpers.wheels.package import Package
from helpers.wheels.plan import is_package, package_of, plan_wheels

_DIST = "dist"
# For people who read the repo.
_TEXT = re.compile(
    r"(readme|licen|copying|notice|authors|change|contributing).*|.*\.(md|rst)", re.I
)

# Folders, and what Python keeps for itself.
_PASSING = re.compile(r"/$|(^|/)__pycache__/")


def find_missing_data(inputs: RepoInputs, places: Iterable[str]) -> list[Finding]:
    """The data files that no wheel of some dirs and packages has, sorted.

    One that code outside tests names is a finding, others are notes: they may be for people alone.
    Where it follows from something that is not read here, a wheel in `dist` of the same inputs
    tells; without one a note says what it is. A file that code names and git ignores is a note,
    too: only this machine has it.

    Args:
        places: dirs and packages, relative to the repo's root.

    Raises:
        ProcessError: git fails.
    """
    places = list(places)
    hidden = [
        path
        for path in uncommitted(inputs.repo.root, places, ignored=True)
        if path not in inputs.snapshot and not _PASSING.search(path) and is_data(path)
    ]
    return sorted(one for place in places for one in _of_place(inputs, place, hidden))


def _of_place(inputs: RepoInputs, place: str, hidden: Sequence[str]) -> Iterator[Finding]:
    if is_package(inputs, place):
        return
    package = package_of(inputs, place)
    inner = [*inputs.tree.dirs, *inputs.of(place).roots, *inputs.inner.get(place, ())]
    # What has no project of its own is part of this one.
    others = [one for one in inner if path_below(one, PYPROJECT) in inputs.snapshot]
    below = [path for root in (place, *package.bricks) for path in inputs.tree.below(root)]
    files = own_files(package, below, others)
    yield from _of_hidden(inputs, package, files, own_files(package, hidden, others))
    declared = read_declared(package, files, _ignored(inputs, package, files))
    lacking = declared.lacking
    if declared.unread and declared.files:
        names = _built_names(inputs, package)
        if names is None:
            yield _unread(package, declared.unread, len(declared.files))
            return
        _, paths = held_and_lacking(files, module_folders(package), names)
        lacking = tuple(one for one in declared.files if one.path in paths)
    yield from _of_lacking(inputs, package, files, lacking, declared.unread)


def _of_hidden(
    inputs: RepoInputs, package: Package, files: Sequence[str], hidden: Sequence[str]
) -> Iterator[Finding]:
    data = data_files([*files, *hidden], module_folders(package)) if hidden else ()
    beside = [one.path for one in data if one.path in set(hidden)]
    texts = _texts(inputs.repo.root, files) if beside else []
    for path in beside:
        if named := _named(package, path, texts):
            what = f"{named.what}; git ignores {path}, so no wheel has it"
            yield replace(named, what=what, note=True)


def _ignored(inputs: RepoInputs, package: Package, files: Sequence[str]) -> set[str]:
    """Files that git tracks although its rules of ignored files name them."""
    if not package.project.backend.startswith("hatchling."):
        return set()  # others do not look at it
    data = [one for one in files if is_data(one) and _is_own(package, one)]
    if not data:
        return set()
    inside = [path_inside(package.place, one) for one in data]
    found = ignored(inputs.repo.root / package.place, inside, tracked=True)
    return {path_below(package.place, one) for one in found}


def _is_own(package: Package, path: str) -> bool:
    return package.place == ROOT or is_inside(path, package.place)


def _built_names(inputs: RepoInputs, package: Package) -> set[str] | None:
    """The files of a wheel that was built of the same inputs; None: there is none."""
    root, place = inputs.repo.root, package.place
    for folder in (root / _DIST, root / place / _DIST):
        own = {
            path: said
            for path, said in read_there(folder).items()
            if said and path.name.startswith(info_name(package.name, ""))
        }
        for path, said in own.items():
            if said in set(_digests(inputs, package, folder, version_of(path.name))):
                return set(read_wheel(path).files)
    return None


def _digests(inputs: RepoInputs, package: Package, out: Path, version: str) -> Iterator[str]:
    """What a wheel may say that it was made from, built without tests and data."""
    for mode, locked, versions in product(Mode, (False, True), ({}, {package.place: version})):
        options = BuildOptions(out, mode, locked, versions=versions)
        try:
            yield plan_wheels(inputs, package.place, options)[-1].inputs
        except HelpersError:
            return  # it is refused, so none was built of these inputs


def _unread(package: Package, unread: str, number: int) -> Finding:
    command = f"i package_build {dir_option(package.place)}"
    return Finding(
        package.place,
        FindingKind.MISSING_DATA,
        package.file,
        0,
        unread,
        f"whether the wheel of {package.place} has its {counted(number, 'data file')} follows from"
        f" {unread}, which is not read here; after  {command}  that wheel tells",
        command,
        note=True,
    )


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in code: where it is, and whether more is put before it."""

    file: str
    line: int
    text: str
    is_part: bool

    def names(self, name: str) -> bool:
        """Whether it names a file: itself, by a pattern, or by how its name ends."""
        last = re.split(r"[/\\]", self.text)[-1]
        if last == name:
            return True
        if "*" in last:
            return bool(re.search(r"\w", last)) and fnmatch.fnmatchcase(name, last)
        return self.is_part and "." in last[:-1] and name.endswith(last)


def _of_lacking(
    inputs: RepoInputs,
    package: Package,
    files: Sequence[str],
    lacking: Sequence[DataFile],
    unread: str,
) -> Iterator[Finding]:
    texts = _texts(inputs.repo.root, files) if lacking else []
    unnamed: dict[str, list[str]] = {}
    for one in lacking:
        folder, _, name = one.path.rpartition("/")
        if named := _named(package, one.path, texts):
            what = f"{named.what}, and no wheel of it has {one.path}"
            yield replace(named, what=what, fix=_fix(package, one, unread))
        elif not _TEXT.fullmatch(name):
            unnamed.setdefault(f"{folder}/*{Path(name).suffix}", []).append(one.path)
    for pattern, paths in unnamed.items():
        shown = paths[0] if len(paths) == 1 else f"{counted(len(paths), 'file')} {pattern}"
        yield Finding(
            package.place,
            FindingKind.MISSING_DATA,
            package.file,
            0,
            paths[0] if len(paths) == 1 else pattern,
            f"no wheel of {package.place} has {shown}, and its code outside tests names none",
            note=True,
        )


def _named(package: Package, path: str, texts: Iterable[_Text]) -> Finding | None:
    """The finding that a text names a file, without what is wrong with it; None: no text does."""
    name = path.rpartition("/")[2]
    said = next((text for text in texts if text.names(name)), None)
    if said is None:
        return None
    what = f"{package.place} names {name}"
    return Finding(package.place, FindingKind.MISSING_DATA, said.file, said.line, path, what)


def _fix(package: Package, one: DataFile, unread: str) -> str:
    file = path_below(package.place, PYPROJECT)
    build = f"i package_build {dir_option(package.place)} --with-data"
    if not unread:
        where = f"[tool.setuptools.package-data] of {file}"
        return f'add "{one.inside}" to  "{one.package}"  in {where}; or  {build}'
    if package.project.backend.startswith(("setuptools.", "hatchling.")):
        return f"change {unread} so that it is packed; or  {build}"
    return f"change {unread} so that it is packed"


def _texts(root: Path, files: Iterable[str]) -> list[_Text]:
    """The texts in code outside tests."""
    code = (one for one in files if one.endswith(".py") and not is_test(one))
    return [text for one in code for text in _texts_of(root / one, one)]


def _texts_of(path: Path, file: str) -> Iterator[_Text]:
    """The texts in a file's code, from its beginning; none where it cannot be read."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values[1:]
    }
    found = [
        _Text(file, node.lineno, node.value, id(node) in parts)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    yield from sorted(found, key=lambda one: one.line)
