"""A project of a Polylith workspace that Poetry's lock file at the workspace's root locks.

Its environment holds what its own `pyproject.toml` asks for, what that needs, and the groups of the
workspace's root, which have the tools. Of these files a pair is made that Poetry exports as if it
were a project of its own; it changes only when that environment does.
Source: https://davidvujic.github.io/python-polylith-docs/
"""

import hashlib
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.lockers import poetry
from helpers.lockers.locked import PROJECT, Locked, Toml, read_text, read_toml
from helpers.lockers.toml_values import table
from helpers.lockers.workspaces.around import InWorkspace, find_around
from helpers.lockers.workspaces.asked import asks_of, specifiers
from helpers.lockers.workspaces.member import to_toml
from helpers.lockers.workspaces.polylith_project import content_hash, deciding
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.model.runnable_dir import CHANGELOG, DEVOPS
from helpers.model.shell_words import quoted

# What stands at the root of a workspace of Polylith's.
WORKSPACE = "workspace.toml"
LOCK_FILE = poetry.LOCK_FILE
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[([^\]]*)\])?")
# Without the groups and markers that the whole workspace has of a package: Poetry finds them.
_VERSION = "2.0"
_LEFT_OUT = ("groups", "markers")

# Asked for: by normalised name, the extras.
Asked = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class SharedLock(InWorkspace):
    """A project, and the workspace whose lock file is its own, too."""

    @property
    def lock_file(self) -> Path:
        """What locks all of the workspace."""
        return self.root / LOCK_FILE

    @property
    def fix(self) -> str:
        """The command that locks it again."""
        here = shlex.quote(str(self.root))
        is_dir = (self.root / CHANGELOG).is_file() and (self.root / DEVOPS).is_dir()
        return f"i dependency_lock --dir {here}" if is_dir else f"(cd {here} && poetry lock)"

    def part(self, lock: str) -> object:
        """What decides about the project in the text of a lock file; two are compared."""
        own, around = (read_text(one / PROJECT) for one in (self.folder, self.root))
        return part_digest(lock, own, around)


def is_workspace(text: str) -> bool:
    """Whether a `workspace.toml` is Polylith's."""
    try:
        return "polylith" in table(load_toml(text), "tool")
    except ValueError:
        return False


def find_workspace(folder: Path, repo: Path) -> Path | None:
    """The root of the workspace that a folder is in, at or below that of the repo; None: in none.

    Raises:
        HelpersError: a file that may say so cannot be read.
    """
    for around in folder.parents:
        if not around.is_relative_to(repo):
            return None
        paths = (around / name for name in (WORKSPACE, PROJECT))
        if any(path.is_file() and is_workspace(read_text(path)) for path in paths):
            return around
    return None


def find_shared_lock(folder: Path) -> SharedLock | None:
    """The workspace whose lock file is that of a project in it; None where there is none."""

    def is_root(around: Path, _: str) -> bool:
        there = all((around / name).is_file() for name in (WORKSPACE, PROJECT, LOCK_FILE))
        return there and is_workspace(read_text(around / WORKSPACE))

    found = find_around(folder, is_root)
    return SharedLock(*found) if found else None


def read_shared_lock(shared: SharedLock) -> Locked:
    """What the workspace's lock file says of a project.

    Raises:
        HelpersError: it is malformed, lacks what the project asks for, or has it in several
            versions.
    """
    poetry.read(shared.root)  # says well what is wrong with it
    project = deciding(read_toml(shared.folder / PROJECT), read_toml(shared.root / PROJECT))
    lock = read_toml(shared.lock_file)
    try:
        _check(shared, lock, project)
    except ValueError as error:
        raise HelpersError(
            f"{PROJECT} has a requirement that is none: {error}",
            where=str(shared.folder / PROJECT),
            fix="correct that line",
        ) from error
    files = {PROJECT: to_toml(project), LOCK_FILE: to_toml(_lock_of(project, lock))}
    groups = {**table(project, "dependency-groups"), **table(project, "tool", "poetry", "group")}
    part = part_for(lock, asked_of(project))["package"]
    return Locked(
        poetry.NAME,
        "\0".join(files.values()),
        tuple(one["name"] for one in part if _is_local(one)),
        fix=shared.fix,
        prod_options=f"{poetry.GROUP}=prod" if "prod" in groups else "",
        files=files,
        in_context=True,
    )


def asked_of(project: Toml, *, optional: bool = True) -> Asked:
    """What a project asks for by name, in any of its groups.

    Args:
        optional: in its extras as well.

    Raises:
        ValueError: a requirement is malformed.
    """
    found: dict[str, frozenset[str]] = {}
    for ask in asks_of(project):
        if optional or not ask.optional:
            found[ask.name] = found.get(ask.name, frozenset()) | ask.extras
    return found


