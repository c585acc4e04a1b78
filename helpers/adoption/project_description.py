"""What there is in a directory that has code but is no runnable dir yet."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from helpers.adoption.project_files import list_project_files
from helpers.lockers import pip, poetry, uv
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.compiled import development_extras
from helpers.lockers.declared import source_folders
from helpers.lockers.locked import Toml, read_text, read_toml
from helpers.lockers.versions import read_versions
from helpers.model.packages import python_name

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_INCLUDE = re.compile(r"\s*(?:-r|--requirement)(?:\s+|=)?(\S+)")
_TEST_FILE = re.compile(r"(test_.*|.*_test)\.py")
_TESTS = ("test", "tests")
# Folders that no test imports as packages, and scripts at the top that are run by name.
_NO_PACKAGES = frozenset({*_TESTS, "docs", "doc", "examples", "scripts", "benchmarks", "src"})
_TOOLCHAINS_OWN = frozenset({"tasks.py", "main_pytest.py"})
_SCRIPTS_OF_TOOLS = frozenset({"setup.py", "conftest.py", "noxfile.py", *_TOOLCHAINS_OWN})
PYTEST_FILES = ("pytest.ini", ".pytest.ini", PROJECT, "tox.ini", "setup.cfg")


class Kind(StrEnum):
    """What decides about a directory's packages."""

    POETRY = "poetry"
    UV = "uv"
    # `[project]` that neither Poetry nor uv locks: setuptools, hatch, flit and others.
    PROJECT = "project"
    REQUIREMENTS = "requirements"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class ExistingProject:
    """A directory with code, as its files say.

    Attributes:
        folder: absolute.
        kind: what decides about its packages.
        lock_file: the name of what its image is made from; empty: nothing is locked yet.
        import_folders: where its packages are imported from, besides the directory itself.
        packages: what can be imported, by name.
        scripts: Python files at the top that are no packages' parts.
        notebooks: paths of its notebooks.
        tests: paths of its files with tests.
        pytest_file: the file with pytest's settings; empty: it has none.
        wanted: the packages that its image will hold, as far as its files name them; normalised.
        only_extras: what extras alone ask for, which images of Poetry and uv leave out.
    """

    folder: Path
    kind: Kind
    lock_file: str
    import_folders: tuple[str, ...]
    packages: tuple[str, ...]
    scripts: tuple[str, ...]
    notebooks: tuple[str, ...]
    tests: tuple[str, ...]
    pytest_file: str
    wanted: frozenset[str]
    only_extras: frozenset[str]

    @property
    def has_python(self) -> bool:
        """Whether there is anything that Python runs."""
        return bool(self.packages or self.scripts or self.notebooks or self.tests)


def describe_project(folder: Path) -> ExistingProject:
    """Look at a directory.

    Raises:
        HelpersError: a file that describes it is malformed.
    """
    content: Toml = read_toml(folder / PROJECT) if (folder / PROJECT).is_file() else {}
    files = list_project_files(folder)
    kind = _kind(folder, content)
    import_folders = _import_folders(folder, content, files)
    named, in_extras = _wanted(folder, kind, content)
    return ExistingProject(
        folder=folder,
        kind=kind,
        lock_file=_lock_file(folder, kind),
        import_folders=import_folders,
        packages=_packages(files, (".", *import_folders), content),
        scripts=tuple(n for n in files if n.endswith(".py") and "/" not in n and _is_script(n)),
        notebooks=tuple(n for n in files if n.endswith(".ipynb")),
        tests=tuple(n for n in files if _TEST_FILE.fullmatch(PurePosixPath(n).name)),
        pytest_file=_pytest_file(folder),
        wanted=frozenset(named),
        only_extras=frozenset(in_extras - named),
    )


def workspace_members(folder: Path, content: Toml) -> list[str]:
    """The members of a workspace of uv, relative to its root."""
    workspace = _table(content, "tool", "uv", "workspace")
    left = {path for glob in _texts(workspace.get("exclude")) for path in folder.glob(glob)}
    found = {path for glob in _texts(workspace.get("members")) for path in folder.glob(glob)}
    return sorted(
        path.relative_to(folder).as_posix()
        for path in found - left
        if (path / PROJECT).is_file() and path != folder
    )


def requirement_names(path: Path) -> set[str]:
    """The packages that a requirements file and those that it includes name, normalised."""
    found: set[str] = set()
    waiting, seen = [path], set()
    while waiting:
        file = waiting.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        for line in read_text(file).splitlines():
            included = _INCLUDE.match(line)
            if included:
                waiting.append((file.parent / included[1]).resolve())
            elif named := _NAME.match(line):
                found.add(python_name(named[1]))
    return found


def project_names(content: Toml) -> set[str]:
    """The packages that `[project]` depends on by name, normalised; extras left out."""
    return _names(_texts(_table(content, "project").get("dependencies")))


def group_names(content: Toml) -> set[str]:
    """The packages that dependency groups (PEP 735) name, normalised."""
    groups = _table(content, "dependency-groups")
    return {name for lines in groups.values() for name in _names(_texts(lines))}


def _kind(folder: Path, content: Toml) -> Kind:
    tool = content.get("tool", {})
    if (folder / poetry.LOCK_FILE).is_file():
        return Kind.POETRY
    if (folder / uv.LOCK_FILE).is_file():
        return Kind.UV
    if any((folder / name).is_file() for name in (pip.LOCK_FILE, pip.SOURCE_FILE)):
        return Kind.REQUIREMENTS
    if "poetry" in tool:
        return Kind.POETRY
    if "project" not in content and "workspace" not in tool.get("uv", {}):
        return Kind.PLAIN
    return Kind.UV if "uv" in tool else Kind.PROJECT


