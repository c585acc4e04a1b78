"""Which data files of a package setuptools packs, as its tables in `pyproject.toml` say.

https://setuptools.pypa.io/en/latest/userguide/datafiles.html
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import normpath
from typing import Any

from helpers.lockers.locked import Toml
from helpers.lockers.toml_values import table, texts
from helpers.model.inputs import ROOT
from helpers.model.runnable_dir import path_below, path_inside
from helpers.wheels.data_files import DataFile
from helpers.wheels.package import Package

_FINDERS = re.compile(r"(setuptools|wheel)\b(?!-)")
_SRC = "src"
# Packed without being declared.
_IMPLICIT = ("*.pyi", "py.typed")
_INIT = "__init__.py"


def unread_of_setuptools(package: Package, files: Sequence[str]) -> str:
    """What decides about data files and is not read here; empty: all that does is read.

    Args:
        files: the package's own, relative to the repo's root.
    """
    content, found = package.project.content, package.project.texts
    own = table(content, "tool", "setuptools")
    if "setup.py" in found:
        return "setup.py"
    if "[options" in found.get("setup.cfg", ""):
        return "setup.cfg"
    if "project" not in content:
        return "a pyproject.toml without [project]"
    manifest = path_below(package.place, "MANIFEST.in") in files
    if manifest and own.get("include-package-data") is not False:
        return "MANIFEST.in"
    for one in texts(table(content, "build-system").get("requires")):
        # One may tell setuptools of all files that git tracks.
        if not _FINDERS.match(one):
            return f"{one}, which setuptools is built with"
    package_dir, find = own.get("package-dir") or {}, table(own, "packages", "find")
    if set(package_dir) - {""} or (package_dir and find and "where" not in find):
        return "package-dir of [tool.setuptools]"
    is_told = "packages" in own or _has_src(package, files)
    if not is_told or (("py-modules" in own or "ext-modules" in own) and "packages" not in own):
        return "how setuptools finds packages that nobody names"
    return ""


def setuptools_lacking(
    package: Package, files: Sequence[str], data: Sequence[DataFile]
) -> tuple[DataFile, ...]:
    """The data files beside modules that are packed, and that are not packed themselves.

    Args:
        files: the package's own, relative to the repo's root.
        data: its data files.
    """
    own = table(package.project.content, "tool", "setuptools")
    there = [path_inside(package.place, path) for path in files]
    folders = dict(_packages(own, there))
    taken, left = _patterns(own, "package-data"), _patterns(own, "exclude-package-data")

    def is_packed(one: DataFile) -> bool:
        path = path_inside(package.place, one.path)
        for name, folder in folders.items():
            inside = path.removeprefix(f"{folder}/")
            patterns = (normpath(one).split("/") for one in (*_IMPLICIT, *_of(taken, name)))
            is_taken = inside != path and any(_matches(inside.split("/"), one) for one in patterns)
            # Here `*` goes through folders.
            if is_taken and not _any(inside, [*_of(left, name)]):
                return True
        return False

    return tuple(one for one in data if one.package in folders and not is_packed(one))


def _has_src(package: Package, files: Sequence[str]) -> bool:
    start = path_below(package.place, f"{_SRC}/")
    return any(path.startswith(start) for path in files)


def _packages(own: Toml, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The packages that setuptools packs, each with its folder, relative to the project's."""
    base = str((own.get("package-dir") or {}).get("") or "")
    said = own.get("packages")
    if isinstance(said, list):
        for name in said:
            yield str(name), "/".join(filter(None, (base, str(name).replace(".", "/"))))
        return
    find = table(own, "packages", "find")
    wheres = list(texts(find.get("where"))) or [base or (_SRC if said is None else ROOT)]
    include, exclude = list(texts(find.get("include"))) or ["*"], list(texts(find.get("exclude")))
    for where in wheres:
        start = "" if where in (ROOT, "") else f"{where.strip('/')}/"
        inside = (one.removeprefix(start) for one in files if one.startswith(start))
        every = {up for one in inside for up in _with_above(one.rpartition("/")[0])}
        for folder in sorted(filter(None, every)):
            name = folder.replace("/", ".")
            is_package = "." not in folder and (
                find.get("namespaces", True) is not False
                or all(f"{start}{up}/{_INIT}" in files for up in _with_above(folder))
            )
            if is_package and _any(name, include) and not _any(name, exclude):
                yield name, f"{start}{folder}"


def _with_above(folder: str) -> list[str]:
    """A folder and those above it, the highest first."""
    parts = folder.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, one) for one in patterns)


def _patterns(own: Toml, key: str) -> Mapping[str, Any]:
    found = own.get(key)
    return found if isinstance(found, dict) else {}


def _of(said: Mapping[str, Any], package: str) -> Iterator[str]:
    for name in ("*", "", package):
        yield from texts(said.get(name))


def _matches(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a pattern fits: `*` ends at a folder, `**` goes through all; both in their parts."""
    if not pattern or not path:
        return not pattern and not path
    first, *rest = pattern
    if first == "**":
        return not rest or any(_matches(path[start:], rest) for start in range(len(path)))
    return fnmatch.fnmatchcase(path[0], first) and _matches(path[1:], rest)
