"""The part of a workspace's dependencies that one of its projects needs, as declared there."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from helpers.lockers import poetry, uv
from helpers.lockers.locked import Toml
from helpers.lockers.named import named_lines
from helpers.lockers.toml_values import table, texts
from helpers.model.dataclass import dataclass
from helpers.model.documents.toml_layout import set_apart
from helpers.model.packages.installed import python_name


@dataclass(frozen=True, slots=True)
class Shared:
    """What a workspace declares for its projects.

    Attributes:
        content: of its `pyproject.toml`.
        way: its folder, relative to the project's.
        members: where the members of its workspace of uv are, relative to it, by normalised name;
            of a project that is a member itself: none, it has the sources already.
        is_member: the project is a member of its workspace of uv.
    """

    content: Toml
    way: str
    members: Mapping[str, str]
    is_member: bool

    @property
    def is_classic(self) -> bool:
        """Whether Poetry's own table says what is needed, and not `[project]`."""
        own = "dependencies" in table(self.content, "tool", poetry.NAME)
        return own and "dependencies" not in table(self.content, "project")

    @property
    def is_of_poetry(self) -> bool:
        """Whether Poetry builds the projects, told as Polylith tells it: by the build backend."""
        backend = table(self.content, "build-system").get("build-backend")
        if isinstance(backend, str):
            return backend.startswith(poetry.NAME)
        return poetry.NAME in table(self.content, "tool")

    @property
    def layout(self) -> str:
        """How the project is written: `poetry`, `standard` with Poetry's packages, or `hatch`."""
        if not self.is_of_poetry:
            return "hatch"
        return poetry.NAME if self.is_classic else "standard"

    @property
    def python(self) -> str:
        """Which versions of Python it is for, as written there; empty: it does not say."""
        own = table(self.content, "tool", poetry.NAME, "dependencies").get("python", "")
        given = own if self.is_classic else table(self.content, "project").get("requires-python")
        return given if isinstance(given, str) else ""

    def names(self) -> set[str]:
        """The normalised names of what it declares: main dependencies, extras and groups."""
        if self.is_classic:
            return {python_name(name) for tables in self._tables() for name in tables} - {"python"}
        return {name for line in self._lines() for name in named_lines([line])}

    def lines(self, names: Iterable[str]) -> list[str]:
        """The requirements of some packages, as they are written."""
        wanted = set(names)
        found = (line for line in self._lines() if not wanted.isdisjoint(named_lines([line])))
        return list(dict.fromkeys(found))

    def tables(self, names: Iterable[str]) -> dict[str, Any]:
        """What Poetry's own table says of some packages; paths as seen from the project."""
        wanted = set(names)
        found: dict[str, Any] = {}
        for tables in self._tables():
            for name, given in tables.items():
                if python_name(name) in wanted and name not in found:
                    found[name] = self._moved(given)
        return found

    def sources(self, names: Iterable[str]) -> dict[str, Any]:
        """Where uv finds some packages; paths as seen from the project."""
        wanted = set() if self.is_member else set(names)
        found = {}
        for name, given in table(self.content, "tool", uv.NAME, "sources").items():
            if python_name(name) in wanted:
                found[name] = self._moved(given, python_name(name))
        return found

    def indexes(self, tool: str, used: Iterable[Any]) -> list[Toml]:
        """The indexes of Poetry or uv that some packages are taken from."""
        key = "source" if tool == poetry.NAME else "index"
        many = [one for given in used for one in (given if isinstance(given, list) else [given])]
        names = {one.get(key) for one in many if isinstance(one, dict)}
        every = table(self.content, "tool", tool).get(key)
        found = every if isinstance(every, list) else []
        return [one for one in found if isinstance(one, dict) and one.get("name") in names]

    def _lines(self) -> Iterator[str]:
        project = table(self.content, "project")
        yield from texts(project.get("dependencies"))
        for lines in table(project, "optional-dependencies").values():
            yield from texts(lines)
        for lines in table(self.content, "dependency-groups").values():
            yield from texts(lines)

    def _tables(self) -> Iterator[Mapping[str, Any]]:
        own = table(self.content, "tool", poetry.NAME)
        yield table(own, "dependencies")
        for group in table(own, "group"):
            yield table(own, "group", group, "dependencies")

    def _moved(self, given: Any, name: str = "") -> Any:
        if isinstance(given, list):
            return [self._moved(one, name) for one in given]
        if not isinstance(given, dict):
            return given
        if given.get("workspace") and name in self.members:
            given = {"path": self.members[name], "editable": True}
        path = given.get("path")
        if isinstance(path, str) and not path.startswith("/"):
            return {**given, "path": posixpath.normpath(posixpath.join(self.way, path))}
        return dict(given)


def write_part(text: str, shared: Shared, names: Iterable[str]) -> str:
    """The text of a project's `pyproject.toml` that asks for a part of what is shared.

    Args:
        names: normalised.
    """
    import tomlkit

    document: Any = tomlkit.parse(text)
    wanted = sorted(names)
    if not shared.is_classic:
        _add_lines(document["project"]["dependencies"], shared.lines(wanted))
    tool = document["tool"]
    if shared.is_of_poetry:
        given, name, key, index = shared.tables(wanted), poetry.NAME, "dependencies", "source"
    else:
        given, name, key, index = shared.sources(wanted), uv.NAME, "sources", "index"
        if not shared.is_member and uv.NAME in table(shared.content, "tool"):
            # It says who locks the project, as long as it is not a member that the root locks.
            tool[name] = tomlkit.table()
    if given:
        own = tool[name]
        if key not in own:
            own[key] = tomlkit.table()
        for package, one in given.items():
            own[key][package] = _inline(one)
    if indexes := shared.indexes(name, given.values()):
        tool[name][index] = indexes
    return set_apart(text, tomlkit.dumps(document))


def _add_lines(array: Any, lines: Iterable[str]) -> None:
    for line in lines:
        array.add_line(line, indent=" " * 4)
    if array:
        array.add_line(indent="")


def _inline(given: Any) -> Any:
    import tomlkit

    if isinstance(given, list):
        found: Any = tomlkit.array()
        for one in given:
            found.append(_inline(one))
        return found
    if not isinstance(given, dict):
        return given
    found = tomlkit.inline_table()
    found.update(given)
    return found