def _lock_file(folder: Path, kind: Kind) -> str:
    names = {Kind.POETRY: poetry.LOCK_FILE, Kind.UV: uv.LOCK_FILE}
    name = names.get(kind, pip.LOCK_FILE)
    return name if (folder / name).is_file() else ""


def _wanted(folder: Path, kind: Kind, content: Toml) -> tuple[set[str], set[str]]:
    """What the directory's image will hold as far as files name it, and what extras name."""
    extras = _table(_table(content, "project"), "optional-dependencies")
    in_extras = {name: _names(_texts(lines)) for name, lines in extras.items()}
    everything = {name for names in in_extras.values() for name in names}
    if kind is Kind.REQUIREMENTS:
        return _of_requirements(folder, content, in_extras), everything
    named = project_names(content) | group_names(content)
    if kind is Kind.POETRY:
        return named | _of_poetry(content) | _of_lock(folder, named, everything), everything
    if kind is Kind.UV:
        for member in workspace_members(folder, content):
            named |= project_names(read_toml(folder / member / PROJECT))
        named |= _names(_texts(_table(content, "tool", "uv").get("dev-dependencies")))
        return named | _of_lock(folder, named, everything), everything
    return named.union(*(in_extras[name] for name in development_extras(content))), everything


def _of_requirements(folder: Path, content: Toml, in_extras: Mapping[str, set[str]]) -> set[str]:
    if (folder / pip.SOURCE_FILE).is_file():
        named = requirement_names(folder / pip.SOURCE_FILE)
        if "project" in content:
            named |= project_names(content) | group_names(content)
            named = named.union(*(in_extras[name] for name in development_extras(content)))
        return named
    files = [pip.LOCK_FILE, *pip.dev_files(folder)]
    return set().union(*(requirement_names(folder / name) for name in files))


def _of_lock(folder: Path, named: set[str], in_extras: set[str]) -> set[str]:
    """What a lock file holds that comes along with others, as pytest does with its plugins."""
    return set(read_versions(folder)) - (in_extras - named)


def _of_poetry(content: Toml) -> set[str]:
    tool = _table(content, "tool", "poetry")
    tables = [tool.get("dependencies"), tool.get("dev-dependencies")]
    tables += [_table(group, "dependencies") for group in _table(tool, "group").values()]
    found: set[str] = set()
    for table in tables:
        for name, given in (table or {}).items():
            if not (isinstance(given, dict) and given.get("optional")):
                found.add(python_name(name))
    return found


def _import_folders(folder: Path, content: Toml, files: Iterable[str]) -> tuple[str, ...]:
    found = [*source_folders(read_text(folder / PROJECT))] if content else []
    tool = content.get("tool", {})
    setuptools = tool.get("setuptools", {})
    find = _table(setuptools, "packages").get("find")
    found += _texts(find.get("where")) if isinstance(find, dict) else ()
    found += [str(path) for name, path in _table(setuptools, "package-dir").items() if not name]
    python = [name for name in files if name.endswith(".py")]
    for place in (".", *workspace_members(folder, content)):
        inner = "src" if place == "." else f"{place}/src"
        if (
            any(name.startswith(f"{inner}/") for name in python)
            and f"{inner}/__init__.py" not in python
        ):
            found.append(inner)
        elif place != ".":
            found.append(place)
    return tuple(
        dict.fromkeys(path.strip("/") for path in found if path.strip("/") not in ("", "."))
    )


def _packages(files: list[str], places: Iterable[str], content: Toml) -> tuple[str, ...]:
    """Names of packages right in the places, and of the module that is named as the project."""
    project = _table(content, "project").get("name") or _table(content, "tool", "poetry").get(
        "name"
    )
    own = python_name(str(project or "")).replace("-", "_")
    found = []
    for place in places:
        start = "" if place == "." else f"{place}/"
        for name in files:
            if not name.startswith(start):
                continue
            package, _, rest = name.removeprefix(start).partition("/")
            if rest == "__init__.py" and package.isidentifier() and package not in _NO_PACKAGES:
                found.append(package)
            elif not rest and own and package == f"{own}.py":
                found.append(own)
    return tuple(dict.fromkeys(found))


def _is_script(name: str) -> bool:
    return name not in _SCRIPTS_OF_TOOLS and not _TEST_FILE.fullmatch(name)


def _pytest_file(folder: Path) -> str:
    """The file from which pytest takes its settings, in the order in which it looks."""
    from helpers.lockers.declared import read_pyproject, read_pytest_settings

    for name in PYTEST_FILES:
        path = folder / name
        if not path.is_file():
            continue
        text = read_text(path)
        if name == PROJECT:
            if read_pyproject(text).pytest:
                return name
        elif read_pytest_settings(text, name).pytest:
            return name
    return ""


def _names(lines: Iterable[str]) -> set[str]:
    return {python_name(found[1]) for line in lines if (found := _NAME.match(line))}


def _table(content: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        found = content.get(key)
        if not isinstance(found, dict):
            return {}
        content = found
    return content


def _texts(given: Any) -> Iterator[str]:
    yield from (one for one in given if isinstance(one, str)) if isinstance(given, list) else ()
