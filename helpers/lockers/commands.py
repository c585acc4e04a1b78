"""The commands of Poetry and uv that change or look at a lock file.

None of them installs: they resolve, and write `pyproject.toml` and the lock file. A
`requirements.in` is compiled by uv into `requirements.txt`, which is its lock file.
"""

import json
import re
import shlex
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from helpers.lockers import compiled, pip, poetry, uv
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.fixes import add_packages, path_from
from helpers.lockers.locked import read_text, read_toml
from helpers.lockers.named import Kind
from helpers.lockers.uv_workspace import Member, find_member
from helpers.lockers.versions import has_conflict_mark
from helpers.model.dataclass import dataclass
from helpers.model.dependencies import OutdatedPackage
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import dir_option

# Where the stage `builder` of the Dockerfile has the tools.
_INSTALLED = "/opt/installer/bin"
# `name v1.0 (group: dev) (latest: v2.0)`, below lines that draw a tree.
_TREE_LINE = re.compile(
    r"^[^A-Za-z0-9]*(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])? v(?P<locked>\S+)"
    r".*\(latest: v(?P<latest>[^)\s]+)\)"
)


class Action(StrEnum):
    """What is done to a dir's dependencies."""

    LOCK = "lock"
    UPDATE = "update"
    ADD = "add"
    REMOVE = "remove"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Change:
    """What the user asks for.

    Attributes:
        packages: names, with versions where they are added; none: all, where that makes sense.
        group: the dependency group; empty: what production needs too.
    """

    action: Action
    packages: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Resolver:
    """The tool that locks a dir's dependencies, and the file that it writes.

    Attributes:
        sources: what it is told to lock, where it does not find that by itself.
        member: the dir as a member of a workspace, whose root has the lock file; None: it is none.
    """

    name: str
    lock_file: str
    sources: tuple[str, ...] = ()
    member: Member | None = None

    @property
    def changes_project(self) -> bool:
        """Whether it adds to what `pyproject.toml` asks for, and takes from it."""
        return not self.sources


_POETRY = Resolver(poetry.NAME, poetry.LOCK_FILE)
_UV = Resolver(uv.NAME, uv.LOCK_FILE)


def choose_resolver(root: Path) -> Resolver:
    """The tool whose lock file the dir at `root` has; without one, what `pyproject.toml` says.

    Neither need be valid: to lock again is what fixes a lock file.

    Raises:
        HelpersError: two tools lock the dir, or none can.
    """
    there = [one for one in (_POETRY, _UV) if (root / one.lock_file).is_file()]
    if len(there) > 1:
        raise HelpersError(
            f"the dir has {_POETRY.lock_file} and {_UV.lock_file}: which of them counts is"
            " not clear",
            where=str(root),
            fix="git rm the one that you do not use",
        )
    if there and (root / PROJECT).is_file():
        return there[0]
    if not there and compiled.is_compiled(root):
        return Resolver(compiled.NAME, pip.LOCK_FILE, compiled.compiled_from(root))
    if member := find_member(root):
        return Resolver(uv.NAME, uv.LOCK_FILE, member=member)
    if not _is_project(root):
        raise _no_project(root, there)
    return _UV if "uv" in read_toml(root / PROJECT).get("tool", {}) else _POETRY


def has_resolver(root: Path, action: Action) -> bool:
    """Whether Poetry or uv do that for the dir at `root`, or would.

    Raises:
        HelpersError: its `pyproject.toml` is malformed.
    """
    if any((root / one.lock_file).is_file() for one in (_POETRY, _UV)):
        return True
    if compiled.is_compiled(root):
        return action in _COMPILING
    return _is_project(root)


def _is_project(root: Path) -> bool:
    """Whether a `pyproject.toml` is more than the settings of other tools, and what counts."""
    if not (root / PROJECT).is_file() or (root / pip.LOCK_FILE).is_file():
        return False
    content = read_toml(root / PROJECT)
    return "project" in content or "poetry" in content.get("tool", {})


def is_readable(resolver: Resolver, root: Path) -> bool:
    """Whether the lock file in `root`, where there is one, is one that the tool can start from."""
    if not (root / resolver.lock_file).is_file():
        return True
    if resolver.sources:
        return not has_conflict_mark(read_text(root / resolver.lock_file))
    try:
        if resolver.name == poetry.NAME:
            poetry.read(root)
        else:
            uv.read_lock(root / uv.LOCK_FILE, "")
    except HelpersError:
        return False
    return True


def resolver_command(resolver: Resolver, change: Change) -> tuple[str, ...]:
    """The command line that does it.

    Raises:
        HelpersError: there is nothing to add or remove, or a name looks like an option.
    """
    _check(change)
    if resolver.sources:
        return _compile_command(resolver, change)
    words = _POETRY_WORDS if resolver.name == poetry.NAME else _UV_WORDS
    command = [f"{_INSTALLED}/{resolver.name}", *words[change.action]]
    if change.group:
        command.append(f"--group={change.group}")
    if change.action is not Action.UPDATE or resolver.name == poetry.NAME:
        only = [f"--package={resolver.member.name}"] if resolver.member else []
        return (*command, *(only if change.action is Action.OUTDATED else []), *change.packages)
    named = [f"--upgrade-package={name}" for name in change.packages]
    return (*command, *(named or ["--upgrade"]))


