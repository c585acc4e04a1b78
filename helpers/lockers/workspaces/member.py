"""A member of a workspace of uv: what it has of the lock file that all members share.

Its environment holds what it asks for, what that needs, and the groups of the workspace's root, in
which most workspaces have their tools. Of both files that is made which makes an image the same,
as a project of its own; it changes only when that does: what another member asks for is left out.
Source: https://docs.astral.sh/uv/concepts/projects/workspaces/
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from helpers.lockers.declared import NOTHING, Declared, read_pyproject
from helpers.lockers.locked import PROJECT, Locked, Toml, read_text, read_toml
from helpers.lockers.toml_values import joined_groups
from helpers.lockers.uv import GROUP, LOCK_FILE, NAME, check_fresh, read_lock
from helpers.lockers.workspaces.around import InWorkspace, find_around
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.model.shell_words import quoted

# The keys that decide what is in a member's environment; its version does not.
_PROJECT_KEYS = ("name", "requires-python", "dependencies", "optional-dependencies", "dynamic")
# Where one of these is, it decides about a folder's packages.
WORKSPACE_LOCK = LOCK_FILE
_PATHS = frozenset({"directory", "editable", "path", "virtual"})
_UV_KEYS = ("conflicts", "default-groups", "dependency-groups", "dev-dependencies", "package")


@dataclass(frozen=True, slots=True)
class Member(InWorkspace):
    """A project that is a member of a workspace of uv."""

    @property
    def name(self) -> str:
        """Its project's name, normalised."""
        return _name(read_toml(self.folder / PROJECT))

    @property
    def lock_file(self) -> Path:
        """What locks all of the workspace."""
        return self.root / LOCK_FILE

    def part(self, lock: str) -> object:
        """What decides about the member in the text of a lock file; two are compared."""
        return part_of(lock, self.name)

    @property
    def fix(self) -> str:
        """The command that locks it again."""
        return f"i dependency_lock --dir {quoted(self.folder)}"


def find_member(folder: Path) -> Member | None:
    """The workspace membership of a project that a workspace locks; None if no workspace does.

    Raises:
        HelpersError: a `pyproject.toml` cannot be read.
    """

    def is_root(around: Path, path: str) -> bool:
        file = around / PROJECT
        found = _declared(read_text(file)) if file.is_file() else NOTHING
        return bool(found.members) and found.has_member(path)

    found = find_around(folder, is_root)
    return Member(*found) if found else None


def read_member(member: Member) -> Locked:
    """What the workspace's lock file says of a member.

    Raises:
        HelpersError: it is malformed or not there, or is older than what the member asks for.
    """
    project = read_toml(member.folder / PROJECT)
    around = read_toml(member.root / PROJECT)
    part = _part_on_disk(member, project)
    groups = sorted(part["package"][0]["dev-dependencies"])  # the member comes first
    files = {PROJECT: to_toml(_deciding(project, groups)), LOCK_FILE: to_toml(part)}
    default = _uv(around).get("default-groups", ["dev"])
    return Locked(
        NAME,
        "\0".join(files.values()),
        _by_path(part),
        fix=member.fix,
        prod_options=f"{GROUP}=prod" if "prod" in groups else "",
        conflicting="conflicts" in part,
        files=files,
        checked_by_tool=False,
        export_words=("--no-emit-workspace",),
        default_groups=tuple(one for one in groups if default == "all" or one in default),
    )


