"""The words of the proxy: what is asked, what is passed on, and why not."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode

from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.settings.socket_policy import SocketPolicy

Json = Any

BAD_REQUEST = 400
FORBIDDEN = 403
NO_SUCH = 404
TOO_LARGE = 413
_RESERVED = labels.RUN.removesuffix("run")
_MAX_FIELDS = 200
_SAFE = "/:@!$&'()*+,=~"
_RAW_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,=:@%/-]*\Z")
_RAW_QUERY = re.compile(r"[!-~]*\Z")
_VERSIONED = re.compile(r"/v1\.(\d{1,3})(/.*)\Z")
_LIKE_A_VERSION = re.compile(r"/v[0-9.]*(/|\Z)", re.IGNORECASE)


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """The request does not reach the engine; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Engine(Protocol):
    """The part of an engine client that decisions need; `helpers.engine.client.Client` has it."""

    def get(self, path: str, **query: str) -> Json:
        """GET; None if the object does not exist."""

    def call(self, method: str, path: str, **given: Any) -> Json:
        """One request; the answer's JSON."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one socket.

    Attributes:
        labels: put on everything that is created; what carries all of them is `own`.
        repo_root: bind mounts come from inside it.
        network: what created containers join besides what they ask for; empty: nothing.
        read_only_paths: what may also be bound, read-only.
        engine_socket: what no container may see, nor any folder that holds it.
        host_ip: where ports are published that name no address, with the policy `own`.
    """

    policy: SocketPolicy
    labels: Mapping[str, str]
    repo_root: str
    network: str = ""
    read_only_paths: tuple[str, ...] = ()
    engine_socket: str = ""
    host_ip: str = "127.0.0.1"

    def __post_init__(self) -> None:
        if not self.labels:
            raise ValueError("without labels everything would be one's own")

    def owns(self, labels: Mapping[str, str] | None) -> bool:
        """Whether what carries these labels was made through this socket."""
        carried = labels or {}
        return all(carried.get(name) == value for name, value in self.labels.items())

    def put_on(self, given: Mapping[str, Json]) -> dict[str, Json]:
        """The labels of something new, of those that were asked for.

        With the policy `own` nothing can pose as what the toolchain itself has made.
        """
        own = self.policy is SocketPolicy.OWN
        kept = {k: v for k, v in given.items() if not (own and k.startswith(_RESERVED))}
        return kept | dict(self.labels)


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a request line.

    Attributes:
        path: decoded, without the version.
        minor: the API's version, 45 for `/v1.45`; -1 where the path has none.
    """

    path: str
    minor: int
    query: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        version = f"/v1.{self.minor}" if self.minor >= 0 else ""
        query = f"?{urlencode(self.query)}" if self.query else ""
        return f"{version}{quote(self.path, safe=_SAFE)}{query}"

    def values(self, name: str) -> list[str]:
        """All that the query says of a name."""
        return [value for key, value in self.query if key == name]

    def with_query(self, *replaced: tuple[str, str]) -> "Target":
        """The same with these instead of what the query says of their names."""
        names = {name for name, _ in replaced}
        kept = tuple(pair for pair in self.query if pair[0] not in names)
        return Target(self.path, self.minor, kept + replaced)

    def with_only(self, names: Collection[str]) -> "Target":
        """The same without what the query says of other names."""
        kept = tuple(pair for pair in self.query if pair[0] in names)
        return Target(self.path, self.minor, kept)

    def at(self, path: str) -> "Target":
        """The same request of another path."""
        return Target(path, self.minor, self.query)

    def at_least(self, minor: int) -> "Target":
        """Whether the API is this version, or later."""
        return Target(self.path, max(self.minor, minor) if self.minor >= 0 else -1, self.query)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, with its body where the decision needs it."""

    method: str
    target: Target
    body: bytes = b""
    upgrade: bool = False


@dataclass(frozen=True, slots=True)
class Forward:
    """The request that goes to the engine instead.

    Attributes:
        body: none: the client's own bytes, streamed.
        hijack: the connection may become a raw stream.
        headers: those of the client that pass; none: all that are not about the connection.
        shape: makes the answer that the client gets of the engine's, which is JSON.
    """

    method: str
    target: Target
    body: bytes | None = b""
    content_type: str = ""
    hijack: bool = False
    headers: frozenset[str] | None = field(
        default=frozenset({"accept", "user-agent", "x-registry-auth", "x-registry-config"})
    )
    shape: Callable[[Json], Json] | None = None


def parse_target(raw: str) -> Target:
    """Read a request's target as the engine would, or not at all.

    Raises:
        Refused: it could be read in more than one way.
    """
    raw_path, _, raw_query = raw.partition("?")
    if not _RAW_PATH.match(raw_path) or not _RAW_QUERY.match(raw_query):
        raise Refused(BAD_REQUEST, "the path has characters that are not allowed")
    # Go refuses them, other readers take them for an ampersand.
    if ";" in raw_query or "#" in raw_query:
        raise Refused(BAD_REQUEST, "the query has characters that are not allowed")
    path = unquote(raw_path, errors="replace")
    if path.count("/") != raw_path.count("/") or not _is_plain(path):
        raise Refused(BAD_REQUEST, "the path is not in its plain form")
    versioned = _VERSIONED.match(path)
    minor = int(versioned[1]) if versioned else -1
    path = versioned[2] if versioned else path
    if _LIKE_A_VERSION.match(path):
        raise Refused(BAD_REQUEST, "the path's version is not in its plain form")
    return Target(path, minor, tuple(_pairs(raw_query)))


def _is_plain(path: str) -> bool:
    segments = path[1:].split("/")
    odd = {"", ".", ".."} & set(segments) if path != "/" else False
    return not odd and path.isascii() and path.isprintable() and not set("%\\?#;") & set(path)


def _pairs(raw: str) -> Iterable[tuple[str, str]]:
    try:
        return parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise Refused(BAD_REQUEST, "the query cannot be read") from error


def refusal(rules: Rules, what: str) -> Refused:
    """The refusal by a policy, and the policy that allows more."""
    more = "full" if rules.policy is SocketPolicy.OWN else "own` or `sibling: full"
    return Refused(
        FORBIDDEN,
        f"{what}: not allowed on this socket, whose policy is {rules.policy};"
        f" `sibling: {more}` in devops/config.yaml allows more",
    )
