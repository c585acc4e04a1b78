"""Which projects are as if installed in a dir's containers: its own, and what it has by path.

Decided from files alone. A project with a build backend is installed as that says; of any other,
the folders from which its code is imported are all that there is to know.
"""

import functools
import posixpath
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.declared import source_folders
from helpers.lockers.toml_values import table
from helpers.model.dataclass import dataclass
from helpers.model.inputs import NO_PACKAGES, Inputs
from helpers.model.runnable_dir import path_below

SETUP_PY, SETUP_CFG = "setup.py", "setup.cfg"
_SETUPTOOLS = "setuptools.build_meta:__legacy__"

Toml = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """A folder whose code a dir imports.

    Attributes:
        place: relative to the repo's root.
        backend: what builds it, as `build-backend` names it; empty: nothing does.
        folders: where its modules are if nothing builds it, relative to the repo's root.
        outside: folders that it takes modules from, and that are not below it.
        texts: its files that configure the build, by name.
        content: its `pyproject.toml`, read.
    """

    place: str
    backend: str
    folders: tuple[str, ...]
    outside: tuple[str, ...]
    texts: Mapping[str, str]
    content: Toml

    @property
    def shown(self) -> str:
        """The file that describes it, for messages."""
        name = PROJECT if PROJECT in self.texts else SETUP_PY
        return path_below(self.place, name)


def plan_projects(inputs: RepoInputs, name: str, seen: Inputs | None = None) -> list[Project]:
    """The projects of a dir, itself first, each once, then the nearest.

    Args:
        seen: the inputs that count, where they are not all of the dir's.
    """
    seen = seen or inputs.of(name)
    places = [name]
    for root in seen.roots:
        through = seen.through.get(root)
        if through is None or through.kind not in NO_PACKAGES:
            places += [root, *inputs.inner.get(root, ())]
    found = (_project(inputs, place, own=place == name) for place in dict.fromkeys(places))
    return [project for project in found if project]


def _project(inputs: RepoInputs, place: str, *, own: bool) -> Project | None:
    """A place as a project; None if it is a file, or a folder of another project."""
    names = (PROJECT, SETUP_PY, SETUP_CFG)
    read = {one: _read(inputs, path_below(place, one)) for one in names}
    texts = {one: text for one, text in read.items() if text is not None}
    described = PROJECT in texts or SETUP_PY in texts
    if not own and not described:
        return None
    content = read_toml(texts.get(PROJECT, ""))
    told = [posixpath.normpath(path_below(place, one)) for one in _told_folders(texts, content)]
    inside = [one for one in told if place == "." or one == place or one.startswith(f"{place}/")]
    folders = dict.fromkeys((posixpath.normpath(path_below(place, "src")), place, *inside))
    return Project(
        place=place,
        backend=_backend(texts, content) if described else "",
        folders=tuple(one for one in folders if one == place or _has_files(inputs, one)),
        outside=tuple(one for one in told if one not in inside and not one.startswith("..")),
        texts=texts,
        content=content,
    )


def _backend(texts: Mapping[str, str], content: Toml) -> str:
    tool = table(content, "tool")
    if (
        table(tool, "poetry").get("package-mode") is False
        or table(tool, "uv").get("package") is False
    ):
        return ""
    if isinstance(content.get("build-system"), dict):
        return str(content["build-system"].get("build-backend") or _SETUPTOOLS)
    if table(tool, "uv").get("package") is True:
        return _SETUPTOOLS  # https://docs.astral.sh/uv/concepts/projects/config/#build-systems
    # Without that table a project is setuptools' own, if it says so in setuptools' own files.
    if SETUP_PY in texts or "[metadata]" in texts.get(SETUP_CFG, ""):
        return _SETUPTOOLS
    return ""


def _told_folders(texts: Mapping[str, str], content: Toml) -> Iterator[str]:
    """The folders in which a project declares its modules, relative to it."""
    yield from source_folders(texts.get(PROJECT, ""))
    tool = table(content, "tool")
    setuptools = table(tool, "setuptools")
    find = table(setuptools, "packages", "find")
    yield from (str(one) for one in find.get("where") or () if isinstance(one, str))
    package_dir = table(setuptools, "package-dir")
    if isinstance(package_dir.get(""), str):
        yield package_dir[""]
    if SETUP_CFG not in texts:
        return
    # Imported here: few projects have one.
    import configparser

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(texts[SETUP_CFG])
    except configparser.Error:
        return  # whoever builds it says best what is wrong there
    where = parser.get("options.packages.find", "where", fallback="") or ""
    yield from where.split()


@functools.cache
def read_toml(text: str) -> Toml:
    """A file's content; empty if it is malformed, which others report. It is parsed once."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _read(inputs: RepoInputs, path: str) -> str | None:
    if path not in inputs.snapshot:
        return None
    try:
        return (inputs.repo.root / path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _has_files(inputs: RepoInputs, folder: str) -> bool:
    return folder == "." or bool(inputs.tree.below(folder))
