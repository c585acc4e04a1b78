"""Code that two checkouts share and both changed: compared, and brought from one to the other."""

import os
import stat
from pathlib import Path

from helpers.managed_files.file_states import ABSENT, FileState, put_state, read_state
from helpers.model.checkouts.integration import (
    Difference,
    Row,
    Sides,
    below,
    compare,
    same_files,
)
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.numbers import counted
from helpers.model.shell_words import quoted
from helpers.sync.compare_repos import (
    TRAILER,
    RepoPart,
    find_part,
    read_authors,
    read_content,
    read_files,
)
from helpers.sync.last_integration import LastIntegration, find_last
from helpers.vcs.files import uncommitted
from helpers.vcs.git import EXECUTABLE, LINK
from helpers.vcs.merge_file import merge_contents
from helpers.vcs.snapshot import read_work_tree_as_stored
from helpers.vcs.submodules import checkouts

_PLAIN = 0o644
_ALL_MAY_RUN = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
_COMES_IN = "comes in"
_NOT_COMMITTED = "not committed"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a merge makes of one file.

    Attributes:
        content: None: the file goes, or stays as it is (`is_left`).
        mode: as git writes it.
        conflict: why somebody must decide; empty: nobody must.
        is_left: the file stays as it is.
    """

    path: str
    content: bytes | None = None
    mode: str = ""
    conflict: str = ""
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class Integration:
    """Two parts of checkouts compared.

    Attributes:
        same: how many files are the same.
        incoming: what bringing theirs here makes of files, in the order of rows.
    """

    here: RepoPart
    there: RepoPart
    last: LastIntegration
    rows: tuple[Row, ...]
    same: int
    incoming: tuple[Incoming, ...]

    @property
    def trailer(self) -> str:
        """The line of a commit message by which the next comparison finds this one."""
        folder = f" {self.here.folder}" if self.here.folder else ""
        return f"{TRAILER}: {self.there.head}{folder}"

    @property
    def conflicts(self) -> tuple[Incoming, ...]:
        """What somebody must decide."""
        return tuple(item for item in self.incoming if item.conflict)


def find_parts(root: Path, other: Path, subdir: str) -> tuple[RepoPart, RepoPart]:
    """What is compared: a folder here with the same there, or with the one that was named.

    Raises:
        HelpersError: there is no such folder, it is in no checkout, or both are the same.
    """
    if not (root / subdir).resolve().is_relative_to(root.resolve()):
        raise HelpersError(
            f"{subdir!r} is outside the repo", where=str(root), fix="name a folder of this repo"
        )
    named = other / subdir
    here = find_part(root / subdir)
    there = find_part(named if named.is_dir() else other)
    if (here.root, here.folder) == (there.root, there.folder):
        raise HelpersError(
            "this is the same checkout", where=str(there.root), fix="--other <another clone>"
        )
    return here, there


def integrate(here: RepoPart, there: RepoPart) -> Integration:
    """Compare two checkouts, and merge what was changed there since the last integration.

    Raises:
        HelpersError: history was cut off before the last integration.
    """
    last = find_last(here, there)
    sides = _read_sides(here, there, last)
    authors = _Authors(here, there, last)
    rows, incoming = [], []
    for difference in compare(sides):
        merged = _merge(here, there, difference)
        rows.append(authors.row(difference, merged))
        if difference.comes_in and not merged.is_left:
            incoming.append(merged)
    return Integration(here, there, last, tuple(rows), same_files(sides), tuple(incoming))


def overlap(found: Integration) -> list[FileChange]:
    """What the merge makes of files whose content here is not simply replaced, where it is text."""
    plain = {row.path for row in found.rows if row.merge == _COMES_IN}
    changes = []
    for item in found.incoming:
        before = None if item.path in plain else _read(found.here, item.path)
        try:
            if before is not None and item.content is not None:
                change = FileChange(item.path, before.decode(), item.content.decode())
                changes.append(change)
        except UnicodeDecodeError:
            continue  # no text, and therefore nothing to show
    return changes


def bring_here(found: Integration) -> None:
    """Write what the merge made into this checkout; nothing is committed.

    Raises:
        HelpersError: a file that would change is not committed; or the other checkout has changes
            that no commit has, so the next comparison could not tell what came in.
        OSError: a file cannot be written; those before it are.
    """
    here, there = found.here, found.there
    unsafe = sorted(uncommitted(there.root, [there.folder or "."]))
    if unsafe:
        raise HelpersError(
            f"the other checkout has changes that are not committed: {', '.join(unsafe)}",
            where=str(there.root),
            fix=f"git -C {quoted(there.root)} commit",
        )
    written = [
        (_in_checkout(here, item.path), item)
        for item in found.incoming
        if item.content is not None or not item.conflict
    ]
    paths = [path for path, _ in written if os.path.lexists(here.root / path)]
    unsafe = sorted({*uncommitted(here.root, paths, ignored=True)})
    if unsafe:
        raise HelpersError(
            f"not committed, and would be changed: {', '.join(unsafe)}",
            where=str(here.root),
            fix=f"git -C {quoted(here.root)} commit, or: git -C {quoted(here.root)} stash",
        )
    for path, item in written:
        put_state(here.root / path, _state(read_state(here.root / path), item))


def _state(before: FileState, item: Incoming) -> FileState:
    if item.content is None:
        return ABSENT
    if item.mode == LINK:
        return FileState(link=os.fsdecode(item.content))
    mode = before.mode or _PLAIN
    kept = bool(mode & stat.S_IXUSR) == (item.mode == EXECUTABLE)
    return FileState(item.content, mode if kept else mode ^ _ALL_MAY_RUN)


def _read_sides(here: RepoPart, there: RepoPart, last: LastIntegration) -> Sides:
    def then(part: RepoPart, commit: str) -> dict[str, str]:
        return below(read_files(here, there, commit), part.folder) if commit else {}

    base_is_ours = last.base == last.here
    return Sides(
        _read_now(here),
        _read_now(there),
        then(here, last.here),
        then(there, last.there),
        then(here if base_is_ours else there, last.base),
    )


def _read_now(part: RepoPart) -> dict[str, str]:
    inner = frozenset(checkouts(part.root)) - {"."}
    return below(read_work_tree_as_stored(part.root), part.folder, inner)


class _Authors:
    """Who changed what since the last integration, on both sides."""

    def __init__(self, here: RepoPart, there: RepoPart, last: LastIntegration) -> None:
        self._sides = [
            (
                part,
                read_authors(part, since),
                set(uncommitted(part.root, [part.folder or "."], ignored=True)),
            )
            for part, since in ((here, last.here), (there, last.there))
        ]

    def row(self, difference: Difference, merged: Incoming) -> Row:
        here, there = (self._of(number, difference.path) for number in (0, 1))
        return Row(difference.path, difference.changed, here, there, _said(difference, merged))

    def _of(self, number: int, path: str) -> tuple[str, ...]:
        part, authors, loose = self._sides[number]
        name = _in_checkout(part, path)
        return (*authors.get(name, ()), *((_NOT_COMMITTED,) if name in loose else ()))


def _said(difference: Difference, merged: Incoming) -> str:
    if not difference.comes_in or merged.is_left:
        return "stays"
    if merged.conflict:
        return f"conflict: {merged.conflict}"
    if merged.content is None:
        return "goes"
    return _COMES_IN if difference.here == difference.base else "merges"


def _merge(here: RepoPart, there: RepoPart, difference: Difference) -> Incoming:
    path = difference.path
    if not difference.comes_in:
        return Incoming(path, is_left=True)
    mode = difference.there.partition(" ")[0]
    if difference.here == difference.base:
        return Incoming(path, _read(there, path), mode)
    if not difference.there:
        if not difference.base:
            return Incoming(path, is_left=True)
        return Incoming(path, conflict="gone there, changed here")
    if not difference.here:
        return Incoming(path, conflict="gone here, changed there")
    ours, theirs = _read(here, path), _read(there, path)
    assert ours is not None
    assert theirs is not None
    own_mode = difference.here.partition(" ")[0]
    if LINK in (mode, own_mode):
        return Incoming(path, conflict="one of them is a link")
    base = read_content(here, there, difference.base) if difference.base else ""
    merged = merge_contents(base.encode(), ours, theirs, name=f"there ({there.head[:12]})")
    if merged is None:
        return Incoming(path, conflict="not a text file, so it cannot be merged")
    base_mode = difference.base.partition(" ")[0]
    kept = own_mode if mode == base_mode else mode
    said = counted(merged.conflicts, "part") if merged.conflicts else ""
    return Incoming(path, merged.content, kept, said, is_left=merged.content == ours)


def _read(part: RepoPart, path: str) -> bytes | None:
    """The content of a file as it is on the disk; of a link, where it leads."""
    file = part.root / part.folder / path
    if file.is_symlink():
        return os.fsencode(file.readlink())
    return file.read_bytes() if file.is_file() else None


def _in_checkout(part: RepoPart, path: str) -> str:
    return f"{part.folder}/{path}" if part.folder else path
