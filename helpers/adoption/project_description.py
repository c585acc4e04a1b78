"""What there is in a directory that has code but is no runnable dir yet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from helpers.adoption.lock_closure import locked_names
from helpers.adoption.project_files import find_project_files
from helpers.adoption.project_layout import (
    find_packages,
    import_folders,
    needs_to_be_installed,
    workspace_members,
)
from helpers.adoption.toml_values import table, texts
from helpers.lockers import pip, poetry, uv
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.compiled import development_extras
from helpers.lockers.declared import read_pyproject, read_pytest_settings
from helpers.lockers.locked import Toml, read_text, read_toml
from helpers.lockers.uv_workspace import find_member
from helpers.model.packages import python_name

# A name in the sense of packaging, and no URL.
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?=$|[\[(;<>=!~@,#\\])")
_INCLUDE = re.compile(r"\s*(?:-r|--requirement)(?:\s+|=)?(.+?)\s*(?:\s#.*)?$")
_TEST_FILE = re.compile(r"(test_.*|.*_test)\.py")
# At the top of a directory, and nothing that a test would be about.
_TOOLCHAINS_OWN = frozenset({"tasks.py", "helpers_tasks.py", "main_pytest.py"})
_SCRIPTS_OF_TOOLS = frozenset(
    {"__init__.py", "setup.py", "conftest.py", "noxfile.py", *_TOOLCHAINS_OWN}
)
# In the order in which pytest looks.
_PYTEST_FILES = ("pytest.ini", ".pytest.ini", PROJECT, "tox.ini", "setup.cfg")


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
        inner: folders below it that are projects of their own.
        installed: a file of it that asks for the project's version as if that was installed.
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
    inner: tuple[str, ...]
    installed: str

    @property
    def has_python(self) -> bool:
        """Whether there is anything that a test could be about."""
        return bool(self.packages or self.scripts or self.notebooks)


def describe_project(folder: Path) -> ExistingProject:
    """Look at a directory.

    Raises:
        HelpersError: a file that describes it is malformed.
    """
    content: Toml = read_toml(folder / PROJECT) if (folder / PROJECT).is_file() else {}
    members = workspace_members(folder, content)
    found = find_project_files(folder, members)
    files = found.names
    kind = _kind(folder, content)
    places = import_folders(folder, content, files, members)
    named, in_extras = _wanted(folder, kind, content)
    return ExistingProject(
        folder=folder,
        kind=kind,
        lock_file=_lock_file(folder, kind),
        import_folders=places,
        packages=find_packages(files, (".", *places), content),
        scripts=tuple(n for n in files if n.endswith(".py") and "/" not in n and _is_script(n)),
        notebooks=tuple(n for n in files if n.endswith(".ipynb")),
        tests=tuple(n for n in files if _TEST_FILE.fullmatch(PurePosixPath(n).name)),
        pytest_file=_pytest_file(folder),
        wanted=frozenset(named),
        only_extras=frozenset(in_extras - named),
        inner=found.inner,
        installed=needs_to_be_installed(folder, files, content),
    )


def requirement_names(path: Path) -> set[str]:
    """The packages that a requirements file and those that it includes name, normalised."""
    return _names(line for text in requirement_texts(path) for line in text.splitlines())


def requirement_texts(path: Path) -> list[str]:
    """A requirements file and those that it includes, as far as they are there.

    Raises:
        HelpersError: one cannot be read.
    """
    found: dict[Path, str] = {}
    waiting = [path.resolve()]
    while waiting:
        file = waiting.pop()
        if file in found or not file.is_file():
            continue
        found[file] = read_text(file)
        for line in found[file].splitlines():
            included = _INCLUDE.match(line)
            if included:
                waiting.append((file.parent / included[1].strip("'\"")).resolve())
    return list(found.values())


def project_names(content: Toml) -> set[str]:
    """The packages that `[project]` depends on by name, normalised; extras left out."""
    return _names(texts(table(content, "project").get("dependencies")))


def group_names(content: Toml) -> set[str]:
    """The packages that dependency groups (PEP 735) name, normalised."""
    groups = table(content, "dependency-groups")
    return {name for lines in groups.values() for name in _names(texts(lines))}


def _kind(folder: Path, content: Toml) -> Kind:
    tool = content.get("tool", {})
    if (folder / poetry.LOCK_FILE).is_file():
        return Kind.POETRY
    if (folder / uv.LOCK_FILE).is_file():
        return Kind.UV
    if any((folder / name).is_file() for name in (pip.LOCK_FILE, pip.SOURCE_FILE)):
        return Kind.REQUIREMENTS
    if find_member(folder):
        return Kind.UV
    if "poetry" in tool:
        return Kind.POETRY
    if "project" not in content and "workspace" not in tool.get("uv", {}):
        return Kind.PLAIN
    return Kind.UV if "uv" in tool else Kind.PROJECT


def _lock_file(folder: Path, kind: Kind) -> str:
    names = {Kind.POETRY: poetry.LOCK_FILE, Kind.UV: uv.LOCK_FILE}
    name = names.get(kind, pip.LOCK_FILE)
    where = _uv_lock(folder) if kind is Kind.UV else folder / name
    return name if where.is_file() else ""


def _uv_lock(folder: Path) -> Path:
    """Where uv locks a project: in itself, or in the workspace that it is a member of."""
    member = find_member(folder)
    return member.lock_file if member else folder / uv.LOCK_FILE


def _wanted(folder: Path, kind: Kind, content: Toml) -> tuple[set[str], set[str]]:
    """What the directory's image will hold as far as files name it, and what extras name."""
    extras = table(table(content, "project"), "optional-dependencies")
    in_extras = {name: _names(texts(lines)) for name, lines in extras.items()}
    everything = {name for names in in_extras.values() for name in names}
    project = project_names(content) | group_names(content)
    compiled = project.union(*(in_extras[name] for name in development_extras(content)))
    if kind is Kind.REQUIREMENTS:
        return _of_requirements(folder, compiled if "project" in content else set()), everything
    if kind is Kind.POETRY:
        return _with_locked(folder / poetry.LOCK_FILE, project | _of_poetry(content)), everything
    if kind is Kind.UV:
        return _with_locked(_uv_lock(folder), project | _of_uv(folder, content)), everything
    return compiled, everything


