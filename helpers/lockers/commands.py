"""The commands of lockers that change or look at a lock file.

None of them installs: they resolve, and write what is asked for and the lock file. A
`requirements.in` is compiled by uv into `requirements.txt`, which is its lock file.
"""

import posixpath
import shlex
from collections.abc import Sequence
from pathlib import Path

from helpers.lockers import compiled, conda, pip, uv
from helpers.lockers.all_lockers import PROJECT, asks_conda, find_locker, no_project
from helpers.lockers.conda_files import find_sources
from helpers.lockers.conda_other_locks import find_other_locks, refuse_change
from helpers.lockers.fixes import add_packages
from helpers.lockers.locked import Action as Action
from helpers.lockers.locked import Locked, Locker, read_text, read_toml
from helpers.lockers.named import Kind
from helpers.lockers.project_lockers import LOCK_FILES, LOCKERS, PYPROJECT_LOCKERS
from helpers.lockers.versions import has_conflict_mark
from helpers.lockers.workspaces.member import Member, find_member
from helpers.lockers.workspaces.polylith import find_shared_lock
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import dir_option, path_below


@dataclass(frozen=True, slots=True)
class Change:
    """What the user asks for.

    Attributes:
        packages: names, with versions where they are added; none: all, where that makes sense.
        group: the dependency group; empty: what production needs too.
        paths: packages of the repo, as the user named their folders.
        pip: the packages are of the pip part, beside those of conda channels.
    """

    action: Action
    packages: tuple[str, ...] = ()
    group: str = ""
    paths: tuple[str, ...] = ()
    pip: bool = False


@dataclass(frozen=True, slots=True)
class Resolver:
    """The tool that locks a dir's dependencies, and the file that it writes.

    Attributes:
        sources: what it is told to lock, where it does not find that by itself.
        source: the file that says what is asked for.
        member: the dir as a member of a workspace, whose root has the lock file; None: it is none.
    """

    name: str
    lock_file: str
    sources: tuple[str, ...] = ()
    member: Member | None = None
    source: str = PROJECT

    @property
    def changes_project(self) -> bool:
        """Whether it adds to what `pyproject.toml` asks for, and takes from it."""
        return not self.sources and self.name != conda.NAME

    @property
    def builder(self) -> str:
        """The stage of the Dockerfile that makes the image in which it runs."""
        return uv.BUILDER if self.sources else LOCKERS[self.name].BUILDER

    @property
    def before_places(self) -> tuple[str, ...]:
        """What stands in its lock file before the places that were asked; none: it names none."""
        return () if self.sources else LOCKERS[self.name].BEFORE_PLACES

    @property
    def names_files(self) -> bool:
        """Whether these places are files of an index, and not the index."""
        return not self.sources and not LOCKERS[self.name].IS_TOML


def choose_resolver(root: Path) -> Resolver:
    """The tool whose lock file the dir at `root` has; without one, what `pyproject.toml` says.

    Neither need be valid: to lock again is what fixes a lock file.

    Raises:
        HelpersError: two tools lock the dir, or none can.
    """
    locker = find_locker(root)
    if find_other_locks(root):
        raise refuse_change(root)
    if is_conda(root, locker):
        return Resolver(conda.NAME, conda.LOCK_FILE, source=find_sources(root)[0])
    if locker and (root / PROJECT).is_file():
        return _resolver_of(locker)
    if locker is None and compiled.is_compiled(root):
        return Resolver(compiled.NAME, pip.LOCK_FILE, compiled.compiled_from(root))
    if member := find_member(root):
        return Resolver(uv.NAME, uv.LOCK_FILE, member=member)
    if not _is_project(root):
        raise no_project(root, locker.LOCK_FILE) if locker else _nothing_to_lock(root)
    tools = read_toml(root / PROJECT).get("tool", {})
    named = (one for one in PYPROJECT_LOCKERS[1:] if one.NAME in tools)
    return _resolver_of(next(named, PYPROJECT_LOCKERS[0]))


def check_resolver(root: Path) -> None:
    """Raise an error where it is not clear who locks the dir; that may be a tool elsewhere."""
    if find_other_locks(root):
        find_locker(root)
    else:
        choose_resolver(root)


def is_conda(root: Path, locker: Locker | None) -> bool:
    """Whether conda locks the dir at `root`, whose lock file is that of a locker."""
    if locker:
        return locker.NAME == conda.NAME and bool(find_sources(root))
    return asks_conda(root, read_toml(root / PROJECT) if (root / PROJECT).is_file() else {})


def _resolver_of(locker: Locker) -> Resolver:
    return Resolver(locker.NAME, locker.LOCK_FILE)


def has_resolver(root: Path, action: Action) -> bool:
    """Whether a locker can do that for the dir at `root`.

    Raises:
        HelpersError: its `pyproject.toml` is malformed.
    """
    if find_other_locks(root):
        return False
    if any((root / name).is_file() for name in LOCK_FILES):
        return True
    if compiled.is_compiled(root):
        return action in _COMPILING
    if is_conda(root, None):
        return True
    # A lock file that several have in common is nobody's alone to change.
    return _is_project(root) and find_shared_lock(root) is None


def _is_project(root: Path) -> bool:
    """Whether a `pyproject.toml` is more than the settings of other tools, and what counts."""
    if not (root / PROJECT).is_file() or (root / pip.LOCK_FILE).is_file():
        return False
    content = read_toml(root / PROJECT)
    return "project" in content or "poetry" in content.get("tool", {})


