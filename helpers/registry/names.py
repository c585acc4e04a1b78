"""Names of repositories in registries, as Docker reads them."""

import re

from helpers.model.dataclass import dataclass
from helpers.registry.errors import RegistryError

_HUB = "docker.io"
# Names by which the hub is known, the host that serves it, and the key of its login.
_HUB_NAMES = frozenset({_HUB, f"index.{_HUB}", f"registry-1.{_HUB}"})
_HUB_HOST = f"registry-1.{_HUB}"
_HUB_LOGIN = f"https://index.{_HUB}/v1/"
_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:\d+)?")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_PART}(?:/{_PART})*")


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """A repository in a registry.

    Attributes:
        registry: host and port, as people name it.
        path: the rest.
    """

    registry: str
    path: str

    def __str__(self) -> str:
        return f"{self.registry}/{self.path}"

    @property
    def host(self) -> str:
        """Host and port that serve the registry."""
        return _HUB_HOST if self.registry == _HUB else self.registry


def read_name(text: str) -> RepositoryName:
    """Read `[<host>[:<port>]/]<path>`; without a host it is the hub's.

    Raises:
        RegistryError: it is no name of a repository.
    """
    first, slash, rest = text.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, path = first, rest
    else:
        registry, path = _HUB, text
    if registry in _HUB_NAMES:
        registry, path = _HUB, path if "/" in path else f"library/{path}"
    if not _HOST.fullmatch(registry) or not _PATH.fullmatch(path):
        raise RegistryError(
            "this is not the name of a repository in a registry",
            where=repr(text),
            fix="write <host>[:<port>]/<path>, lower case, without tag and digest",
        )
    return RepositoryName(registry, path)


def login_key(registry: str) -> str:
    """The name by which Docker stores the login of a registry."""
    return _HUB_LOGIN if registry in _HUB_NAMES else registry