def _of_requirements(folder: Path, compiled: set[str]) -> set[str]:
    if (folder / pip.SOURCE_FILE).is_file():
        return compiled | requirement_names(folder / pip.SOURCE_FILE)
    files = [pip.LOCK_FILE, *pip.dev_files(folder)]
    return set().union(*(requirement_names(folder / name) for name in files))


def _with_locked(lock_file: Path, named: set[str]) -> set[str]:
    """With what comes along, as pytest does with its plugins; without what was never locked."""
    return locked_names(lock_file, named) if lock_file.is_file() else named


def _of_uv(folder: Path, content: Toml) -> set[str]:
    found = _names(texts(table(content, "tool", "uv").get("dev-dependencies")))
    lock_file = _uv_lock(folder)
    if lock_file.parent != folder:
        around = read_toml(lock_file.parent / PROJECT)
        return found | group_names(around) | _of_uv(lock_file.parent, around)
    if "project" in content:
        return found
    # A workspace without a project of its own is all of its members, with their groups.
    for member in workspace_members(folder, content):
        inner = read_toml(folder / member / PROJECT)
        found |= project_names(inner) | group_names(inner)
    return found


def _of_poetry(content: Toml) -> set[str]:
    tool = table(content, "tool", "poetry")
    tables = [tool.get("dependencies"), tool.get("dev-dependencies")]
    tables += [table(group, "dependencies") for group in table(tool, "group").values()]
    found: set[str] = set()
    for asked in tables:
        for name, given in (asked or {}).items():
            if not (isinstance(given, dict) and given.get("optional")):
                found.add(python_name(name))
    return found


def _is_script(name: str) -> bool:
    return name not in _SCRIPTS_OF_TOOLS and not _TEST_FILE.fullmatch(name)


def _pytest_file(folder: Path) -> str:
    """The file from which pytest takes its settings, in the order in which it looks."""
    for name in _PYTEST_FILES:
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
