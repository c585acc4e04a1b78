"""Paths that files of a repo name, as they must read after a directory moved.

A path is replaced where it stands, so that the rest of a file stays byte for byte; then the file
is read again, and a change that does not make it say what it must is not made.
"""

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Mapping

from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.declared import Declared, read_pyproject, read_requirements
from helpers.lockers.project_lockers import PYPROJECT_LOCKERS
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.inputs import ROOT
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import dir_config_name
from helpers.model.settings.config import parse_dir_config
from helpers.vcs.git import LINK

# What stands around a path that is named, and not only a part of another.
_BEFORE, _AFTER = r"(?<![\w./-])", r"(?!\.?[\w/-])"
_REQUIREMENTS = re.compile(r"(?:.*/)?requirements(?:[^/]*|/[^/]+)\.(?:txt|in)")

# Gives the text of a file; its paths are relative to the repo's root.
Reader = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Move:
    """A directory that gets another name; both relative to the repo's root."""

    old: str
    new: str

    def of(self, path: str) -> str:
        """Where a path leads afterwards."""
        if is_inside(path, self.old):
            return self.new + path[len(self.old) :]
        return path


@dataclass(frozen=True, slots=True)
class References:
    """What becomes of the files that name paths.

    Attributes:
        changes: by the paths that the files have after the move.
        by_hand: a file and the path in it, for each that has to be changed by hand.
    """

    changes: tuple[FileChange, ...]
    by_hand: tuple[tuple[str, str], ...]


def move_references(inputs: RepoInputs, move: Move, read: Reader) -> References:
    """Adapt every file that names a path which the move changes."""
    changes: list[FileChange] = []
    by_hand: list[tuple[str, str]] = []
    for path, names in _files(inputs):
        before = read(path)
        named = names(before)
        outside = [name for name in named if _leads_out(path, name)]
        if move.of(path) != path:
            by_hand += [(move.of(path), name) for name in outside]
        wanted = _rewritten(path, [name for name in named if name not in outside], move)
        if not wanted:
            continue
        after = _replace(before, wanted)
        if sorted(names(after)) == sorted(wanted.get(name, name) for name in named):
            changes.append(FileChange(move.of(path), before, after))
        else:
            by_hand += [(move.of(path), name) for name in wanted]
    return References(tuple(changes), tuple(by_hand))


# Gives the paths that a text names.
_Names = Callable[[str], list[str]]


def _files(inputs: RepoInputs) -> Iterator[tuple[str, _Names]]:
    settings = {f"{name}/{dir_config_name()}".removeprefix("./") for name in inputs.tree.dirs}
    for path in inputs.snapshot:
        name = path.rpartition("/")[2]
        if path in settings:
            yield path, _depends_on
        elif name == PYPROJECT:
            yield path, _in_pyproject
        elif _REQUIREMENTS.fullmatch(path):
            yield path, _in_requirements


def _in_pyproject(text: str) -> list[str]:
    return _declared(read_pyproject(text))


def _in_requirements(text: str) -> list[str]:
    return _declared(read_requirements(text, ""))


def _declared(found: Declared) -> list[str]:
    return [path for _, path in (*found.paths, *found.path_sources)] + list(found.members)


def _depends_on(text: str) -> list[str]:
    try:
        # From the root's point of view, as the others are from their own folder's.
        return list(parse_dir_config(text, "").depends_on)
    except HelpersError:
        return []


def _leads_out(path: str, name: str) -> bool:
    """Whether a path that a file names is outside the repo."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    return target.startswith(("../", "/")) or target == ".."


def _rewritten(path: str, names: list[str], move: Move) -> Mapping[str, str]:
    """How the names in a file must read, of those that change."""
    if path.endswith(f"/{dir_config_name()}") or path == dir_config_name():
        before = after = ROOT
    else:
        before = posixpath.dirname(path) or ROOT
        after = posixpath.dirname(move.of(path)) or ROOT
    found = {}
    for name in names:
        target = posixpath.normpath(posixpath.join(before, name))
        written = posixpath.relpath(move.of(target), after)
        if written != posixpath.normpath(name):
            found[name] = _in_the_manner_of(name, written)
    return found


def _in_the_manner_of(name: str, written: str) -> str:
    """With `./` before it and `/` behind it where the old name had them."""
    before = "./" if name.startswith("./") and not written.startswith(".") else ""
    return f"{before}{written}{'/' if name.endswith('/') else ''}"


def _replace(text: str, names: Mapping[str, str]) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    pattern = _BEFORE + "(" + "|".join(re.escape(name) for name in longest_first) + ")" + _AFTER
    return re.sub(pattern, lambda found: names[found[1]], text)


def lock_again(inputs: RepoInputs, references: References, move: Move) -> Mapping[str, str]:
    """The command for each folder whose lock file is of another `pyproject.toml` afterwards."""
    there = {move.of(path) for path in inputs.snapshot}
    dirs = {move.of(name) for name in inputs.tree.dirs}
    found = {}
    for change in references.changes:
        folder, _, name = change.path.rpartition("/")
        for locker in PYPROJECT_LOCKERS:
            if name == PYPROJECT and posixpath.join(folder, locker.LOCK_FILE) in there:
                place = shlex.quote(folder or ROOT)
                runnable = (folder or ROOT) in dirs
                locks = (
                    f"i dependency_lock --dir {place}"
                    if runnable
                    else f"cd {place} && {locker.NAME} lock"
                )
                found[folder or ROOT] = locks
    return found


def moved_links(inputs: RepoInputs, move: Move, read_link: Reader) -> Mapping[str, str]:
    """Links that lead elsewhere or nowhere after the move, and what must be written in them."""
    found = {}
    for path, content in inputs.snapshot.items():
        written = read_link(path) if content.startswith(LINK) else ""
        if not written or written.startswith("/") or _leads_out(path, written):
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), written))
        now = posixpath.relpath(move.of(target), posixpath.dirname(move.of(path)) or ROOT)
        if now != posixpath.normpath(written):
            found[move.of(path)] = now
    return found
