"""Who releases, from which checkout, and when."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.system.lease import WORKING_FOLDER, working_folder

if TYPE_CHECKING:
    from helpers.engine.client import Client


@dataclass(frozen=True, slots=True)
class Owner:
    """Who takes a lock.

    Attributes:
        key: the same for the same checkout alone, so that a release that was killed is resumed.
        name: for people.
    """

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Releaser:
    """What every release of a repo's images needs."""

    client: "Client"
    repo: Repo
    host: Host
    listen: Listener
    interrupted: Callable[[], bool] = lambda: False

    @property
    def owner(self) -> Owner:
        """Who releases from this checkout; the key is kept for the next release."""
        return read_owner(self.repo, self.host)


def read_owner(repo: Repo, host: Host, *, keep: bool = True) -> Owner:
    """Who releases from this checkout; the key stays the same as long as the checkout exists.

    Args:
        keep: keep the key of a checkout that has none; otherwise each call makes another.
    """
    # Imported here: only releases need the machine's name.
    import socket

    path = repo.root / WORKING_FOLDER / "identity"
    key = path.read_text().strip() if path.is_file() else ""
    if not key:
        key = secrets.token_hex(16)
        if keep:
            write_atomic(working_folder(repo.root) / path.name, key)
    return Owner(key, f"{host.user.name}@{socket.gethostname()}")


def now() -> str:
    """The time, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
