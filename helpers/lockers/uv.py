"""uv: `pyproject.toml` and `uv.lock`."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from helpers.lockers.locked import PROJECT, Action, Locked, Toml, Wishes, read_text, read_toml
from helpers.model.documents.parsing import load_toml
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.model.packages.locked import LOCK_FILES, OutdatedPackage
from helpers.model.shell_words import quoted

NAME = "uv"
LOCK_FILE = LOCK_FILES[NAME]
OTHER_LOCKS: tuple[tuple[str, ...], ...] = ()
IS_TOML = True
PROGRAM: tuple[str, ...] = ("/opt/installer/bin/uv",)
BUILDER = "builder"
EXTRA, GROUP = "--extra", "--group"
NO_OTHER_GROUPS: tuple[str, ...] = ("--no-default-groups",)
ALWAYS = ("--no-progress", "--color=never")
COMMANDS: Mapping[Action, tuple[str, ...]] = {
    Action.LOCK: ("lock", *ALWAYS),
    Action.CHECK: ("lock", *ALWAYS, "--locked"),
    Action.UPDATE: ("lock", *ALWAYS),
    Action.ADD: ("add", *ALWAYS, "--no-sync"),
    Action.REMOVE: ("remove", *ALWAYS, "--no-sync"),
    # Its JSON is experimental; `uv pip list` would need all of it installed.
    Action.OUTDATED: (
        *("tree", *ALWAYS, "--outdated", "--frozen"),
        *("--universal", "--all-groups", "--no-dedupe"),
    ),
}
EXPORT: tuple[str, ...] = (
    *("export", *ALWAYS, "--quiet", "--no-emit-project", "--no-header", "--no-annotate"),
    "--format=requirements.txt",
)
ADD_DEV = "uv add --dev"
# Whether the lock file must match: with packages by path uv cannot tell, and `read` has looked.
FROZEN = {True: "--locked", False: "--frozen"}
STALE = "lockfile at `uv.lock` needs to be updated"
BEFORE_PLACES: tuple[str, ...] = ('registry = "',)
# `name v1.0 (group: dev) (latest: v2.0)`, below lines that draw a tree.
_TREE_LINE = re.compile(
    r"^[^A-Za-z0-9]*(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])? v(?P<locked>\S+)"
    r".*\(latest: v(?P<latest>[^)\s]+)\)"
)
_LOCAL = ("directory", "editable", "path")
# A package that lies in a folder, as uv writes it.
_IN_FOLDER = re.compile(
    r'(?P<start>^\[\[package\]\]\r?\nname = "[^"\n]+"\r?\nversion = ")(?P<version>[^"\n]+)'
    r'(?P<rest>"\r?\nsource = \{ (?:virtual|directory|editable) = "(?P<path>[^"\n]+)" \})',
    re.MULTILINE,
)


def with_versions(lock: str, folder: str, versions: Mapping[str, str]) -> str:
    """A lock file with other versions of packages that lie in folders of the repo.

    Args:
        lock: its text.
        folder: the one that it lies in, relative to the repo's root.
        versions: by the package's folder, relative to the repo's root.
    """

    def replaced(found: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join(folder, found["path"]))
        return f"{found['start']}{versions.get(place, found['version'])}{found['rest']}"

    return _IN_FOLDER.sub(replaced, lock)


def read(root: Path) -> Locked:
    """Read `uv.lock`.

    Raises:
        HelpersError: it is malformed, or older than what `pyproject.toml` asks for.
    """
    path = root / LOCK_FILE
    fix = f"i dependency_lock --dir {quoted(root)}"
    lock = read_lock(path, fix)
    local = tuple(
        package["name"]
        for package in lock.get("package", ())
        if any(package.get("source", {}).get(kind) not in (None, ".") for kind in _LOCAL)
    )
    text = read_text(path)
    if local:
        check_fresh(read_toml(root / PROJECT), lock, path, fix)
    files = {PROJECT: read_text(root / PROJECT), LOCK_FILE: text}
    return Locked(NAME, text, local, fix=fix, files=files, checked_by_tool=not local)


def check_lock(root: Path) -> None:
    """Raise an error where `uv.lock` cannot be read."""
    read_lock(root / LOCK_FILE, "")


def asks(_root: Path, _wishes: Wishes, _edited: Mapping[str, str]) -> tuple[str, ...]:
    """Nothing: it reads `pyproject.toml` itself."""
    return ()


def explain(_lines: Iterable[str]) -> HelpersError | None:
    """Nothing: its last lines tell."""
    return None


def update_words(packages: Sequence[str]) -> list[str]:
    """The options that name the packages that are updated; none: all."""
    return [f"--upgrade-package={name}" for name in packages] or ["--upgrade"]


def read_outdated(output: str) -> tuple[OutdatedPackage, ...]:
    """Read the tree of `uv tree --outdated`, each package once."""
    matches = filter(None, (_TREE_LINE.match(line) for line in output.splitlines()))
    found = {OutdatedPackage(m["name"], m["locked"], m["latest"]) for m in matches}
    return tuple(sorted(found, key=lambda one: (one.name, one.locked)))


def variables(caches: Path) -> dict[str, str]:
    """Link by copy: the cache is on another file system than the environment."""
    return {"UV_CACHE_DIR": str(caches / NAME), "UV_LINK_MODE": "copy"}


def read_lock(path: Path, fix: str) -> Toml:
    """A lock file of uv.

    Raises:
        HelpersError: it is malformed.
    """
    lock = _parsed(read_text(path)) or read_toml(path)  # which says where it is wrong
    if "version" not in lock:
        raise HelpersError(
            f"{LOCK_FILE} has no 'version': it is no lock file of uv", where=f"{path}:1", fix=fix
        )
    return lock


@lru_cache(maxsize=8)
def _parsed(text: str) -> Toml | None:
    """Kept, since every member of a workspace asks for it; None where it is malformed."""
    try:
        return load_toml(text)
    except ValueError:
        return None


def check_fresh(project: Toml, lock: Toml, path: Path, fix: str) -> None:
    """Whether a lock file holds what a project asks for; what it no longer asks for may be in it.

    This is for builds that see no other project, in which uv itself cannot check it.

    Raises:
        HelpersError: the project is not in it, or asks for another package or version.
    """
    # Imported here: few dirs need it.
    from packaging.requirements import InvalidRequirement, Requirement

    name = python_name(str(project.get("project", {}).get("name", "")))
    packages = lock.get("package", ())
    own = next((one for one in packages if python_name(one["name"]) == name), None)
    if name and own is None:
        raise HelpersError(f"{LOCK_FILE} does not hold {name}", where=str(path), fix=fix)
    named = {python_name(one["name"]) for one in _metadata(own or {})}
    versions: dict[str, list[str]] = {}
    for one in packages:
        if "registry" in one.get("source", {}) and "version" in one:
            versions.setdefault(python_name(one["name"]), []).append(one["version"])
    for line in _asked(project):
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue  # uv says best what is wrong with it
        key = python_name(wanted.name)
        held = versions.get(key, [])
        fits = any(wanted.specifier.contains(version, prereleases=True) for version in held)
        if key != name and (key not in named or (held and not fits)):
            raise HelpersError(
                f"{LOCK_FILE} is older than {PROJECT}, which asks for {line}",
                where=str(path),
                fix=fix,
            )


def _metadata(package: Toml) -> Iterator[Toml]:
    """What a project asked for when it was locked."""
    metadata = package.get("metadata", {})
    yield from metadata.get("requires-dist", ())
    for lines in metadata.get("requires-dev", {}).values():
        yield from lines


def _asked(content: Toml) -> Iterator[str]:
    """What a project asks for, as far as it stands in the file."""
    project = content.get("project", {})
    groups = [
        project.get("dependencies", ()),
        *project.get("optional-dependencies", {}).values(),
        *content.get("dependency-groups", {}).values(),
        content.get("tool", {}).get("uv", {}).get("dev-dependencies", ()),
    ]
    return (line for lines in groups for line in lines if isinstance(line, str))
