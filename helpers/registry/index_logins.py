"""Logins for package indexes: Trusted Publishing, or the keyring; never a file of the repo."""

import io
import json
import shutil
from typing import Any
from urllib.parse import quote, urlsplit

from helpers.model.documents.parsing import load_json
from helpers.model.packages.index import PackageIndex, identity_variable
from helpers.registry.access import Access
from helpers.registry.credentials import Credentials
from helpers.registry.errors import NotAuthorizedError, RegistryUnavailableError, TransientError
from helpers.registry.retry_budget import TRANSIENT
from helpers.registry.transport import RegistryAnswer, RegistryRequest, origin_of, shown
from helpers.system.host import Host
from helpers.system.process import ProcessError, run

# The user who stands for a token.
TOKEN_USER = "__token__"  # noqa: S105 - it is the same for all
_KEYRING_SECONDS = 60.0
_OK = 200
_FIRST_ERROR = 400


def find_login(
    index: PackageIndex, host: Host, access: Access, username: str = ""
) -> Credentials | None:
    """The login of an index: that of the CI job, if the index trusts it, or else the keyring's.

    Args:
        username: whose password is looked up; otherwise the keyring says whose it has.

    Raises:
        NotAuthorizedError: the index trusts jobs like this one, and not this one.
        RegistryError: no answer comes.
    """
    if index.publish and not username:
        token = _trusted_token(index, host, access)
        if token:
            return Credentials(TOKEN_USER, token)
    return _from_keyring(index, host, username)


# --- The keyring --------------------------------------------------------------------------------


def _from_keyring(index: PackageIndex, host: Host, username: str) -> Credentials | None:
    """What the program `keyring` has for the addresses of an index, or for their host."""
    program = shutil.which("keyring", path=host.environment.get("PATH"))
    if not program:
        return None
    urls = [one for one in (index.publish, index.simple) if one]
    for service in dict.fromkeys((*urls, *(urlsplit(one).netloc for one in urls))):
        command = [program, "get", service, username]
        if not username:
            command = [program, "--mode", "creds", "--output", "json", "get", service]
        said = _ask(command, host)
        if username and said:
            return Credentials(username, said)
        found = _read_pair(said)
        if found:
            return found
    return None


def _ask(command: list[str], host: Host) -> str:
    """What the keyring says; empty where it has nothing, or does not know the question."""
    try:
        done = run(command, env=host.environment, check=False, timeout=_KEYRING_SECONDS)
    except ProcessError:
        return ""
    return "" if done.status else done.stdout.rstrip("\r\n")


def _read_pair(said: str) -> Credentials | None:
    try:
        found = load_json(said)
        pair = Credentials(str(found["username"] or TOKEN_USER), str(found["password"] or ""))
    except (KeyError, TypeError, ValueError):
        return None
    return pair if pair.password else None


# --- Trusted Publishing -------------------------------------------------------------------------


def _trusted_token(index: PackageIndex, host: Host, access: Access) -> str:
    """A token for this job of a CI; empty: this is no such job, or the index mints none."""
    environment = host.environment
    on_github = bool(environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
    if not on_github and not any(name.endswith("_ID_TOKEN") for name in environment):
        return ""
    origin = origin_of(index.publish)
    audience = _text(_get(access, f"{origin}/_/oidc/audience"), "audience")
    if not audience:
        return ""
    variable = identity_variable(audience)
    identity = _of_github(host, access, audience) if on_github else environment.get(variable, "")
    if not identity:
        return ""
    data = json.dumps({"token": identity}).encode()
    request = RegistryRequest(
        "POST",
        f"{origin}/_/oidc/mint-token",
        {"Content-Type": "application/json"},
        body=lambda: io.BytesIO(data),
        size=len(data),
    )
    answer = _exchange(access, request)
    token = _text(answer, "token")
    if not token:
        raise NotAuthorizedError(
            f"{index} does not trust this job of the CI{_reasons(answer)}",
            status=answer.status,
            where=shown(request),
            fix=f"name this workflow as a trusted publisher at {urlsplit(index.publish).netloc}",
        )
    return token


def _of_github(host: Host, access: Access, audience: str) -> str:
    url = host.environment.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    if urlsplit(url).scheme != "https" and not urlsplit(url).netloc.startswith("127.0.0.1:"):
        return ""
    bearer = f"Bearer {host.environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"
    return _text(_get(access, f"{url}&audience={quote(audience)}", bearer), "value")


def _get(access: Access, url: str, authorization: str = "") -> RegistryAnswer:
    return _exchange(access, RegistryRequest("GET", url), authorization)


def _exchange(access: Access, request: RegistryRequest, authorization: str = "") -> RegistryAnswer:
    effort = access.effort()
    while True:
        try:
            answer = access.transport.exchange(request, authorization)
            if answer.status not in TRANSIENT:
                return answer
            reason = f"{urlsplit(request.url).netloc} fails with status {answer.status}"
            final = RegistryUnavailableError(reason, status=answer.status, where=shown(request))
            raise TransientError(reason, final)
        except TransientError as trouble:
            effort.pause(trouble)


def _text(answer: RegistryAnswer, key: str) -> str:
    """A text of an answer in JSON; empty where it has none."""
    try:
        found: Any = load_json(answer.content)[key]
    except (KeyError, TypeError, ValueError):
        return ""
    return str(found or "") if _OK <= answer.status < _FIRST_ERROR else ""


def _reasons(answer: RegistryAnswer) -> str:
    """Why no token was minted, as the index says it; it holds no secret."""
    try:
        errors = load_json(answer.content)["errors"]
        said = "; ".join(str(one["description"]) for one in errors)
    except (KeyError, TypeError, ValueError):
        return ""
    return f": {' '.join(said.split())[:300]}" if said else ""
