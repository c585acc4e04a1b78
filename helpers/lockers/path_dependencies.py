"""Dependencies by path in `pyproject.toml`: written as Poetry's and uv's documentation writes them.

Poetry: `{path, develop}` in its own table, and the name in `[project]` where that lists what the
project needs. uv: the name in `[project]` or a group, and where it is in `[tool.uv.sources]`.
`poetry add` and `uv add` are not asked: with `[project]`, Poetry writes an absolute URL.
Everything else of the text stays as it is, comments included.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from helpers.lockers import poetry, uv
from helpers.lockers.declared import path_of
from helpers.lockers.locked import PROJECT, read_toml
from helpers.lockers.named import poetry_names
from helpers.lockers.toml_values import table, texts
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml
from helpers.model.documents.toml_layout import add_key, set_apart
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_Table = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class PathDependency:
    """A project that another one is to depend on.

    Attributes:
        name: as its own `pyproject.toml` writes it.
        path: relative to the folder of the project that depends, with `/`.
        group: the dependency group; empty: what production needs too.
        in_workspace: both are members of one workspace of uv, which finds it by its name.
        has_source: the workspace's root says already where it is.
    """

    name: str
    path: str
    group: str = ""
    in_workspace: bool = False
    has_source: bool = False


def add_path(text: str, tool: str, wanted: PathDependency) -> str:
    """The text of a `pyproject.toml` that depends on a path as well.

    Args:
        tool: what locks it, `poetry` or `uv`.
    """
    import tomlkit

    document = tomlkit.parse(text)
    if tool == uv.NAME:
        _add_name(document, wanted)
        if not wanted.has_source:
            sources = _table_at(document, ("tool", "uv", "sources"))
            add_key(sources, wanted.name, _source(wanted))
    else:
        if _names_in_standard(document, wanted.group):
            _add_name(document, wanted)
        below = ("group", wanted.group) if wanted.group else ()
        tables = _table_at(document, ("tool", poetry.NAME, *below, "dependencies"))
        add_key(tables, wanted.name, _inline(path=wanted.path, develop=True))
    return set_apart(text, tomlkit.dumps(document))


def remove_path(text: str, names: set[str], group: str = "") -> str:
    """The text of a `pyproject.toml` that no longer asks for some projects.

    Args:
        names: normalised.
        group: take them out of this group alone; empty: wherever they stand.
    """
    import tomlkit

    document = tomlkit.parse(text)
    for given in _lists(document, group):
        for number in reversed(range(len(given))):
            if _name_of(given[number]) in names:
                del given[number]
    for asked in _poetry_tables(document, group):
        _drop(asked, names)
    sources = _reach(document, ("tool", "uv", "sources"))
    if sources is not None:
        left = {_name_of(line) for many in _lists(document, "") for line in many}
        _drop(sources, names - left)
        if not sources:
            del document["tool"]["uv"]["sources"]
            if not document["tool"]["uv"]:
                del document["tool"]["uv"]
    return set_apart(text, tomlkit.dumps(document).rstrip("\n") + "\n")


def package_name(file: Path, folder: str) -> str:
    """The name of the package that a `pyproject.toml` describes, as it is written.

    Args:
        folder: what the file's folder is called in messages.

    Raises:
        HelpersError: there is no such file, or it describes no package.
    """
    content = read_toml(file) if file.is_file() else {}
    own = table(content, "tool", poetry.NAME)
    name = table(content, "project").get("name") or own.get("name")
    if isinstance(name, str) and name and own.get("package-mode") is not False:
        return name
    has = "package-mode = false" if name else "no name"
    raise HelpersError(
        f"{folder} is no package: its {PROJECT} has {has}"
        if file.is_file()
        else f"{folder} is no package: it has no {PROJECT}",
        where=str(file),
        fix="write [project] there, with name and version, and [build-system]; see"
        " https://packaging.python.org/en/latest/guides/writing-pyproject-toml/",
    )


def names_at(text: str, folder: str, target: str) -> set[str]:
    """The normalised names under which a `pyproject.toml` itself says that a path is depended on.

    Args:
        folder: where the file is, relative to the repo's root; `target` likewise.
    """
    content = load_toml(text)

    def leads(path: object) -> bool:
        return posixpath.normpath(posixpath.join(folder, str(path))) == target

    found = set()
    for asked in (*_poetry_tables(content, ""), table(content, "tool", "uv", "sources")):
        for name, given in asked.items():
            many = given if isinstance(given, list) else [given]
            if any(isinstance(one, dict) and leads(one.get("path", "")) for one in many):
                found.add(python_name(name))
    for lines in _lists(content, ""):
        found |= {_name_of(line) for line in lines if (path := _path(line)) and leads(path)}
    return found - {""}


def named_in(text: str) -> dict[str, str]:
    """The normalised names that a `pyproject.toml` asks for, each with where; extras included."""
    content = load_toml(text)
    found: dict[str, str] = {}
    for asked in _poetry_tables(content, ""):
        found |= {python_name(name): f"[tool.{poetry.NAME}]" for name in asked}
    for lines in _lists(content, ""):
        for line in lines:
            found.setdefault(_name_of(line), "[project] or [dependency-groups]")
    found.pop("", None)
    return found


def main_names(content: Mapping[str, Any]) -> set[str]:
    """The packages that Poetry's own table asks for always, normalised; Python itself left out."""
    asked = table(content, "tool", poetry.NAME, "dependencies")
    return poetry_names(asked) - {"python"}