def is_readable(resolver: Resolver, root: Path) -> bool:
    """Whether the tool can start from the lock file in `root`; true if there is none."""
    if not (root / resolver.lock_file).is_file():
        return True
    if resolver.sources:
        return not has_conflict_mark(read_text(root / resolver.lock_file))
    try:
        LOCKERS[resolver.name].check_lock(root)
    except HelpersError:
        return False
    return True


def resolver_command(
    resolver: Resolver, change: Change, asked: Sequence[str] = ()
) -> tuple[str, ...]:
    """The command line that carries a change out.

    Args:
        asked: what is asked for, where the tool is told.

    Raises:
        HelpersError: there is nothing to add or remove, or a name looks like an option.
    """
    _check(change)
    if resolver.sources:
        return _compile_command(resolver, change)
    locker = LOCKERS[resolver.name]
    if change.paths and not change.packages:
        # What is depended on by path is written before; what is left to do is to lock.
        change = Change(Action.LOCK)
    if asked and change.action in _EDITING:
        change = Change(Action.LOCK)
    command = [*locker.PROGRAM, *locker.COMMANDS[change.action], *asked]
    if change.group:
        command.append(f"--group={change.group}")
    if change.action is Action.OUTDATED and resolver.member:
        command.append(f"--package={resolver.member.name}")
    updates = change.action is Action.UPDATE
    return (*command, *(locker.update_words(change.packages) if updates else change.packages))


def export_command(locked: Locked, options: str) -> tuple[str, ...]:
    """The command line that writes what a dir locks to standard output, as requirements.

    Args:
        options: which extras and groups, as `dev_options` says it.

    Returns:
        Nothing where no tool has a lock file to export.
    """
    locker = LOCKERS.get(locked.locker)
    if locker is None or not locker.EXPORT:
        return ()
    frozen = uv.FROZEN if locker.NAME == uv.NAME else {}
    checked = frozen[locked.checked_by_tool] if frozen else ""
    words = (*locker.EXPORT, *filter(None, (checked, *options.split())))
    return (*locker.PROGRAM, *words)


def check_possible(resolver: Resolver, change: Change, root: Path, below: str) -> None:
    """Refuse what no tool can do: only people edit the sources of compiled requirements.

    Args:
        below: the dir at `root`, relative to the repo's root.

    Raises:
        HelpersError: it does not; says which file of the dir to write.
    """
    _check(change)
    if change.pip and resolver.name != conda.NAME:
        raise HelpersError(
            f"{resolver.lock_file} has no pip part: every package of it comes from an index",
            where=dir_option(below),
            fix="the same without --pip",
        )
    if change.paths and resolver.name == conda.NAME:
        line = f"-e {_way(below, change.paths[0])}"
        raise HelpersError(
            f"packages by path stand in the pip part of {resolver.source}",
            where=f"{change.action} of {resolver.lock_file}",
            fix=f"write  - {line}  below pip: in {shlex.quote(path_below(below, resolver.source))}",
        )
    if not resolver.sources or (change.action in _COMPILING and not change.group):
        return
    where = pip.SOURCE_FILE if change.group else pip.source_of(root)
    at = dir_option(below)
    if change.action is Action.ADD:
        lines = [*change.packages, *(f"-e {_way(below, path)}" for path in change.paths)]
        fix = add_packages(root, below, Kind.REQUIREMENTS, lines, dev=bool(change.group))
    elif change.action is Action.OUTDATED:
        fix = f"i dependency_update {at}   (takes newer versions)"
    else:
        fix = f"edit {shlex.quote(path_below(below, where))}, then  i dependency_lock {at}"
    raise HelpersError(
        f"what {where} asks for is changed in {where} itself",
        where=f"{change.action} of {resolver.lock_file}",
        fix=fix,
    )


def _way(below: str, path: str) -> str:
    """A folder, named relative to the repo's root, as one seen from a dir."""
    return posixpath.relpath(path, below)


def _compile_command(resolver: Resolver, change: Change) -> tuple[str, ...]:
    newer = [] if change.action is Action.LOCK else uv.update_words(change.packages)
    # For every platform, as other lock files are; which index answered is not named.
    words = ("pip", "compile", *uv.ALWAYS, "--quiet", "--universal", "--generate-hashes")
    output = ("--no-header", f"--output-file={resolver.lock_file}")
    return (*uv.PROGRAM, *words, *output, *newer, *resolver.sources)


_EDITING = (Action.ADD, Action.REMOVE)
# What can be done for requirements that are compiled.
_COMPILING = (Action.LOCK, Action.UPDATE)


def _check(change: Change) -> None:
    if change.action in _EDITING and not (change.packages or change.paths):
        raise HelpersError(
            f"nothing to {change.action}: name a package, of an index or of the repo",
            fix='--package "requests>=2", or --path libs/text',
        )
    for name in change.packages:
        if name.startswith("-") or not name.strip():
            raise HelpersError(f"{name!r} is no package", fix='--package "requests>=2"')
    if change.group.startswith("-"):
        raise HelpersError(
            f"{change.group!r} is not the name of a dependency group", fix="--group dev"
        )


def _nothing_to_lock(root: Path) -> HelpersError:
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