def read_parts(text: str) -> Declared:
    """By name, a hash of what a lock file has for each member; nothing where it is malformed."""
    try:
        lock = load_toml(text)
        parts = {name: to_toml(part_for(lock, name)) for name in _members(lock)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return NOTHING
    return Declared(
        paths=tuple((n, hashlib.sha256(part.encode()).hexdigest()) for n, part in parts.items())
    )


def part_of(text: str, member: str) -> Toml | None:
    """The part of a lock file that is one member's; None where it has none, or is malformed."""
    try:
        return part_for(load_toml(text), member)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _part_on_disk(member: Member, project: Toml) -> Toml:
    if not member.lock_file.is_file():
        raise HelpersError(
            f"{member.path} is a member of a workspace of uv that is not locked: there is no"
            f" {LOCK_FILE}",
            where=str(member.root),
            fix=member.fix,
        )
    if not _name(project):
        raise HelpersError(
            f"a member of a workspace of uv needs a [project] with a name in its {PROJECT}",
            where=str(member.folder / PROJECT),
            fix=f"write it there; or, in [tool.uv.workspace] of '{member.root / PROJECT}', "
            f" exclude = [{json.dumps(member.path)}]",
        )
    lock = read_lock(member.lock_file, member.fix)
    check_fresh(project, lock, member.lock_file, member.fix)
    return part_for(lock, _name(project))


def part_for(lock: Toml, member: str) -> Toml:
    """The part of a lock file that one member needs, with the root's groups added to its own.

    Args:
        member: its name, normalised.

    Raises:
        KeyError: the lock file does not hold it.
    """
    packages: dict[str, list[Toml]] = {}
    for package in lock.get("package", ()):
        packages.setdefault(python_name(package["name"]), []).append(package)
    optional = packages[member][0].get("optional-dependencies", {})
    own = _without(packages[member][0], set(optional))
    own["dev-dependencies"] = joined_groups(
        packages[member][0].get("dev-dependencies", {}),
        _of_root(lock).get("dev-dependencies", {}),
        _of_manifest(lock, packages),
    )
    packages[member] = [own]
    extras = _closure(packages, own)
    kept = [own]
    for name, asked in sorted(extras.items()):
        if name != member:
            kept += [_without(package, asked) for package in packages.get(name, ())]
    return {**_head(lock, {member, *extras}), "package": kept}


def to_toml(content: Toml) -> str:
    """A document in which each value, and each of a package's, is one line."""
    plain = [
        f"{_key(key)} = {_inline(value)}" for key, value in content.items() if key != "package"
    ]
    packages = content.get("package", [])
    for package in packages:
        plain += ["", "[[package]]", *(f"{_key(key)} = {_inline(v)}" for key, v in package.items())]
    return "\n".join([*plain, ""])


def _members(lock: Toml) -> list[str]:
    there = {python_name(package["name"]) for package in lock.get("package", ())}
    named = (python_name(one) for one in lock.get("manifest", {}).get("members", ()))
    return [name for name in named if name in there]


def _of_root(lock: Toml) -> Toml:
    """The project at the workspace's root, where it has one."""
    sources = ((package, package.get("source", {}).values()) for package in lock["package"])
    return next((package for package, where in sources if "." in where), {})


def _closure(packages: Mapping[str, list[Toml]], own: Toml) -> dict[str, set[str]]:
    """The packages that are needed, each with the extras of it that are asked for."""
    found: dict[str, set[str]] = {}
    optional = own.get("optional-dependencies", {})
    waiting = [*own.get("dependencies", ()), *_lines(optional), *_lines(own["dev-dependencies"])]
    while waiting:
        item = waiting.pop()
        name = python_name(item["name"])
        asked = set(item.get("extra", ()))
        if name in found and asked <= found[name]:
            continue
        found.setdefault(name, set()).update(asked)
        for package in packages.get(name, ()):
            waiting += package.get("dependencies", ())
            optional = package.get("optional-dependencies", {})
            waiting += [one for extra in found[name] for one in optional.get(extra, ())]
    return found


def _lines(groups: Mapping[str, list[Toml]]) -> Iterator[Toml]:
    return (one for lines in groups.values() for one in lines)


def _of_manifest(lock: Toml, packages: Mapping[str, list[Toml]]) -> dict[str, list[Toml]]:
    """The groups of a root without a project, resolved to locked packages."""
    groups = lock.get("manifest", {}).get("dependency-groups", {})
    return {
        name: [one for asked in lines for one in _chosen(asked, packages)]
        for name, lines in groups.items()
    }


def _chosen(asked: Toml, packages: Mapping[str, list[Toml]]) -> Iterator[Toml]:
    there = packages.get(python_name(asked["name"]), [])
    for package in there:
        found = {"name": asked["name"]}
        markers = [f"({asked['marker']})"] if "marker" in asked else []
        if len(there) > 1:
            found |= {key: package[key] for key in ("version", "source") if key in package}
            where = package.get("resolution-markers", ())
            markers += ["(" + " or ".join(f"({one})" for one in where) + ")"] if where else []
        if "extras" in asked:
            found["extra"] = asked["extras"]
        if markers:
            found["marker"] = " and ".join(markers)
        yield found


def _without(package: Toml, extras: set[str]) -> dict[str, Any]:
    """A package without the extras and metadata that this member does not need."""
    left = {"metadata", "optional-dependencies", "dev-dependencies"}
    # The version of a package in the repo does not change the environment.
    left |= {"version"} if not _PATHS.isdisjoint(package.get("source", {})) else set()
    found = {key: value for key, value in package.items() if key not in left}
    optional = package.get("optional-dependencies", {})
    kept = {name: lines for name, lines in optional.items() if name in extras}
    return {**found, "optional-dependencies": kept} if kept else found


def _head(lock: Toml, names: set[str]) -> Toml:
    """All but the packages; what it says of others is left out."""
    found = {key: value for key, value in lock.items() if key not in ("package", "conflicts")}
    manifest = {k: v for k, v in found.get("manifest", {}).items() if k != "dependency-groups"}
    members = [one for one in manifest.get("members", ()) if python_name(one) in names]
    # A lock file without a list of members is that of a project alone.
    found["manifest"] = {**manifest, "members": members}
    conflicts = [
        one for one in lock.get("conflicts", ()) if all(i.get("package") in names for i in one)
    ]
    return {**found, "conflicts": conflicts} if conflicts else found


def _deciding(project: Toml, groups: Iterable[str]) -> Toml:
    """What of a member's `pyproject.toml` decides about its environment."""
    given = project.get("project", {})
    found = {key: given[key] for key in _PROJECT_KEYS if key in given}
    if "version" not in given.get("dynamic", ()):
        found["version"] = "0"  # which one does not count
    return {
        "project": found,
        "dependency-groups": {name: [] for name in groups} | project.get("dependency-groups", {}),
        "tool": {"uv": _uv(project)},
    }


def _uv(content: Toml) -> dict[str, Any]:
    found = content.get("tool", {}).get("uv", {})
    return {key: found[key] for key in _UV_KEYS if key in found}


def _name(content: Toml) -> str:
    return python_name(str(content.get("project", {}).get("name", "")))


def _by_path(part: Toml) -> tuple[str, ...]:
    """Packages by path outside the workspace: builds cannot see them."""
    members = part["manifest"]["members"]
    return tuple(
        package["name"]
        for package in part["package"]
        if not _PATHS.isdisjoint(package.get("source", {})) and package["name"] not in members
    )


@lru_cache(maxsize=64)
def _declared(text: str) -> Declared:
    return read_pyproject(text)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else _inline(name)


def _inline(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(one) for one in value) + "]"
    if isinstance(value, str):
        # TOML does not know JSON's escapes for characters beyond 16 bits.
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if isinstance(value, bool | int | float) else value.isoformat()