def has_unknown_names(content: Mapping[str, Any]) -> bool:
    """Whether a build backend alone knows what a project needs."""
    dynamic = "dependencies" in table(content, "project").get("dynamic", ())
    return dynamic and not table(content, "tool", poetry.NAME)


def optional_names(content: Mapping[str, Any]) -> dict[str, str]:
    """The packages that an extra or a group alone asks for, normalised, with which one."""
    found: dict[str, str] = {}
    for extra, lines in table(content, "project", "optional-dependencies").items():
        found |= {_name_of(line): f"the extra {extra}" for line in texts(lines)}
    for name, given in table(content, "tool", poetry.NAME, "dependencies").items():
        if isinstance(given, dict) and given.get("optional"):
            found[python_name(name)] = "an extra"
    for group, lines in table(content, "dependency-groups").items():
        found |= {_name_of(line): f"the group {group}" for line in texts(lines)}
    groups = table(content, "tool", poetry.NAME, "group")
    for group in groups:
        asked = table(groups, group, "dependencies")
        found |= {python_name(name): f"the group {group}" for name in asked}
    return found


def _names_in_standard(document: _Table, group: str) -> bool:
    """Whether Poetry reads the names from `[project]`, or those of a group from the standard's."""
    if group:
        return group in table(document, "dependency-groups")
    project = table(document, "project")
    if not project or "dependencies" in project.get("dynamic", ()):
        return False
    return "dependencies" in project or not table(document, "tool", "poetry", "dependencies")


def _add_name(document: _Table, wanted: PathDependency) -> None:
    import tomlkit

    where = ("dependency-groups",) if wanted.group else ("project",)
    key = wanted.group or "dependencies"
    tables = _table_at(document, where)
    if key not in tables[-1]:
        add_key(tables, key, tomlkit.array())
    _append(tables[-1][key], wanted.name)


def _append(given: Any, name: str) -> None:
    """Add an item in the layout of the others: on a line of its own where they have one each."""
    lines = given.as_string().splitlines()
    if len(lines) < 2:
        given.append(name)
        return
    indent = next((found[0] for line in lines[1:-1] if (found := re.match(r"\s+", line))), "    ")
    ended = lines[-1].strip() == "]"
    given.add_line(name, indent=indent, add_comma=ended, newline=True)


def _source(wanted: PathDependency) -> Any:
    if wanted.in_workspace:
        return _inline(workspace=True)
    return _inline(path=wanted.path, editable=True)


def _inline(**values: object) -> Any:
    import tomlkit

    found = tomlkit.inline_table()
    found.update(values)
    return found


def _table_at(document: _Table, keys: tuple[str, ...]) -> list[_Table]:
    """The tables on the way to keys, the document first; those that are missing are made."""
    import tomlkit

    tables = [document]
    for number, key in enumerate(keys, start=1):
        if key not in tables[-1]:
            add_key(tables, key, tomlkit.table(is_super_table=number < len(keys)))
        tables.append(tables[-1][key])
    return tables


def _reach(document: _Table, keys: tuple[str, ...]) -> _Table | None:
    found: Any = document
    for key in keys:
        if not isinstance(found, MutableMapping) or key not in found:
            return None
        found = found[key]
    return found if isinstance(found, MutableMapping) else None


def _lists(document: Any, group: str) -> Iterator[Any]:
    """The lists of requirements: of one group, or all of them."""
    groups = table(document, "dependency-groups")
    former = table(document, "tool", "uv").get("dev-dependencies")
    if group:
        given = [groups.get(group), former if group == "dev" else None]
    else:
        project = table(document, "project")
        extras = table(project, "optional-dependencies").values()
        given = [project.get("dependencies"), *extras, *groups.values(), former]
    yield from (one for one in given if isinstance(one, list))


def _poetry_tables(document: Any, group: str) -> Iterator[Any]:
    own = table(document, "tool", poetry.NAME)
    groups = table(own, "group")
    if group:
        given = [table(groups, group, "dependencies")]
        given += [table(own, "dev-dependencies")] if group == "dev" else []
    else:
        named = [table(groups, name, "dependencies") for name in groups]
        given = [table(own, "dependencies"), table(own, "dev-dependencies"), *named]
    yield from (one for one in given if one)


def _drop(asked: _Table, names: set[str]) -> None:
    for name in [one for one in asked if python_name(one) in names]:
        del asked[name]


def _name_of(line: object) -> str:
    found = _NAME.match(line) if isinstance(line, str) else None
    return python_name(found[1]) if found else ""


def _path(line: object) -> str:
    return path_of(line) if isinstance(line, str) else ""