def check_possible(resolver: Resolver, change: Change, root: Path, below: str) -> None:
    """Make sure that a tool does that: what is compiled is written by people alone.

    Args:
        below: the dir at `root`, relative to the repo's root.

    Raises:
        HelpersError: it does not; says which file of the dir to write.
    """
    _check(change)
    if not resolver.sources or (change.action in _COMPILING and not change.group):
        return
    where = pip.SOURCE_FILE if change.group else pip.source_of(root)
    at = dir_option(below)
    if change.action is Action.ADD:
        dev = bool(change.group)
        fix = add_packages(root, below, Kind.REQUIREMENTS, change.packages, dev=dev)
    elif change.action is Action.OUTDATED:
        fix = f"i poetry_update {at}   (takes newer versions)"
    else:
        fix = f"edit {shlex.quote(path_from(below, where))}, then  i poetry_lock {at}"
    raise HelpersError(
        f"what {where} asks for is changed in {where} itself",
        where=f"{change.action} of {resolver.lock_file}",
        fix=fix,
    )


def _compile_command(resolver: Resolver, change: Change) -> tuple[str, ...]:
    named = [f"--upgrade-package={name}" for name in change.packages]
    newer = [] if change.action is Action.LOCK else named or ["--upgrade"]
    # For every platform, as the lock files of Poetry and uv are; which index answered is not named.
    words = ("pip", "compile", *_UV_ALWAYS, "--quiet", "--universal", "--generate-hashes")
    output = ("--no-header", f"--output-file={resolver.lock_file}")
    return (f"{_INSTALLED}/{uv.NAME}", *words, *output, *newer, *resolver.sources)


# What can be done for requirements that are compiled.
_COMPILING = (Action.LOCK, Action.UPDATE)
_POETRY_ALWAYS = ("--no-interaction", "--no-ansi")
_POETRY_WORDS = {
    Action.LOCK: ("lock", *_POETRY_ALWAYS),
    Action.UPDATE: ("update", *_POETRY_ALWAYS, "--lock"),
    Action.ADD: ("add", *_POETRY_ALWAYS, "--lock"),
    Action.REMOVE: ("remove", *_POETRY_ALWAYS, "--lock"),
    Action.OUTDATED: ("show", *_POETRY_ALWAYS, "--outdated", "--all", "--format=json"),
}
_UV_ALWAYS = ("--no-progress", "--color=never")
_UV_WORDS = {
    Action.LOCK: ("lock", *_UV_ALWAYS),
    Action.UPDATE: ("lock", *_UV_ALWAYS),
    Action.ADD: ("add", *_UV_ALWAYS, "--no-sync"),
    Action.REMOVE: ("remove", *_UV_ALWAYS, "--no-sync"),
    # Its JSON is experimental; `uv pip list` would need all of it installed.
    Action.OUTDATED: (
        *("tree", *_UV_ALWAYS, "--outdated", "--frozen"),
        *("--universal", "--all-groups", "--no-dedupe"),
    ),
}


def read_outdated(resolver: Resolver, output: str) -> tuple[OutdatedPackage, ...]:
    """What the command for `Action.OUTDATED` wrote, each package once.

    Raises:
        HelpersError: the tool answered something else.
    """
    if resolver.name == poetry.NAME:
        return _read_json(output)
    matches = filter(None, (_TREE_LINE.match(line) for line in output.splitlines()))
    found = {OutdatedPackage(m["name"], m["locked"], m["latest"]) for m in matches}
    return tuple(sorted(found, key=lambda one: (one.name, one.locked)))


def _read_json(output: str) -> tuple[OutdatedPackage, ...]:
    _, bracket, rest = output.partition("[")
    try:
        return tuple(
            OutdatedPackage(str(one["name"]), str(one["version"]), str(one["latest_version"]))
            for one in (json.loads(bracket + rest) if bracket else ())
        )
    except (ValueError, KeyError, TypeError) as error:
        raise HelpersError(
            "Poetry's list of newer versions cannot be read", where=output[-500:]
        ) from error


def _check(change: Change) -> None:
    if change.action in (Action.ADD, Action.REMOVE) and not change.packages:
        raise HelpersError(
            f"nothing to {change.action}: name a package", fix='--package "requests>=2"'
        )
    for name in change.packages:
        if name.startswith("-") or not name.strip():
            raise HelpersError(f"{name!r} is no package", fix='--package "requests>=2"')
    if change.group.startswith("-"):
        raise HelpersError(
            f"{change.group!r} is not the name of a dependency group", fix="--group dev"
        )


def _no_project(root: Path, there: Sequence[Resolver]) -> HelpersError:
    if there:
        return HelpersError(
            f"{there[0].lock_file} has no {PROJECT} beside it",
            where=str(root),
            fix=f"git checkout HEAD -- {PROJECT}",
        )
    if (root / pip.LOCK_FILE).is_file():
        return HelpersError(
            f"the dir has {pip.LOCK_FILE} and no lock file of Poetry or uv",
            where=str(root / pip.LOCK_FILE),
            fix=f"edit {pip.LOCK_FILE}; or mv {pip.LOCK_FILE} {pip.SOURCE_FILE}, then the same"
            " command again",
        )
    return HelpersError(
        f"there is no {PROJECT} that says what it depends on",
        where=str(root),
        fix=f"write {PROJECT} with [project], name, version, requires-python, dependencies",
    )
