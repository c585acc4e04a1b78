"""Requests for one repository: authenticated, and tried again where that may help."""

import io
import threading
import time
from collections.abc import Iterable, Set
from dataclasses import field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.registry.access import Access
from helpers.registry.challenge import Challenge, choose, read_challenges
from helpers.registry.credentials import Credentials
from helpers.registry.errors import (
    NotAuthorizedError,
    RegistryError,
    TransientError,
    messages,
    not_authorized,
    refused,
    unreadable,
)
from helpers.registry.names import RepositoryName
from helpers.registry.proxies import is_loopback
from helpers.registry.retry_budget import TRANSIENT, Effort, retry_after
from helpers.registry.transport import RegistryAnswer, RegistryRequest, origin_of, shown

_UNAUTHORIZED = 401
_FIRST_ERROR = 400
# What the specification says where an answer is silent, and a margin for its way here.
_TOKEN_SECONDS = 60.0
_MARGIN_SECONDS = 10.0
_CLIENT = "helpers"
_BUSY = frozenset({429, 503})
# A token server's statuses for a refused login.
_TOKEN_REFUSALS = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True)
class _Token:
    """A header that lets requests in, until a time of the monotonic clock."""

    header: str = field(repr=False)
    until: float


class RegistrySession:
    """Asks a registry about one repository; safe to use from several threads."""

    def __init__(self, name: RepositoryName, access: Access) -> None:
        self.name = name
        self._access = access
        self._lock = threading.Lock()
        self._tokens: dict[tuple[str, ...], _Token] = {}
        # The registry's time in its last answer, and ours then.
        self.heard: tuple[str, float] = ("", 0.0)

    def effort(self) -> Effort:
        """The attempts at one request, with the whole retry budget left."""
        return self._access.effort()

    def ask(
        self, request: RegistryRequest, *actions: str, also: Set[int] = frozenset()
    ) -> RegistryAnswer:
        """A request, tried until it is answered.

        Args:
            actions: what a token must allow: `pull`, `pull,push`, `delete`, or
                `<repository>:<action>` for another repository.
            also: statuses that are answers, beyond those of success.

        Raises:
            RegistryError: it is refused, or the retry budget is spent.
        """
        effort = self.effort()
        while True:
            try:
                return self.attempt(request, *actions, also=also)
            except TransientError as trouble:
                effort.pause(trouble)

    def ask_once(self, request: RegistryRequest, also: Set[int]) -> RegistryAnswer:
        """A request, tried once.

        Raises:
            RegistryError: it is refused, or no answer comes.
        """
        try:
            return self.attempt(request, also=also)
        except TransientError as trouble:
            raise trouble.final from trouble

    def attempt(
        self, request: RegistryRequest, *actions: str, also: Set[int] = frozenset()
    ) -> RegistryAnswer:
        """A request, tried once; arguments as those of `ask`.

        Raises:
            TransientError: it failed, and may not the next time.
            RegistryError: it is refused.
        """
        request = self._addressed(request)
        scopes = tuple(self._scope(action) for action in actions)
        used = self._header(scopes)
        answer = self._send(request, used)
        if answer.status == _UNAUTHORIZED and _UNAUTHORIZED not in also:
            self._authenticate(answer, scopes, used, shown(request))
            answer = self._send(request, self._header(scopes))
        registry, where = self.name.registry, shown(request)
        if answer.status in TRANSIENT:
            raise self._transient(answer, registry, where)
        if answer.status >= _FIRST_ERROR and answer.status not in also:
            known = self._access.credentials(registry) is not None
            raise refused(registry, answer.status, answer.content, where, known=known)
        return answer

    def error(self, answer: RegistryAnswer, request: RegistryRequest) -> RegistryError:
        """The error for an answer that no registry gives."""
        return unreadable(self.name.registry, answer.status, shown(request))

    def _addressed(self, request: RegistryRequest) -> RegistryRequest:
        """The request with its whole address, of the scheme that the registry speaks."""
        origin = self._access.transport.origin(self.name.host)
        if request.url.startswith("/"):
            return replace(request, url=origin + request.url)
        parts = urlsplit(request.url)
        # Registries behind a proxy often do not know that it speaks HTTPS.
        if parts.netloc == urlsplit(origin).netloc:
            return replace(request, url=parts._replace(scheme=urlsplit(origin).scheme).geturl())
        return request

    def _scope(self, action: str) -> str:
        repository, colon, verb = action.rpartition(":")
        return f"repository:{repository if colon else self.name.path}:{verb}"

    def _header(self, scopes: tuple[str, ...]) -> str:
        with self._lock:
            token = self._tokens.get(scopes)
        return token.header if token and time.monotonic() < token.until else ""

    def _send(self, request: RegistryRequest, authorization: str) -> RegistryAnswer:
        own = origin_of(request.url) == self._access.transport.origin(self.name.host).lower()
        answer = self._access.transport.exchange(request, authorization if own else "")
        if own:
            self.heard = (answer.headers.get("Date") or "", time.monotonic())
        if request.digest and answer.status < _FIRST_ERROR:
            self._verify(answer, request)
        return answer

    def _verify(self, answer: RegistryAnswer, request: RegistryRequest) -> None:
        import hashlib

        algorithm, _, expected = request.digest.partition(":")
        if algorithm not in ("sha256", "sha512"):
            raise RegistryError(
                f"the digest algorithm '{algorithm}' is not supported", where=request.digest
            )
        found = answer.digest or hashlib.new(algorithm, answer.content).hexdigest()
        if found == expected:
            return
        reason = f"{self.name.registry} gave content whose digest does not match"
        final = RegistryError(
            reason, where=f"{shown(request)}\nasked for: {request.digest}", fix="push it again"
        )
        raise TransientError(reason, final)

    # --- Logins ---------------------------------------------------------------------------------

    def _authenticate(
        self, answer: RegistryAnswer, scopes: tuple[str, ...], used: str, where: str
    ) -> None:
        """Get what the answer demands, unless another thread has got it meanwhile."""
        registry = self.name.registry
        credentials = self._access.credentials(registry)
        header = answer.headers.get("WWW-Authenticate") or ""
        challenge = choose(read_challenges(header))
        with self._lock:
            token = self._tokens.get(scopes)
            if token and token.header != used and time.monotonic() < token.until:
                return
            if challenge and challenge.scheme == "bearer":
                self._tokens[scopes] = self._token(challenge, scopes, credentials)
                return
            basic = bool(challenge and credentials and credentials.password)
            if credentials is None or not basic or used == credentials.basic():
                said = messages(answer.content)
                known = credentials is not None
                raise not_authorized(registry, answer.status, said, where, known=known)
            self._tokens[scopes] = _Token(credentials.basic(), float("inf"))

    def _token(
        self, challenge: Challenge, scopes: tuple[str, ...], credentials: Credentials | None
    ) -> _Token:
        """A token from the server that the challenge names."""
        request, authorization = self._token_request(challenge, scopes, credentials)
        registry, where = self.name.registry, shown(request)
        effort = self.effort()
        # Tried again by itself: what wants the token would be answered in between, time and again.
        while (
            answer := self._access.transport.exchange(request, authorization)
        ).status in TRANSIENT:
            effort.pause(self._transient(answer, urlsplit(request.url).netloc, where))
        if answer.status in _TOKEN_REFUSALS:
            known = credentials is not None
            # Leave its message out: some servers repeat the secret.
            raise not_authorized(registry, answer.status, "", where, known=known)
        if answer.status >= _FIRST_ERROR:
            raise refused(urlsplit(request.url).netloc, answer.status, b"", where)
        try:
            found: Any = load_json(answer.content)
            token = str(found.get("token") or found["access_token"])
            seconds = float(found.get("expires_in") or _TOKEN_SECONDS)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise unreadable(registry, answer.status, where) from None
        until = time.monotonic() + max(seconds - _MARGIN_SECONDS, seconds / 2)
        return _Token(f"Bearer {token}", until)

    def _token_request(
        self, challenge: Challenge, scopes: tuple[str, ...], credentials: Credentials | None
    ) -> tuple[RegistryRequest, str]:
        """The request for a token, and the header of its login."""
        realm = challenge.parameters["realm"]
        parts = urlsplit(realm)
        safe = parts.scheme == "https" or is_loopback(parts.hostname or "")
        if parts.scheme not in ("https", "http") or not safe:
            raise NotAuthorizedError(
                f"{self.name.registry} asks for a login over an unencrypted connection",
                where=realm.partition("?")[0],
                fix="ask those who run the registry for a token server with HTTPS",
            )
        wanted = _joined((*scopes, *challenge.parameters.get("scope", "").split()))
        service = challenge.parameters.get("service", "")
        if credentials and credentials.identity_token:
            form = {
                "grant_type": "refresh_token",
                "service": service,
                "client_id": _CLIENT,
                "scope": " ".join(wanted),
                "refresh_token": credentials.identity_token,
            }
            data = urlencode(form).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            body = lambda: io.BytesIO(data)  # noqa: E731 - opens the form for the one attempt
            return RegistryRequest("POST", realm, headers, body=body, size=len(data)), ""
        pairs = [("service", service), *(("scope", scope) for scope in wanted)]
        query = urlencode([pair for pair in pairs if pair[1]])
        url = f"{realm}{'&' if parts.query else '?'}{query}"
        return RegistryRequest("GET", url), credentials.basic() if credentials else ""

    @staticmethod
    def _transient(answer: RegistryAnswer, registry: str, where: str) -> TransientError:
        return TransientError(
            f"{registry} answered with status {answer.status}",
            refused(registry, answer.status, answer.content, where),
            wait=retry_after(answer.headers, time.time()),
            busy=answer.status in _BUSY,
        )


def _joined(scopes: Iterable[str]) -> list[str]:
    """Scopes, each resource once, with all that is asked of it."""
    found: dict[str, dict[str, None]] = {}
    for scope in scopes:
        resource, _, actions = scope.rpartition(":")
        found.setdefault(resource, {}).update(dict.fromkeys(actions.split(",")))
    return [f"{resource}:{','.join(actions)}" for resource, actions in found.items()]
