"""What a project's files say it depends on by path: Poetry, uv, requirements files, Polylith.

Each file is read for itself, from its text alone, so that what was found can be kept by the
file's content; `helpers.inputs` puts the files together.
Sources: https://python-poetry.org/docs/dependency-specification/#path-dependencies,
https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources,
https://pip.pypa.io/en/stable/reference/requirements-file-format/,
https://davidvujic.github.io/python-polylith-docs/
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from helpers.lockers.requirement_files import included_file, logical_lines
from helpers.lockers.toml_values import table, texts
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml
from helpers.model.packages.installed import python_name

MAIN, DEV = "main", "dev"
_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_DEV_FILE = re.compile(r"dev|test|lint|docs")
# What may stand before a path in a line of a requirements file.
_EDITABLE = re.compile(r"^(?:-e\s*=?|--editable(?:\s+|=))\s*")
_SUBDIRECTORY = re.compile(r"#(?:[^\s]*&)?subdirectory=([^&\s'\"]+)")
_FILE_URL = re.compile(r"^(?:[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*@\s*)?file:(?://(?=\.))?")

# (kind, path) or (kind, name) each.
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """What one file declares.

    Attributes:
        name: the project's, normalised (PEP 503); empty where it has none.
        paths: what is depended on by path: kind, and the path relative to the file's folder.
        requires: what is depended on by name: kind, and the normalised name.
        path_sources: where uv finds names that are local: name, and path.
        workspace_sources: names that uv finds among the members of its workspace.
        members: globs of the workspace's members; none: the file declares no workspace.
        excluded: globs of folders that are no members.
        pytest: whether pytest takes its settings from this file.
        bricks: modules that are taken from elsewhere, as `brick_folders` gives them.
    """

    name: str = ""
    paths: Pairs = ()
    requires: Pairs = ()
    path_sources: Pairs = ()
    workspace_sources: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    pytest: bool = False
    bricks: Pairs = ()

    def has_member(self, folder: str) -> bool:
        """Whether a folder, relative to this file's, is a member of its workspace, or its root."""
        if folder.startswith("../"):
            return False
        return folder == "." or (
            _matches(folder, self.members) and not _matches(folder, self.excluded)
        )


NOTHING = Declared()


def read_pyproject(text: str) -> Declared:
    """What a `pyproject.toml` declares; nothing where it is malformed, which others report."""
    try:
        content = load_toml(text)
    except ValueError:
        return NOTHING
    project = table(content, "project")
    poetry = table(content, "tool", "poetry")
    uv = table(content, "tool", "uv")
    sources = {
        python_name(name): list(_dicts(given)) for name, given in table(uv, "sources").items()
    }
    workspace = table(uv, "workspace")
    requires = [*_standard(content), *_uv_development(uv)]
    return Declared(
        name=python_name(str(project.get("name") or poetry.get("name") or "")),
        paths=tuple(sorted({*_poetry_paths(poetry), *_bricks(content), *_file_urls(content)})),
        requires=tuple(sorted(set(requires))),
        path_sources=tuple(
            (name, str(one["path"])) for name, many in sources.items() for one in many
            if one.get("path")
        ),
        workspace_sources=tuple(
            name for name, many in sources.items() if any(one.get("workspace") for one in many)
        ),
        members=tuple(texts(workspace.get("members"))),
        excluded=tuple(texts(workspace.get("exclude"))),
        pytest="pytest" in table(content, "tool"),
        bricks=tuple(dict.fromkeys(_brick_folders(content))),
    )  # fmt: skip


def source_folders(text: str) -> tuple[str, ...]:
    """Where a `pyproject.toml` says that modules are, relative to it, besides its own folder.

    Folders of `packages` with `from` (Poetry, Polylith), and of Polylith's bricks.
    """
    try:
        content = load_toml(text)
    except ValueError:
        return ()
    packages = _dicts(table(content, "tool", "poetry").get("packages"))
    found = [str(one["from"]) for one in packages if one.get("from")]
    for path, module in table(content, "tool", "polylith", "bricks").items():
        found.append(path.removesuffix(str(module)).rstrip("/") or ".")
    return tuple(dict.fromkeys(found))


