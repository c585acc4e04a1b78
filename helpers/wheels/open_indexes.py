"""The indexes that one command takes code from.

Most images' code comes from none: what asks an index is imported where one is opened.
"""

import threading
from functools import partial
from typing import TYPE_CHECKING

from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.packages.index import PackageIndex, choose_index
from helpers.model.repo import Repo
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.system.host import Host

if TYPE_CHECKING:
    from helpers.registry.credentials import Credentials
    from helpers.wheels.open_index import OpenIndex


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
    login: "Credentials | None" = None


class Indexes:
    """Opens indexes, and holds the wheels that were found there until they are installed."""

    def __init__(self, host: Host, listen: Listener, wanted: WantedIndex | None = None) -> None:
        """Keep what is needed; nothing is asked yet."""
        self.host = host
        self._listen, self._wanted = listen, wanted or WantedIndex()
        self._opened: dict[PackageIndex, OpenIndex] = {}
        self._contents: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def open(self, repo: Repo, named: str, setting: str) -> "OpenIndex":
        """The index that is meant.

        Args:
            named: the one that the dir's settings name; empty: none.
            setting: those settings, for messages.

        Raises:
            HelpersError: there is none, or it is not clear which.
        """
        from helpers.images.installing.access import open_access
        from helpers.registry.index_logins import find_login
        from helpers.wheels.open_index import OpenIndex

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
