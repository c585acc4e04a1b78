"""The content of a repo's files by their git ids: of the work tree as it is, or of a commit."""

import hashlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError
from helpers.vcs.bring import bring_commit
from helpers.vcs.git import checkouts, git

LINK = "120000"
_SUBMODULE = "160000"
_CACHES = {"__pycache__", ".pytest_cache"}
_EXECUTABLE, _PLAIN = "100755", "100644"
_STATUS = ("status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames")

# Path relative to the repo's root -> `<mode> <git id of the content>`.
Snapshot = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Dirty:
    """Where the disk differs from the index: paths that changed or are new, and that are gone."""

    changed: frozenset[str]
    gone: frozenset[str]


def read_work_tree(root: Path) -> Snapshot:
    """The files of a repo as they are on the disk: tracked, or untracked and not ignored.

    Those of submodules that are checked out are among them. Files that differ from the index are
    read; of all others git knows the content.

    Raises:
        ProcessError: git fails.
    """
    found: Snapshot = {}
    for checkout in checkouts(root):
        prefix = "" if checkout == "." else f"{checkout}/"
        found.update(_read_checkout(root / checkout, prefix))
    return found


def read_commit(root: Path, commit: str) -> Snapshot:
    """The files of a repo as a commit has them; those of submodules as it records them.

    Raises:
        HelpersError: a submodule that is checked out lacks the commit that is recorded.
        ProcessError: git fails.
    """
    return dict(_read_tree(root, commit, ""))


def _read_checkout(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    with ThreadPoolExecutor(1) as pool:
        status = pool.submit(git, folder, *_STATUS, "--ignore-submodules=all")
        listed = git(folder, "ls-files", "-z", "--stage", "-v")
        dirty = _read_status(status.result())
    ids = {}
    changed = set(dirty.changed)
    for entry in listed.split("\0"):
        head, _, path = entry.partition("\t")
        if not path:
            continue
        tag, mode, oid, _ = head.split(" ")
        if mode == _SUBMODULE:
            continue
        ids[path] = f"{mode} {oid}"
        if tag != "H":
            # Not looked at by git (skip-worktree, assume-unchanged), or in conflict.
            changed.add(path)
    algorithm = "sha256" if ids and len(next(iter(ids.values()))) > 50 else "sha1"
    for path in dirty.gone:
        ids.pop(path, None)
    for path in changed:
        present = _read_file(folder / path, algorithm)
        if present:
            ids[path] = present
        else:
            ids.pop(path, None)
    return ((prefix + path, content) for path, content in ids.items())


def _read_status(status: str) -> _Dirty:
    """The second letter of an entry says how the disk differs from the index."""
    changed, gone = set(), set()
    for entry in status.split("\0"):
        kind, _, rest = entry.partition(" ")
        if kind == "?":
            # A path that ends in `/` is a repo of its own that is no submodule. Caches of Python
            # are made again from what counts, also where a repo forgot to ignore them.
            if not rest.endswith("/") and not _CACHES & set(rest.split("/")):
                changed.add(rest)
        elif kind == "1":
            letters, *_, path = rest.split(" ", 7)
            if letters[1] == "D":
                gone.add(path)
            elif letters[1] != ".":
                changed.add(path)
        elif kind == "u":
            changed.add(rest.split(" ", 9)[-1])
    return _Dirty(frozenset(changed), frozenset(gone))


def _read_file(path: Path, algorithm: str) -> str:
    """Mode and git id of a file as it is; empty where there is none."""
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return f"{LINK} {_blob_id(os.fsencode(path.readlink()), algorithm)}"
        if not stat.S_ISREG(found.st_mode):
            return ""
        mode = _EXECUTABLE if found.st_mode & stat.S_IXUSR else _PLAIN
        return f"{mode} {_blob_id(path.read_bytes(), algorithm)}"
    except (FileNotFoundError, NotADirectoryError):
        return ""


def blob_id(content: bytes, like: str) -> str:
    """The id that git gives to content that no filter changes.

    Args:
        like: an id of the repo, which says what kind its ids are.
    """
    return _blob_id(content, "sha1" if len(like) == 40 else "sha256")


def _blob_id(content: bytes, algorithm: str) -> str:
    # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    head = f"blob {len(content)}\0".encode()
    return hashlib.new(algorithm, head + content, usedforsecurity=False).hexdigest()


def _read_tree(folder: Path, commit: str, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in git(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split("\0"):
        head, _, path = entry.partition("\t")
        if not path:
            continue
        mode, _, oid = head.split(" ")
        if mode != _SUBMODULE:
            yield prefix + path, f"{mode} {oid}"
        elif (folder / path / ".git").exists():
            yield from _read_submodule(folder / path, oid, f"{prefix}{path}")


def _read_submodule(folder: Path, commit: str, name: str) -> Iterator[tuple[str, str]]:
    try:
        git(folder, "cat-file", "-e", f"{commit}^{{commit}}")
    except ProcessError as error:
        raise HelpersError(
            f"the submodule {name} lacks the commit {commit[:12]} that was recorded for it",
            where=str(folder),
            mend=bring_commit(folder, commit, str(folder)),
        ) from error
    yield from _read_tree(folder, commit, f"{name}/")


def read_blob(root: Path, name: str, content: str) -> str:
    """The text of a file of a commit; empty where it is no text.

    Args:
        content: what the snapshot says of it.

    Raises:
        ProcessError: git has no such content.
    """
    checkout = max(
        (one for one in checkouts(root) if one == "." or name.startswith(f"{one}/")), key=len
    )
    return git(root / checkout, "cat-file", "blob", content.rpartition(" ")[2])
