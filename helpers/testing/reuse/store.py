"""Where passes are kept: a folder of the repo's own, and one that is shared.

An entry's name is its key, a hash of all that decided the result, so an entry is never out of
date. What is written is complete at once: no reader sees half of it.
"""

import json
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.names import digest_of
from helpers.model.results.results import DirResult
from helpers.system.files import write_atomic
from helpers.system.lease import working_folder
from helpers.testing.reuse.result_json import result_as_json, result_from_json

if TYPE_CHECKING:
    import fsspec

_FOLDER = "results"
_KEPT_SECONDS = 30 * 24 * 3600
_DAY = 24 * 3600
_NAME_LETTERS = 32
_URL = re.compile(r"^[a-z][a-z0-9+.-]+://")


class PassStore(Protocol):
    """A place with entries by their keys."""

    def read(self, key: str) -> str | None:
        """The entry; None where there is none."""
        ...

    def write(self, key: str, text: str) -> None:
        """Keep an entry."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder, of the repo or shared by several machines."""

    folder: Path

    def read(self, key: str) -> str | None:
        """The entry; None where there is none."""
        try:
            return (self.folder / key[:2] / key).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, key: str, text: str) -> None:
        """Keep an entry.

        Raises:
            OSError: it cannot be written.
        """
        path = self.folder / key[:2] / key
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text, durable=False)


@dataclass(frozen=True, slots=True)
class UrlStore:
    """A bucket, or whatever else fsspec knows by its URL."""

    url: str

    def read(self, key: str) -> str | None:
        """The entry; None where there is none.

        Raises:
            HelpersError: the place cannot be reached.
        """
        files = self._files()
        try:
            with files.open(self._path(key), "r", encoding="utf-8") as file:
                return str(file.read())
        except FileNotFoundError:
            return None
        except Exception as error:  # each of its file systems raises errors of its own
            raise self._unreachable(error) from error

    def write(self, key: str, text: str) -> None:
        """Keep an entry.

        Raises:
            HelpersError: the place cannot be reached, or does not let us write.
        """
        files = self._files()
        path = self._path(key)
        try:
            files.makedirs(path.rpartition("/")[0], exist_ok=True)
            # Beside, then moved, as far as the file system can: on a bucket an object is whole.
            with files.transaction, files.open(path, "w", encoding="utf-8") as file:
                file.write(text)
        except Exception as error:  # each of its file systems raises errors of its own
            raise self._unreachable(error) from error

    def _files(self) -> "fsspec.AbstractFileSystem":
        import fsspec

        try:
            return fsspec.filesystem(self.url.partition("://")[0])
        except (ImportError, ValueError) as error:
            raise self._unreachable(error) from error

    def _path(self, key: str) -> str:
        return f"{self.url.rstrip('/')}/{key[:2]}/{key}"

    def _unreachable(self, error: Exception) -> HelpersError:
        return HelpersError(
            f"the store of results cannot be used: {error or type(error).__name__}",
            where=self.url,
            fix="leave --reuse-from out, or make it reachable",
        )


@dataclass(slots=True)
class PassStores:
    """The passes that a run may show again, and where it records its own.

    Attributes:
        shared: the store of others, with the name that the user gave it.
        write_shared: whether to record there too.
    """

    own: FolderStore
    shared: PassStore | None = None
    shared_name: str = ""
    write_shared: bool = False

    def find(self, key: str, name: str) -> DirResult | None:
        """The pass of a dir that was recorded under a key; None where there is none.

        Raises:
            HelpersError: the shared store cannot be reached.
        """
        text = self.own.read(key)
        found = result_from_json(text, name, "") if text else None
        if found or not self.shared:
            return found
        text = self.shared.read(key)
        return result_from_json(text, name, self.shared_name) if text else None

    def keep(self, key: str, result: DirResult, run: str, ended: str) -> None:
        """Record a pass.

        Raises:
            HelpersError: the shared store cannot be written.
            OSError: the repo's own cannot.
        """
        text = result_as_json(result, run, ended)
        self.own.write(key, text)
        if self.shared and self.write_shared:
            self.shared.write(key, text)

    def last(self, name: str) -> dict[str, str]:
        """What decided the pass of a dir that was recorded last; empty where there is none."""
        text = self._lasts.read(digest_of(name, _NAME_LETTERS))
        try:
            return {str(part): str(digest) for part, digest in load_json(text or "{}").items()}
        except (ValueError, AttributeError):
            return {}

    def keep_last(self, name: str, parts: Mapping[str, str]) -> None:
        """Remember what decided a pass, for what is said when the dir runs again.

        Raises:
            OSError: it cannot be written.
        """
        self._lasts.write(digest_of(name, _NAME_LETTERS), json.dumps(dict(parts)))

    @property
    def _lasts(self) -> FolderStore:
        return FolderStore(self.own.folder / "last")

    def tidy(self, used: set[str]) -> None:
        """Forget, once a day, what no run asked for in a month.

        Args:
            used: the keys that this run found.
        """
        mark = self.own.folder / "tidied"
        now = time.time()
        if mark.exists() and now - mark.stat().st_mtime < _DAY:
            return
        for key in used:
            with suppress(OSError):
                os.utime(self.own.folder / key[:2] / key)
        remove_results(self.own.folder, now - _KEPT_SECONDS)
        self.own.folder.mkdir(exist_ok=True)
        mark.touch()


def open_results(repo: Path, shared: str = "", *, write_shared: bool = False) -> PassStores:
    """The stores of a run.

    Args:
        shared: a folder, absolute, or a URL; empty: none.
    """
    own = FolderStore(results_folder(repo))
    if not shared:
        return PassStores(own)
    store = UrlStore(shared) if _URL.match(shared) else FolderStore(Path(shared))
    return PassStores(own, store, shared, write_shared)


def results_folder(repo: Path) -> Path:
    """Where a repo keeps its own passes."""
    return working_folder(repo) / _FOLDER


def remove_results(folder: Path, before: float) -> int:
    """Forget the passes that were recorded, and last used, before a time; how many there were.

    Args:
        before: seconds since 1970.
    """
    removed = 0
    for path in folder.glob("??/*"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed
