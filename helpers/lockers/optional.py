"""What a project's extras and groups hold, which of them an image has, and what it lacks.

Poetry and uv: what the dir's settings choose. Requirements that are compiled: all groups, and the
extras that developing needs. Nothing here asks a tool; what is not clear counts as held.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.all_lockers import PROD
from helpers.lockers.compiled import development_extras
from helpers.lockers.conda_files import asked_names, find_sources, read_asked
from helpers.lockers.fixes import add_packages
from helpers.lockers.lock_closure import locked_names
from helpers.lockers.locked import Toml
from helpers.lockers.named import (
    Kind,
    find_kind,
    find_lock_file,
    group_names,
    named_lines,
    poetry_names,
    project_names,
    read_project,
    requirement_names,
    workspace_members,
)
from helpers.lockers.toml_values import table, texts
from helpers.lockers.versions import read_versions
from helpers.model.dataclass import dataclass
from helpers.model.packages.installed import python_name
from helpers.model.packages.python_imports import gives_module
from helpers.model.runnable_dir import DEVOPS, dir_config_name
from helpers.model.settings.config import DirConfig

EXTRAS, GROUPS = "extras", "groups"


@dataclass(frozen=True, slots=True)
class Part:
    """An extra or a group of a project.

    Attributes:
        key: `extras` or `groups`, as the settings call them.
        packages: what it names: the normalised name, and the requirement as it is written.
    """

    key: str
    name: str
    packages: Mapping[str, str]

    def __str__(self) -> str:
        return f"the {self.key.removesuffix('s')} '{self.name}'"


@dataclass(frozen=True, slots=True)
class Absent:
    """What an image lacks since it leaves extras or groups out.

    Attributes:
        packages: by normalised name, the extra or the group that alone asks for it.
        held: the packages that the image has.
    """

    packages: Mapping[str, Part]
    held: frozenset[str]

    def of_module(self, module: str) -> str:
        """The package that a module is missing for; empty: none of these."""
        if any(gives_module(name, module) for name in self.held):
            return ""
        return next((name for name in self.packages if gives_module(name, module)), "")


NOTHING_ABSENT = Absent({}, frozenset())


def read_parts(content: Toml) -> list[Part]:
    """The extras and groups of a `pyproject.toml`, in all forms that Poetry and uv read."""
    found = [
        Part(EXTRAS, name, named_lines(texts(lines)))
        for name, lines in table(content, "project", "optional-dependencies").items()
    ]
    for name, names in table(content, "tool", "poetry", "extras").items():
        found.append(Part(EXTRAS, name, named_lines(texts(names))))
    for name in table(content, "dependency-groups"):
        found.append(Part(GROUPS, name, _group(content, name, ())))
    poetry = table(content, "tool", "poetry")
    for name in table(poetry, "group"):
        asked = poetry_names(table(poetry, "group", name, "dependencies"), optional=True)
        found.append(Part(GROUPS, name, {one: one for one in asked}))
    former = poetry_names(table(poetry, "dev-dependencies"), optional=True)
    found.append(Part(GROUPS, "dev", {one: one for one in former}))
    of_uv = texts(table(content, "tool", "uv").get("dev-dependencies"))
    found.append(Part(GROUPS, "dev", named_lines(of_uv)))
    return [part for part in found if part.packages]


def chosen_parts(
    kind: Kind, content: Toml, config: DirConfig, *, prod: bool = False
) -> tuple[list[Part], list[Part]]:
    """The extras and groups that an image has, and those that it lacks."""
    names = {
        key: {python_name(name) for name in _chosen(kind, content, config, key, prod=prod)}
        for key in (EXTRAS, GROUPS)
    }
    held: list[Part] = []
    lacking: list[Part] = []
    for part in read_parts(content):
        (held if python_name(part.name) in names[part.key] else lacking).append(part)
    return held, lacking


def held_names(folder: Path, kind: Kind, content: Toml, parts: Sequence[Part]) -> set[str]:
    """The packages that an image with those extras and groups holds, as far as files name them."""
    asked = project_names(content).union(*(part.packages for part in parts))
    if kind is Kind.REQUIREMENTS:
        if (folder / pip.SOURCE_FILE).is_file():
            own = asked if "project" in content else set()
            return own | requirement_names(folder / pip.SOURCE_FILE)
        files = [pip.LOCK_FILE, *pip.dev_files(folder)]
        return set().union(*(requirement_names(folder / name) for name in files))
    if kind is Kind.CONDA:
        named = asked_names(read_asked(folder, locked=True)) if find_sources(folder) else set()
        return named | set(read_versions(folder))
    if kind is Kind.POETRY:
        asked |= poetry_names(table(content, "tool", "poetry", "dependencies"))
    if kind is Kind.UV:
        asked |= _of_members(folder, content)
    # With what comes along, as pytest does with its plugins; without what was never locked.
    lock_file = find_lock_file(folder, kind) if kind.has_locker else ""
    return locked_names(folder / lock_file, asked) if lock_file else asked


def find_absent(folder: Path, config: DirConfig, *, prod: bool = False) -> Absent:
    """What an image of a dir lacks since it leaves extras or groups out.

    Raises:
        HelpersError: a file that says what is locked is malformed.
    """
    content = read_project(folder)
    kind = find_kind(folder, content)
    held, lacking = chosen_parts(kind, content, config, prod=prod)
    if kind is Kind.REQUIREMENTS and not (folder / pip.SOURCE_FILE).is_file():
        held, lacking = [], [*held, *lacking]  # what is installed as it is asks for no part
    own = (folder / DEVOPS / "Dockerfile").is_file()  # decides alone what the image has
    if own or not lacking or (prod and _has_prod_file(folder)):
        return NOTHING_ABSENT
    there = held_names(folder, kind, content, held)
    lock_file = find_lock_file(folder, kind)
    if kind is Kind.REQUIREMENTS and lock_file:
        # Production has nothing of the files for developing.
        there = (set() if prod else there) | requirement_names(folder / lock_file)
    found: dict[str, Part] = {}
    for part in lacking:
        for name in part.packages:
            found.setdefault(name, part)
    if kind.has_locker and lock_file:
        for part in lacking:  # what comes along with it
            for name in locked_names(folder / lock_file, part.packages.keys()):
                found.setdefault(name, part)
    absent = {name: part for name, part in found.items() if name not in there}
    return Absent(absent, frozenset(there))


def fix_absent(
    folder: Path, below: str, config: DirConfig, package: str, part: Part, *, prod: bool = False
) -> str:
    """What brings a package into an image that an extra or a group alone asks for.

    Args:
        below: the dir relative to the repo's root, where commands are typed.
    """
    content = read_project(folder)
    kind = find_kind(folder, content)
    if kind.has_locker:
        where = posixpath.normpath(posixpath.join(below, dir_config_name()))
        return f"write  {setting_line(content, config, part, prod=prod)}  in {where}"
    return add_packages(folder, below, kind, [part.packages.get(package, package)], dev=not prod)


def setting_line(content: Toml, config: DirConfig, part: Part, *, prod: bool = False) -> str:
    """The line of a dir's settings with which its image has an extra or a group as well.

    Of a project of Poetry or uv; what is compiled does not ask the settings.
    """
    if prod:
        names = config.prod_extras if part.key == EXTRAS else config.prod_groups
    else:
        names = tuple(dict.fromkeys(_chosen(Kind.UV, content, config, part.key, prod=False)))
    return f"{'prod_' * prod}{part.key}: [{', '.join([*names, part.name])}]"


def _chosen(kind: Kind, content: Toml, config: DirConfig, key: str, *, prod: bool) -> Iterator[str]:
    """The names of the extras, or of the groups, that an image has."""
    every = [part.name for part in read_parts(content) if part.key == key]
    if kind in (Kind.PROJECT, Kind.REQUIREMENTS, Kind.PLAIN):
        yield from development_extras(content) if key == EXTRAS else every
    elif prod:
        yield from config.prod_extras if key == EXTRAS else (*config.prod_groups, PROD)
    else:
        named = config.extras if key == EXTRAS else config.groups
        if named is not None:
            yield from named
        elif not table(content, "tool").get("uv", {}).get("conflicts"):
            yield from every
        elif key == GROUPS:
            default = table(content, "tool", "uv").get("default-groups", ["dev"])
            yield from every if default == "all" else texts(default)


def _group(content: Toml, name: str, above: tuple[str, ...]) -> dict[str, str]:
    """What a dependency group (PEP 735) names, with the groups that it includes."""
    groups = {python_name(key): lines for key, lines in table(content, "dependency-groups").items()}
    lines = groups.get(python_name(name))
    found = named_lines(texts(lines))
    for item in lines if isinstance(lines, list) else ():
        other = item.get("include-group") if isinstance(item, dict) else None
        if isinstance(other, str) and other not in above:
            found |= _group(content, other, (*above, other))
    return found


def _of_members(folder: Path, content: Toml) -> set[str]:
    """A workspace without a project of its own is all of its members, with their groups."""
    found: set[str] = set()
    if "project" not in content:
        for member in workspace_members(folder, content):
            inner = read_project(folder / member)
            found |= project_names(inner) | group_names(inner)
    return found


def _has_prod_file(folder: Path) -> bool:
    return any((folder / name).is_file() for name in pip.PROD_FILES)
