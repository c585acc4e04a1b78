"""A dir's inputs as a tree of their own, which its test container sees instead of the repo.

What is not an input is not there, so no test can depend on it. Files are copies: what tests write
to them never reaches the work tree. A view belongs to one container and is brought up to date
before each of its runs; `manifest.json` beside the tree says what was put there.
"""

import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

from helpers.containers.plan import VIEW_IN_CONTAINER, VIEW_OWN
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.repo import Repo
from helpers.system.files import write_atomic
from helpers.system.lease import working_folder
from helpers.vcs.snapshot import copy_file

OUT = f"{VIEW_OWN}/out"
_FOLDER_MODE = 0o755
_CACHES = ("__pycache__", ".pytest_cache")

# Device, inode, size, time of change of content and of anything: equal, so unchanged.
_Signature = tuple[int, int, int, int, int]


def views_folder(repo: Repo) -> Path:
    """Where the views of a repo's containers are."""
    folder = working_folder(repo.root) / "views"
    folder.mkdir(exist_ok=True)
    return folder


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

    def make(self, in_container: Path, directory: str) -> None:
        """Make it with what a container needs to start, and none of the files.

        Args:
            directory: where the container starts, relative to the repo. The engine would make it
                as root, in a folder that is the user's.

        Raises:
            OSError: it cannot be written.
        """
        self._make_folder(OUT)
        self._make_folder(directory)
        # In the manifest, so that `fill` leaves them: the container may be about to read them.
        self._keep_manifest(self._put_own(_own_files(in_container, {}), {}))

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
        own = _own_files(in_container, extra)
        self._sweep(files.keys() | own.keys(), known)
        manifest: dict[str, list[object]] = {}
        signatures: dict[str, _Signature | None] = {}
        exact = True
        for folder in {name.rpartition("/")[0] for name in files}:
            self._make_folder(folder)
        for name, content in files.items():
            signatures[name] = _signature(repo / name)
            if known.get(name, [""])[0] != content:
                (self.tree / name).unlink(missing_ok=True)
                if not copy_file(repo, name, content, self.tree / name):
                    exact = False
                    continue
            manifest[name] = [content, _signature(self.tree / name)]
        self._keep_manifest(manifest | self._put_own(own, known))
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

    def _put_own(
        self, own: Mapping[str, Path], known: Mapping[str, list[object]]
    ) -> dict[str, list[object]]:
        """Copy the toolchain's part, as far as it differs from what is known to be there."""
        put: dict[str, list[object]] = {}
        for name, source in own.items():
            present = repr(_signature(source))
            if known.get(name, [""])[0] != present:
                self._make_folder(name.rpartition("/")[0])
                (self.tree / name).unlink(missing_ok=True)
                shutil.copy2(source, self.tree / name)
            put[name] = [present, _signature(self.tree / name)]
        return put

    def _keep_manifest(self, manifest: Mapping[str, list[object]]) -> None:
        write_atomic(self.root / "manifest.json", json.dumps(manifest), durable=False)

    def _manifest(self) -> dict[str, list[object]]:
        try:
            found = load_json((self.root / "manifest.json").read_text())
            return found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            return {}

    def _sweep(self, wanted: Set[str], known: dict[str, list[object]]) -> None:
        """Remove what is not wanted, and what differs from what was put there.

        Args:
            known: what was put there; entries that are no longer true are removed.
        """
        self._make_folder("")
        shutil.rmtree(self.out, ignore_errors=True)
        seen = set()
        # Byte code goes, too: tests can write it, and Python uses it for any source of the same
        # size and time.
        for name in self._files():
            if name not in wanted or known.get(name, ["", None])[1] != _listed(self.tree / name):
                (self.tree / name).unlink()
            else:
                seen.add(name)
        for name in known.keys() - seen:
            del known[name]
        self._remove_empty_folders()
        self._make_folder(OUT)

    def _files(self) -> Iterator[str]:
        """Everything below the tree that is no folder; folders get back the mode that they had."""
        waiting = [""]
        while waiting:
            below = waiting.pop()
            _set_mode(self.tree / below)
            with os.scandir(self.tree / below) as entries:
                for entry in entries:
                    name = f"{below}/{entry.name}" if below else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(name)
                    else:
                        yield name

    def _remove_empty_folders(self) -> None:
        for name, _, _ in os.walk(self.tree, topdown=False):
            folder = Path(name)
            if folder != self.tree and not any(folder.iterdir()):
                folder.rmdir()

    def _make_folder(self, name: str) -> None:
        """Make a folder of the tree and those above it; the umask of the user is not seen."""
        folder = self.tree / name
        if not folder.is_dir():
            if name:
                self._make_folder(name.rpartition("/")[0])
            folder.mkdir(parents=True)
            folder.chmod(_FOLDER_MODE)


def _own_files(in_container: Path, extra: Mapping[str, Path]) -> dict[str, Path]:
    """The toolchain's part of a view: where each of its files is put, and where it comes from."""
    sources = {f"{VIEW_IN_CONTAINER}/{path.name}": path for path in in_container.iterdir()}
    sources |= {f"{VIEW_OWN}/{name}": path for name, path in extra.items()}
    return {name: source for name, source in sources.items() if source.is_file()}


def changed_meanwhile(repo: Path, filled: Filled) -> list[str]:
    """The files of the work tree that changed since a view was filled from them, sorted."""
    seen = filled.signatures.items()
    return sorted(name for name, before in seen if _signature(repo / name) != before)


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


def _set_mode(folder: Path) -> None:
    if stat.S_IMODE(folder.lstat().st_mode) != _FOLDER_MODE:
        folder.chmod(_FOLDER_MODE)