def brick_folders(text: str) -> list[tuple[str, str]]:
    """The folders of modules that a `pyproject.toml` takes from elsewhere (Poetry, Polylith).

    Returns:
        The source folder of each, relative to the file, and the module's path below it.
    """
    try:
        content = load_toml(text)
    except ValueError:
        return []
    return list(_brick_folders(content))


def _brick_folders(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in _dicts(table(content, "tool", "poetry").get("packages")):
        if one.get("from"):
            yield str(one["from"]), str(one.get("include", ""))
    for path, module in table(content, "tool", "polylith", "bricks").items():
        yield path.removesuffix(str(module)).rstrip("/") or ".", str(module)


def read_requirements(text: str, file_name: str) -> Declared:
    """What a requirements file declares: local projects, and the files that it includes."""
    kind = DEV if _DEV_FILE.search(file_name) else MAIN
    paths = {(kind, path) for line in logical_lines(text) if (path := path_of(line))}
    return Declared(paths=tuple(sorted(paths)))


def read_pytest_settings(text: str, file_name: str) -> Declared:
    """Whether pytest takes its settings from an ini file."""
    if file_name in ("pytest.ini", ".pytest.ini"):
        return Declared(pytest=True)
    section = "[tool:pytest]" if file_name == "setup.cfg" else "[pytest]"
    return Declared(pytest=any(line.strip() == section for line in text.splitlines()))


def _matches(folder: str, globs: Iterable[str]) -> bool:
    """As a path, part by part: `*` stands for one of them, `**` for any number."""
    parts = folder.split("/")
    return any(_parts_match(parts, posixpath.normpath(one).split("/")) for one in globs)


def _parts_match(parts: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_parts_match(parts[skip:], patterns[1:]) for skip in range(len(parts) + 1))
    if not parts or not fnmatch.fnmatchcase(parts[0], patterns[0]):
        return False
    return _parts_match(parts[1:], patterns[1:])


def _poetry_paths(poetry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    groups = [(MAIN, poetry.get("dependencies")), (DEV, poetry.get("dev-dependencies"))]
    for group in table(poetry, "group").values():
        groups.append((DEV, group.get("dependencies") if isinstance(group, dict) else None))
    for kind, found in groups:
        for given in (found or {}).values() if isinstance(found, dict) else ():
            yield from ((kind, str(one["path"])) for one in _dicts(given) if one.get("path"))
    for package in _dicts(poetry.get("packages")):
        if package.get("from"):
            yield MAIN, f"{package['from']}/{package.get('include', '')}"


def _bricks(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((MAIN, path) for path in table(content, "tool", "polylith", "bricks"))


def _standard(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names in `[project]` and `[dependency-groups]` (PEP 621, PEP 735)."""
    for kind, line in _standard_lines(content):
        if found := _NAME.match(line):
            yield kind, python_name(found[1])


def _standard_lines(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    project = table(content, "project")
    for line in texts(project.get("dependencies")):
        yield MAIN, line
    for extra in table(project, "optional-dependencies").values():
        yield from ((MAIN, line) for line in texts(extra))
    for group in table(content, "dependency-groups").values():
        yield from ((DEV, line) for line in texts(group))


def _file_urls(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, line in _standard_lines(content):
        if _FILE_URL.match(line) and (path := path_of(line)):
            yield kind, path


def _uv_development(uv: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for line in texts(uv.get("dev-dependencies")):
        if found := _NAME.match(line):
            yield DEV, python_name(found[1])


def path_of(line: str) -> str:
    """The local path that a requirement names; empty where it names none."""
    if included := included_file(line):
        return "" if included.startswith("/") else included
    path, editable = _EDITABLE.subn("", line)
    path, by_url = _FILE_URL.subn("", path.strip("'\""))
    below = _SUBDIRECTORY.search(path)
    # Options, markers and what a URL says besides follow, and extras in brackets.
    path = re.split(r"\s+--|\s*;|\s+@|#", path, maxsplit=1)[0].strip().strip("'\"")
    path = re.sub(r"\[[^\]]*\]$", "", path).rstrip()
    path += f"/{below[1]}" if below else ""
    local = editable or by_url or path.startswith(("./", "../")) or path in (".", "..")
    return "" if not local or "://" in path or path.startswith("/") else path


def _dicts(given: Any) -> Iterable[Mapping[str, Any]]:
    many = given if isinstance(given, list) else [given]
    return [one for one in many if isinstance(one, dict)]
