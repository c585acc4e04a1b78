"""An index whose pages and files are asked for once."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from helpers.model.names import digest_of
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.registry.access import Access
from helpers.registry.credentials import Credentials
from helpers.registry.package_index import IndexClient
from helpers.system.lease import WORKING_FOLDER

# Below the working folder: wheels that were installed before, each in a folder named by its hash.
KEPT_WHEELS = "published_wheels"


class OpenIndex(IndexClient):
    """An index that says the same as long as a command runs."""

    def __init__(
        self,
        index: PackageIndex,
        access: Access,
        find_login: Callable[[], Credentials | None],
        contents: dict[str, bytes],
    ) -> None:
        """Keep what is needed; nothing is asked yet.

        Args:
            contents: of files, by hash; what is read is added.
        """
        super().__init__(index, access, find_login)
        self._contents = contents
        self._pages: dict[str, dict[str, IndexFile]] = {}

    def files(self, project: str) -> dict[str, IndexFile]:
        """What the index had of a project when it was first asked."""
        if project not in self._pages:
            # Of two that ask at the same time, both get the first answer.
            self._pages.setdefault(project, super().files(project))
        return self._pages[project]

    def content(self, file: IndexFile, root: Path) -> tuple[str, bytes]:
        """A file's hash and content: as an earlier command kept it, or from the index.

        Args:
            root: the repo's, below which files are kept.

        Raises:
            RegistryError: the index refuses, or the file is not what the index says.
        """
        said = file.hashes.get("sha256", "")
        content = self._contents.get(said) or _kept(root, said)
        if content is None:
            content = self.download(file)
        found = hashlib.sha256(content).hexdigest()
        self._contents[found] = content
        return found, content


def kept_file(above: Path, sha256: str) -> Path:
    """Where a wheel is kept for later commands, under no name that an index gave it.

    Args:
        above: the folder of all.
    """
    return above / digest_of(sha256, 24) / "wheel"


def _kept(root: Path, sha256: str) -> bytes | None:
    try:
        content = kept_file(root / WORKING_FOLDER / KEPT_WHEELS, sha256).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None
