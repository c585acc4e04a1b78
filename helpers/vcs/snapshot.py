"""The content of a repo's files: of the work tree as it is, or of a commit as it is checked out.

A file's content is what whoever opens it reads, not what git stores of it.
"""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.vcs.bring import bring_commit
from helpers.vcs.content_ids import ContentIds, algorithm_of, blob_id, read_id
from helpers.vcs.conversions import checked_out, converted_at_checkout, ids_as_git_stores
from helpers.vcs.files import UNTRACKED
from helpers.vcs.git import (
    EXECUTABLE,
    LINK,
    PLAIN,
    SUBMODULE,
    git_content,
    git_names,
    setting,
)
from helpers.vcs.refs import find_commit
from helpers.vcs.submodules import checkouts

# Processes of git, where there are many submodules.
_AT_ONCE = 12
_CACHES = {"__pycache__", ".pytest_cache"}
# Of a commit: the content is not known, since a filter is missing or fails.
_UNKNOWN = "?"
# No file monitor and no cache says what is there: the disk does.
_LOOK = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false")
_OTHERS = (*_LOOK, *UNTRACKED)

# Path relative to the repo's root -> `<mode> <id of the content>`.
Snapshot = dict[str, str]


def read_work_tree(root: Path, *, keep: bool = False) -> Snapshot:
    """The files of a repo as they are on the disk: tracked, or untracked and not ignored.

    Those of submodules that are checked out are among them.

    Args:
        keep: what was read for the next time, in a file; otherwise nothing is written.

    Raises:
        ProcessError: git fails.
        OSError: a file cannot be read.
    """
    ids = ContentIds(root)
    places = checkouts(root)
    # Git answers of all checkouts while we read what was remembered.
    with ThreadPoolExecutor(min(3 * len(places), _AT_ONCE)) as pool:
        asked = [
            (
                pool.submit(git_names, root / place, "ls-files", "-z", "--stage"),
                pool.submit(git_names, root / place, *_OTHERS),
                pool.submit(setting, root / place, "--type=bool", "core.fileMode"),
            )
            for place in places
        ]
        ids.load()
        found: Snapshot = {}
        for place, (tracked, untracked, modes) in zip(places, asked, strict=True):
            # Modes do not count on file systems where every file can be executed.
            trusts = modes.result() != "false"
            reader = _Reader(str(root), "" if place == "." else f"{place}/", ids, trusts)
            found |= reader.read_all(tracked.result(), untracked.result())
    if keep:
        ids.keep(found)
    return found


def read_work_tree_as_stored(root: Path) -> Snapshot:
    """The files as they are on the disk, with the ids that git gives to what it would store.

    Raises:
        ProcessError: git fails, or a filter does.
        OSError: a file cannot be read.
    """
    found = read_work_tree(root)
    for checkout in checkouts(root):
        prefix = "" if checkout == "." else f"{checkout}/"
        inner = tuple(f"{name}/" for name in checkouts(root / checkout) if name != ".")
        own = [path.removeprefix(prefix) for path in found if path.startswith(prefix)]
        names = [name for name in own if not name.startswith(inner)]
        plain = [name for name in names if not found[prefix + name].startswith(LINK)]
        for name, stored in ids_as_git_stores(root / checkout, plain).items():
            mode = found[prefix + name].partition(" ")[0]
            found[prefix + name] = f"{mode} {stored}"
    return found


def copy_file(root: Path, name: str, content: str, target: Path) -> bool:
    """Copy a file with its mode; whether it is what a snapshot says, and there at all.

    Args:
        content: what the snapshot says of it.
        target: where nothing is yet.

    Raises:
        OSError: the copy cannot be written.
    """
    mode, _, said = content.partition(" ")
    try:
        if mode == LINK:
            leads = os.readlink(root / name)  # noqa: PTH115 - as it is written
            target.symlink_to(leads)
            return blob_id(os.fsencode(leads), algorithm_of(said)) == said
        source = os.open(root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    with os.fdopen(source, "rb") as file, target.open("xb") as copy:
        found = read_id(file, algorithm_of(said), copy)
        os.fchmod(copy.fileno(), 0o755 if mode == EXECUTABLE else 0o644)
    return found == said


@dataclass(slots=True)
class CommitFiles:
    """The files of a commit, and of the submodules that it records.

    Attributes:
        contents: of each file, what a checkout of the commit writes.
    """

    contents: Snapshot = field(default_factory=dict)
    _converted: set[str] = field(default_factory=set)
    _checkouts: dict[str, tuple[Path, str]] = field(default_factory=dict)

    def read(self, name: str) -> bytes:
        """The content of a file, or where a link leads.

        Raises:
            ProcessError: git has no such content.
        """
        prefix = max((one for one in self._checkouts if name.startswith(one)), key=len)
        folder, commit = self._checkouts[prefix]
        if name not in self._converted:
            return git_content(folder, self.contents[name].partition(" ")[2])
        path = name.removeprefix(prefix)
        return checked_out(folder, commit, [path], Path.read_bytes).get(path, b"")

    def add(self, folder: Path, commit: str, prefix: str) -> None:
        """Add the files of a checkout's commit, whose names start with the prefix.

        Raises:
            HelpersError: a submodule that is checked out lacks the commit that is recorded.
            ProcessError: git fails.
        """
        self._checkouts[prefix] = (folder, commit)
        files: Snapshot = {}
        # Of each entry two words and a path: lists of them would cost more than all else here.
        for entry in git_names(folder, "ls-tree", "-r", "-z", "--full-tree", commit):
            said, _, path = entry.partition("\t")
            mode, _, oid = said.rpartition(" ")
            if not mode.startswith(SUBMODULE):
                files[path] = f"{mode[:6]} {oid}"
            elif (folder / path / ".git").exists():
                _check_has(folder / path, oid, prefix + path)
                self.add(folder / path, oid, f"{prefix}{path}/")
        converted = _converted(folder, commit, files)
        self._converted |= {prefix + path for path in converted}
        files |= converted
        self.contents |= {prefix + path: said for path, said in files.items()} if prefix else files


def read_commit(root: Path, commit: str) -> CommitFiles:
    """The files of a repo as a checkout of a commit has them; those of submodules as it records.

    Raises:
        HelpersError: a submodule that is checked out lacks the commit that is recorded.
        ProcessError: git fails.
    """
    found = CommitFiles()
    found.add(root, commit, "")
    return found


def _converted(folder: Path, commit: str, files: Snapshot) -> Snapshot:
    """What a checkout writes, of those files that git converts."""
    plain = [path for path, said in files.items() if not said.startswith(LINK)]
    changed = converted_at_checkout(folder, commit, plain)
    if not changed:
        return {}
    algorithm = algorithm_of(files[changed[0]].partition(" ")[2])
    ids = checked_out(folder, commit, changed, lambda file: blob_id(file.read_bytes(), algorithm))
    return {p: f"{files[p].partition(' ')[0]} {ids.get(p, _UNKNOWN)}" for p in changed}


def _check_has(folder: Path, commit: str, name: str) -> None:
    if not find_commit(folder, commit):
        raise HelpersError(
            f"the submodule {name} lacks the commit {commit[:12]} that was recorded for it",
            where=str(folder),
            fix=bring_commit(folder, commit, str(folder)),
        )


@dataclass(slots=True)
class _Reader:
    """Reads the files of a checkout.

    Attributes:
        prefix: what their names start with, relative to the root.
        trusts_modes: the disk says which files can be executed; otherwise the index does.
    """

    root: str
    prefix: str
    ids: ContentIds
    trusts_modes: bool
    _algorithm: str = "sha1"
    _real: dict[str, bool] = field(default_factory=lambda: {"": True})

    def read_all(self, tracked: list[str], untracked: list[str]) -> Snapshot:
        """Mode and id of every file that is there.

        Args:
            tracked: the entries of git's index.
            untracked: what git neither keeps nor ignores.
        """
        for entry in tracked[:1]:
            self._algorithm = algorithm_of(entry.partition("\t")[0].split(" ")[1])
        found: Snapshot = {}
        for entry in tracked:
            said, _, path = entry.partition("\t")
            mode = said[: len(PLAIN)]
            if mode != SUBMODULE:
                self._read(self.prefix + path, mode, found)
        for path in untracked:
            if _counts(path):
                self._read(self.prefix + path, PLAIN, found)
        return found

    def _read(self, name: str, mode: str, into: Snapshot) -> None:
        """Add mode and id of a file as it is, if it is there.

        Args:
            mode: as the index has it.
        """
        try:
            # What stands behind a link is no file of this path's, though it can be opened.
            folder = name.rpartition("/")[0]
            if not (self._real.get(folder) or self._is_real(folder)):
                return
            place = f"{self.root}/{name}"
            found = os.lstat(place)
            if stat.S_ISLNK(found.st_mode):
                target = os.fsencode(os.readlink(place))  # noqa: PTH115 - as it is written
                into[name] = f"{LINK} {blob_id(target, self._algorithm)}"
            elif stat.S_ISREG(found.st_mode):
                if self.trusts_modes:
                    mode = EXECUTABLE if found.st_mode & stat.S_IXUSR else PLAIN
                elif mode != EXECUTABLE:
                    mode = PLAIN
                into[name] = f"{mode} {self.ids.of(name, found, self._algorithm)}"
        except (FileNotFoundError, NotADirectoryError):
            return

    def _is_real(self, folder: str) -> bool:
        """Whether no link leads to a folder."""
        known = self._real.get(folder)
        if known is None:
            above = self._is_real(folder.rpartition("/")[0])
            known = above and not os.path.islink(f"{self.root}/{folder}")  # noqa: PTH114 - fast
            self._real[folder] = known
        return known


def _counts(path: str) -> bool:
    """Whether an untracked path is a file of the repo's."""
    # A path that ends in `/` is a repo of its own that is no submodule. Caches of Python are made
    # again from what counts, also where a repo forgot to ignore them.
    return not path.endswith("/") and not _CACHES & set(path.split("/"))
