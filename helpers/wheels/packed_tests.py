"""The tests of a package, in its wheel: below the package, so that they hide nobody else's.

A top-level `tests` in a wheel would be that of every wheel that brings one. Below the package the
tests keep their places among each other: `tests/unit/test_a.py` is `churn/tests/unit/test_a.py`,
and `python -m pytest --pyargs churn.tests` runs it wherever the wheel is installed.
"""

import ast
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.inputs import ROOT
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import path_inside
from helpers.wheels.archive import Entry
from helpers.wheels.package import Package
from helpers.wheels.part import Part

_FOLDERS = ("tests", "test")
_TEST = re.compile(r"test_.*\.py|.*_test\.py")
_CONFTEST = "conftest.py"
_PACKAGE = "__init__.py"
_OTHER = re.compile(r"(tests?|docs?|examples?)|.*\.(dist-info|data)")
# pytest finds a folder by its module's name if this file is in it, and then no longer puts the
# folder on the path itself.
_MADE_PACKAGE = b'''\
"""Tests; pytest runs them with --pyargs."""

import os
import sys

# As pytest does with a folder of tests that has no such file: its modules import each other.
sys.path.insert(0, os.path.dirname(__file__))
'''


def find_tests(place: str, files: Iterable[str], suites: Iterable[str]) -> dict[str, str]:
    """The files of a package's tests, each with its path relative to the package's folder.

    Those in `tests`, `test` and the folders of suites, and the test modules and the `conftest.py`
    beside these folders. None where there is no test module among them.

    Args:
        files: the package's own, relative to the repo's root.
        suites: the folders of suites, relative to the package's folder.
    """
    folders = (*_FOLDERS, *(posixpath.normpath(one) for one in suites))
    found = {}
    for path in files:
        inside = path_inside(place, path)
        beside = "/" not in inside and (inside == _CONFTEST or _TEST.fullmatch(inside))
        if beside or any(is_inside(inside, one) for one in folders):
            found[path] = inside
    return found if any(_is_module(inside) for inside in found.values()) else {}


def check_imports(root: Path, tests: Mapping[str, str]) -> None:
    """Make sure that no test imports another by a name that it will not have in the wheel.

    Args:
        root: the repo's.
        tests: as `find_tests` found them.

    Raises:
        HelpersError: one does.
    """
    tops = {inside.partition("/")[0] for inside in tests.values() if "/" in inside}
    for path, inside in tests.items():
        for line, module in _imports(root / path):
            top, _, rest = module.partition(".")
            if top not in tops:
                continue
            relative = f"from {'.' * inside.count('/')}{rest} import ..."
            raise HelpersError(
                f"{path} imports {module}, and in the wheel tests stand below their package",
                where=f"{path}:{line}",
                fix=f"write  {relative}  , with an __init__.py in each folder of tests"
                if is_inside(inside, top)
                else f"move what it needs to a place beside it, or move it below {top}/",
            )


def with_tests(part: Part, own: Package, tests: Mapping[str, str], tree: Path) -> Part:
    """A package's own wheel with its tests.

    Args:
        tests: as `find_tests` found them.
        tree: the staged tree.

    Raises:
        HelpersError: the wheel has no package, or none of several is clearly the one; or a file of
            another content is there already.
    """
    wheel = part.wheel
    files = dict(wheel.files)
    # Only its backend may know the name.
    own = replace(own, name=wheel.name)
    for name, path in packed(own, wheel.files, tests).items():
        entry = Entry(_MADE_PACKAGE)
        if path:
            file = tree / path
            if not file.is_file():
                continue  # a link that leads to no file
            entry = Entry(file.read_bytes(), bool(file.stat().st_mode & 0o111))
        if path and name in files and files[name].content != entry.content:
            raise HelpersError(
                f"both {path} and the package itself have {name}, with different content",
                where=path,
                fix="rename one, or leave --with-data out",
            )
        files.setdefault(name, entry)
    return replace(part, wheel=replace(wheel, files=files))


def packed(own: Package, names: Collection[str], tests: Mapping[str, str]) -> dict[str, str]:
    """Where the tests of a package stand in its wheel.

    Args:
        names: the files of the wheel without them.
        tests: as `find_tests` found them.

    Returns:
        By path in the wheel the file relative to the repo's root; empty where it is made.

    Raises:
        HelpersError: the wheel has no package, or none of several is clearly the one.
    """
    # A suite's folder may be in the package already.
    tests = {path: inside for path, inside in tests.items() if _is_apart(inside, names)}
    if not tests:
        return {}
    home = _home(own, names)
    files = {f"{home}/{inside}": path for path, inside in tests.items()}
    folders = {inside.partition("/")[0] for inside in tests.values() if "/" in inside}
    for inside in tests.values():
        *above, _ = inside.split("/")
        # The folders of suites may be deeper; those below `tests` stay as they are.
        if _is_module(inside) and above and above[0] not in _FOLDERS:
            folders |= {"/".join(above[:end]) for end in range(1, len(above) + 1)}
    for folder in folders:
        files.setdefault(f"{home}/{folder}/{_PACKAGE}", "")
    return files


def module_of_tests(names: Iterable[str]) -> str:
    """What `pytest --pyargs` is told to run the tests of a wheel; empty: it has none.

    Args:
        names: the files of the wheel that are the package's own.
    """
    found = set()
    for name in names:
        *above, _ = name.split("/")
        if _is_module(name) and above:
            at = next((at for at, one in enumerate(above) if one in _FOLDERS), None)
            found.add((at is None, tuple(above if at is None else above[: at + 1])))
    ordered = sorted(found, key=lambda one: (one[0], len(one[1]), one[1]))
    return ".".join(ordered[0][1]) if ordered else ""


def _is_apart(inside: str, names: Collection[str]) -> bool:
    return inside.partition("/")[0] in _FOLDERS or inside not in names


def _is_module(path: str) -> bool:
    """Whether a file is a module of tests, as pytest finds them."""
    return bool(_TEST.fullmatch(path.rpartition("/")[2]))


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    """The modules that a file imports by their whole names, each with its line."""
    if file.suffix != ".py":
        return
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return  # that it cannot be imported is said by whoever runs it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def _home(own: Package, names: Collection[str]) -> str:
    """The folder in a wheel that is its package; below a namespace the one in it."""
    modules = [name.split("/") for name in names if name.endswith(".py")]
    home: list[str] = []
    while True:
        below = [one[len(home) :] for one in modules if one[: len(home)] == home]
        found = sorted({one[0] for one in below if len(one) > 1 and not _OTHER.fullmatch(one[0])})
        if home and (not found or any(len(one) == 1 for one in below)):
            return "/".join(home)
        called = own.name.replace("-", "_")
        if len(found) > 1 and called in found:
            found = [called]
        if len(found) != 1:
            raise _no_home(own, ["/".join([*home, one]) for one in found])
        home = [*home, *found]


def _no_home(own: Package, found: Sequence[str]) -> HelpersError:
    shown = "the root" if own.place == ROOT else own.place
    if not found:
        return HelpersError(
            f"{shown} has no package below which its tests could stand in the wheel",
            where=own.file,
            fix="make a folder with an __init__.py of its module, or leave --with-data out",
        )
    return HelpersError(
        f"{shown} has several packages, and none is called {own.name.replace('-', '_')}:"
        " below which one its tests stand is not clear",
        where=", ".join(one.replace("/", ".") for one in found),
        fix="rename one of them or the project, or leave --with-data out",
    )
