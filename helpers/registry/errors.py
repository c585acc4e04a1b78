"""The errors of registries, shared by all code that talks to one."""

from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError

_UNAUTHORIZED = frozenset({401, 403})
_NOT_FOUND = 404
_TOO_MANY = 429
_FIRST_SERVER_ERROR = 500
_LONGEST_MESSAGE = 300


class RegistryError(HelpersError):
    """A registry refused a request; `status` is HTTP's, 0 when no answer came."""

    def __init__(self, what: str, *, status: int = 0, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status


class NotAuthorizedError(RegistryError):
    """The registry wants a login, or another one."""


class RegistryUnavailableError(RegistryError):
    """No registry answers, or it stopped answering."""


class TransientError(Exception):
    """A failure that may not happen again; never leaves this package.

    Attributes:
        reason: what happened, as the end of a sentence.
        final: what to raise once the retry budget is spent.
        wait: seconds that the registry asks to wait.
        lost: seconds that the attempt waited in vain.
        busy: the registry took nothing of the request.
    """

    def __init__(
        self,
        reason: str,
        final: RegistryError,
        *,
        wait: float = 0,
        lost: float = 0,
        busy: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
        self.wait = wait
        self.lost = lost
        self.busy = busy


def refused(
    registry: str, status: int, content: bytes, where: str, *, known: bool = True
) -> RegistryError:
    """The error for an unexpected answer.

    Args:
        known: whether a login is stored for the registry.
    """
    said = messages(content)
    end = f": {said}" if said else ""
    if status in _UNAUTHORIZED:
        return not_authorized(registry, status, said, where, known=known)
    if status == _NOT_FOUND:
        return RegistryError(
            f"{registry} has no such repository{end}",
            status=status,
            where=where,
            fix="correct 'registry' in repo_config.yaml, or create the repository there",
        )
    if status == _TOO_MANY:
        return RegistryError(
            f"{registry} limits the rate of requests{end}",
            status=status,
            where=where,
            fix=f"wait some minutes, or log in, which allows more: {login_command(registry)}",
        )
    if status >= _FIRST_SERVER_ERROR:
        return RegistryUnavailableError(
            f"{registry} fails with status {status}{end}",
            status=status,
            where=where,
            fix="try again later, or tell those who run the registry",
        )
    return RegistryError(
        f"{registry} refused with status {status}{end}", status=status, where=where
    )


def not_authorized(
    registry: str, status: int, said: str, where: str, *, known: bool = True
) -> NotAuthorizedError:
    """The error for a login that is missing, wrong, or allows too little."""
    end = f": {said}" if said else ""
    what = (
        f"{registry} does not allow this with the login that is stored for it"
        if known
        else f"{registry} needs a login, and none is stored for it"
    )
    return NotAuthorizedError(
        f"{what}{end}", status=status, where=where, fix=login_command(registry)
    )


def unreadable(registry: str, status: int, where: str) -> RegistryError:
    """The error for an answer that no registry gives."""
    return RegistryError(
        f"{registry} does not answer like a registry",
        status=status,
        where=where,
        fix="correct the registry's host, port and path, or the proxy before it",
    )


def login_command(registry: str) -> str:
    """The command that stores a login for a registry."""
    return f"i docker_login --registry {registry}"


def messages(content: bytes) -> str:
    """A registry's reason for a refusal, on one line; empty if it gives none."""
    try:
        found = load_json(content)["errors"]
        texts = [str(item.get("message") or item["code"]) for item in found]
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    return " ".join("; ".join(texts).split())[:_LONGEST_MESSAGE]
