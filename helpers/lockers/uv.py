"""uv: `pyproject.toml` and `uv.lock`."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from helpers.lockers.locked import PROJECT, Locked, Toml, read_text, read_toml
from helpers.model.errors import HelpersError
from helpers.model.packages import python_name
from helpers.model.parsing import load_toml

NAME = "uv"
LOCK_FILE = "uv.lock"
PROD_GROUP = "--group=prod"
_LOCAL = ("directory", "editable", "path")


def read(root: Path) -> Locked:
    """Read `uv.lock`.

    Raises:
        HelpersError: it is malformed, or older than what `pyproject.toml` asks for.
    """
    path = root / LOCK_FILE
    fix = f"i poetry_lock --dir '{root}'"
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