def part_for(lock: Toml, asked: Asked) -> dict[str, list[Toml]]:
    """The packages of a lock file that somebody needs who asks for some of them."""
    packages: dict[str, list[Toml]] = {}
    for package in lock.get("package", ()):
        packages.setdefault(python_name(str(package["name"])), []).append(package)
    reached: dict[str, set[str]] = {}
    waiting = [(name, set(extras)) for name, extras in asked.items()]
    while waiting:
        name, extras = waiting.pop()
        if name in reached and extras <= reached[name]:
            continue
        reached.setdefault(name, set()).update(extras)
        for package in packages.get(name, ()):
            waiting += _needs(package, reached[name])
    return {
        "package": [
            _kept(package) for name in sorted(reached) for package in packages.get(name, ())
        ]
    }


def _kept(package: Toml) -> dict[str, Any]:
    """What of a locked package decides about an environment; of one in the repo no version does."""
    found = {key: value for key, value in package.items() if key not in _LEFT_OUT}
    return {**found, "version": "0"} if _is_local(package) else found


def _is_local(package: Toml) -> bool:
    return package.get("source", {}).get("type") in poetry.LOCAL


def part_digest(lock: str, project: str, around: str) -> str:
    """A hash of what a lock file has for a project; empty where a file is malformed."""
    try:
        made = deciding(load_toml(project), load_toml(around))
        part = to_toml(part_for(load_toml(lock), asked_of(made)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return hashlib.sha256(f"{to_toml(made)}\0{part}".encode()).hexdigest()


def _lock_of(project: Toml, lock: Toml) -> dict[str, Any]:
    """A lock file of the project alone."""
    part = part_for(lock, asked_of(project))["package"]
    needed = {one["name"] for one in part_for(lock, asked_of(project, optional=False))["package"]}
    own, given = table(project, "tool", "poetry"), table(project, "project")
    extras = {
        python_name(extra): sorted(
            {python_name(m[1]) for line in lines if (m := _NAME.match(line))}
        )
        for found in (table(own, "extras"), table(given, "optional-dependencies"))
        for extra, lines in found.items()
    }
    return {
        **({"extras": extras} if extras else {}),
        "metadata": {
            "lock-version": _VERSION,
            "python-versions": "*",
            "content-hash": content_hash(project),
        },
        "package": [{**one, "optional": one["name"] not in needed} for one in part],
    }


def _check(shared: SharedLock, lock: Toml, project: Toml) -> None:
    there: dict[str, set[str]] = {}
    for package in part_for(lock, asked_of(project))["package"]:
        there.setdefault(python_name(package["name"]), set()).add(str(package["version"]))
    several = sorted(name for name, versions in there.items() if len(versions) > 1)
    own = f"i dependency_lock --dir {quoted(shared.folder)}   (it gets a lock file of its own)"
    if several:
        raise HelpersError(
            f"the lock file of the workspace of {shared.path} has several versions of"
            f" {', '.join(several)}",
            where=str(shared.lock_file),
            fix=own,
        )
    pythons = str(lock["metadata"].get("python-versions", "*"))
    for ask in asks_of(project):
        versions = there.get(ask.name, set())
        if any(map(ask.fits, versions)) or not any(
            map(ask.is_needed, specifiers(pythons) or ("",))
        ):
            continue
        has = f"has {', '.join(versions)}" if versions else "does not have it"
        wanted = " or ".join(f"{ask.name}{one}" for one in ask.versions) or ask.name
        raise HelpersError(
            f"{shared.path} asks for {wanted}, and the lock file of its workspace {has}",
            where=f"{shared.folder / PROJECT}\n{shared.lock_file}",
            fix=f"ask for the same in '{shared.root / PROJECT}', then  {shared.fix}; or  {own}",
        )


def _tables(wanted: Any) -> list[Toml]:
    """What is said of a dependency besides its version, once for each of its constraints."""
    many = wanted if isinstance(wanted, list) else [wanted]
    return [one if isinstance(one, dict) else {} for one in many]


def _needs(package: Toml, extras: set[str]) -> Iterator[tuple[str, set[str]]]:
    """What a locked package needs, with those of its extras that are asked for."""
    optional = {
        python_name(match[1])
        for extra, lines in package.get("extras", {}).items()
        if python_name(extra) in {python_name(one) for one in extras}
        for line in lines
        if (match := _NAME.match(str(line)))
    }
    for name, wanted in package.get("dependencies", {}).items():
        said = _tables(wanted)
        if python_name(name) in optional or not all(one.get("optional") for one in said):
            yield python_name(name), {extra for one in said for extra in one.get("extras", ())}
