"""The indexes that one command takes code from: each page and each file is asked for once."""

import hashlib
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from helpers.images.installing.access import open_access
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.names import digest_of
from helpers.model.packages.index import IndexFile, PackageIndex, choose_index
from helpers.model.repo import Repo
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.registry.access import Access
from helpers.registry.credentials import Credentials
from helpers.registry.index_logins import find_login
from helpers.registry.package_index import IndexClient
from helpers.system.host import Host
from helpers.system.lease import WORKING_FOLDER

# Below the working folder: wheels that were installed before, each in a folder named by its hash.
KEPT_WHEELS = "published_wheels"


@dataclass(frozen=True, slots=True)
class WantedIndex:
    """What a user says of the index that code comes from.

    Attributes:
        name: empty: the dir's settings say it, or it is the only one.
        username: whose password is looked up.
        login: the one to use; None: it is looked up.
    """

    name: str = ""
    username: str = ""
    login: Credentials | None = None


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


class Indexes:
    """Opens indexes, and holds the wheels that were found there until they are installed."""

    def __init__(self, host: Host, listen: Listener, wanted: WantedIndex | None = None) -> None:
        """Keep what is needed; nothing is asked yet."""
        self.host = host
        self._listen, self._wanted = listen, wanted or WantedIndex()
        self._opened: dict[PackageIndex, OpenIndex] = {}
        self._contents: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def open(self, repo: Repo, named: str, setting: str) -> OpenIndex:
        """The index that is meant.

        Args:
            named: the one that the dir's settings name; empty: none.
            setting: those settings, for messages.

        Raises:
            HelpersError: there is none, or it is not clear which.
        """
        indexes, wanted = repo.config.indexes, self._wanted
        name = wanted.name or named
        publishes = not name and any(one.publish for one in indexes.values())
        index = choose_index(indexes, name, CONFIG_FILE_NAME, publishes=publishes, setting=setting)
        with self._lock:
            if index not in self._opened:
                access = open_access(repo, self.host, self._listen)
                find = partial(find_login, index, self.host, access, wanted.username)
                login = wanted.login
                how = (lambda: login) if login else find
                self._opened[index] = OpenIndex(index, access, how, self._contents)
            return self._opened[index]

    def held(self, sha256: str) -> bytes:
        """The content of a file that was found."""
        return self._contents[sha256]


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
