"""A dir's inputs as a tree of their own, which its test container sees instead of the repo.

What is not an input is not there, so no test can depend on it. Files are copies: what tests write
to them never reaches the work tree. A view belongs to one container and is brought up to date
before each of its runs; `manifest.json` beside the tree says what was put there.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from helpers.containers.plan import VIEW_IN_CONTAINER, VIEW_OWN
from helpers.system.files import write_atomic
from helpers.vcs.git import hash_as_git
from helpers.vcs.snapshot import LINK, blob_id

OUT = f"{VIEW_OWN}/out"
_CACHES = ("__pycache__", ".pytest_cache")
_EXECUTABLE = "100755"

# Device, inode, size, time of change of content and of anything: equal, so unchanged.
_Signature = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a view was filled with.

    Attributes:
        exact: every file had the content that the snapshot says.
        signatures: of the work tree's files, to tell whether they change later.
    """

    exact: bool
    signatures: Mapping[str, _Signature | None]


@dataclass(frozen=True, slots=True)
class View:
    """A folder of the toolchain's with the tree in it."""

    root: Path

    @property
    def tree(self) -> Path:
        """What the container sees as the repo's root."""
        return self.root / "tree"

    @property
    def out(self) -> Path:
        """Where the container's part of the toolchain writes."""
        return self.tree / OUT

    def make(self, in_container: Path) -> None:
        """Make it with what a container needs to start, and none of the files.

        Raises:
            OSError: it cannot be written.
        """
        self.out.mkdir(parents=True)
        self._own_files(in_container, {})

    def fill(
        self, repo: Path, files: Mapping[str, str], in_container: Path, extra: Mapping[str, Path]
    ) -> Filled:
        """Bring the tree up to date: the files are there, and nothing else.

        Args:
            files: paths relative to the repo, and what the snapshot says of their content.
            in_container: the folder with the container's part of the toolchain.
            extra: further files, by where they are put below the toolchain's own folder.

        Raises:
            OSError: the disk is full, or a folder cannot be written.
        """
        known = self._manifest()
        self._sweep(files.keys(), known)
        manifest: dict[str, list[object]] = {}
        signatures: dict[str, _Signature | None] = {}
        exact, folders = True, {""}
        for name, content in files.items():
            folder = name.rpartition("/")[0]
            if folder not in folders:
                (self.tree / folder).mkdir(parents=True, exist_ok=True)
                folders.add(folder)
            signatures[name] = _signature(repo / name)
            if known.get(name, [""])[0] != content:
                exact = _copy(repo, name, content, self.tree / name) and exact
            manifest[name] = [content, _signature(self.tree / name)]
        self._own_files(in_container, extra)
        write_atomic(self.root / "manifest.json", json.dumps(manifest))
        return Filled(exact, signatures)

    def take_written(self, names: Mapping[str, str], target: Path) -> list[str]:
        """Move what tests wrote to another folder, caches apart; their paths, sorted.

        Args:
            names: the files that the tree was filled with.
        """
        known = self._manifest()
        written = []
        for name in self._files():
            parts = name.split("/")
            if parts[0] == VIEW_OWN or any(part in _CACHES for part in parts):
                continue
            if name in names and known.get(name, ["", None])[1] == _listed(self.tree / name):
                continue
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.tree / name, target / name)
            written.append(name)
        return sorted(written)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _manifest(self) -> dict[str, list[object]]:
        try:
            found = json.loads((self.root / "manifest.json").read_text())
            return found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            return {}

    def _sweep(self, wanted: Set[str], known: dict[str, list[object]]) -> None:
        """Remove what is not wanted, and what differs from what was put there.

        Args:
            known: what was put there; entries that are no longer true are removed.
        """
        self.tree.mkdir(parents=True, exist_ok=True)
        seen = set()
        for name in self._files():
            if name.startswith(f"{VIEW_OWN}/"):
                continue
            if name not in wanted or known.get(name, ["", None])[1] != _listed(self.tree / name):
                (self.tree / name).unlink()
                known.pop(name, None)
            else:
                seen.add(name)
        for name in [name for name in known if name not in seen]:
            del known[name]
        self._remove_empty_folders()
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)

    def _files(self) -> Iterator[str]:
        """Everything below the tree that is no folder; compiled files of Python are passed over."""
        waiting = [""]
        while waiting:
            below = waiting.pop()
            with os.scandir(self.tree / below) as entries:
                for entry in entries:
                    name = f"{below}/{entry.name}" if below else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != "__pycache__":
                            waiting.append(name)
                    else:
                        yield name

    def _remove_empty_folders(self) -> None:
        own = self.tree / VIEW_OWN
        for name, _, _ in os.walk(self.tree, topdown=False):
            folder = Path(name)
            if folder == self.tree or folder.is_relative_to(own):
                continue
            if folder.name == "__pycache__":
                # What is in it may be of another source of the same size and time, or a test's own.
                shutil.rmtree(folder, ignore_errors=True)
            elif folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _own_files(self, in_container: Path, extra: Mapping[str, Path]) -> None:
        sources = {f"{VIEW_IN_CONTAINER}/{path.name}": path for path in in_container.iterdir()}
        sources |= {f"{VIEW_OWN}/{name}": path for name, path in extra.items()}
        for name, source in sources.items():
            target = self.tree / name
            if source.is_file() and not _same_file(source, target):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)


def changed_meanwhile(repo: Path, filled: Filled) -> list[str]:
    """The files of the work tree that changed since a view was filled from them, sorted."""
    seen = filled.signatures.items()
    return sorted(name for name, before in seen if _signature(repo / name) != before)


def _copy(repo: Path, name: str, content: str, target: Path) -> bool:
    """Copy a file; whether it has the content that the snapshot says."""
    source = repo / name
    mode, _, oid = content.partition(" ")
    target.unlink(missing_ok=True)
    try:
        if mode == LINK:
            target.symlink_to(os.readlink(source))  # noqa: PTH115 - as it is written
            return True
        data = source.read_bytes()
    except OSError:
        return False
    with target.open("xb") as file:
        file.write(data)
        os.fchmod(file.fileno(), 0o755 if mode == _EXECUTABLE else 0o644)
    if blob_id(data, oid) == oid:
        return True
    # Filters (line ends, LFS) make git store something else than what is on the disk.
    return hash_as_git(repo, name, data) == oid


def _signature(path: Path) -> _Signature | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _listed(path: Path) -> list[int] | None:
    """A signature as JSON gives it back."""
    found = _signature(path)
    return list(found) if found else None


def _same_file(source: Path, target: Path) -> bool:
    try:
        there, here = source.stat(), target.stat()
    except OSError:
        return False
    return (there.st_size, there.st_mtime_ns) == (here.st_size, here.st_mtime_ns)


def names_of(names: Sequence[str], most: int = 3) -> str:
    """A few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
