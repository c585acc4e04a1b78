"""Logins for registries, from where Docker keeps them."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.shell_words import quoted
from helpers.registry.errors import RegistryError, login_command
from helpers.registry.names import login_key
from helpers.system.host import Host
from helpers.system.process import ProcessError, run

# The user name that a helper gives with an identity token.
_NOT_A_USER = "<token>"
# The start of what helpers say when they have no login for a registry.
_NONE_STORED = "credentials not found"
_HELPER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login: a user and a password, or an identity token that stands for both."""

    username: str
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    def basic(self) -> str:
        """The header of HTTP's Basic authentication."""
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


def find_credentials(registry: str, host: Host) -> Credentials | None:
    """The login that `docker login` stored for a registry; None where there is none.

    Raises:
        RegistryError: Docker's settings cannot be read, or the program that keeps logins fails.
    """
    path = _settings_path(host)
    settings = _read_settings(path)
    key = login_key(registry)
    helpers = _mapping(settings.get("credHelpers"))
    helper = next((helpers[name] for name in (registry, key) if name in helpers), None)
    helper = helper or settings.get("credsStore")
    if helper:
        found = _ask_helper(str(helper), key, registry, host)
        if found:
            return found
    entries = {_bare(name): entry for name, entry in _mapping(settings.get("auths")).items()}
    return _from_entry(_mapping(entries.get(_bare(key))), path, registry)


def _settings_path(host: Host) -> Path:
    named = host.environment.get("DOCKER_CONFIG")
    if named:
        return host.directory / named / "config.json"
    home = host.environment.get("HOME")
    return (Path(home) if home else Path.home()) / ".docker" / "config.json"


def _read_settings(path: Path) -> Mapping[str, Any]:
    try:
        found = load_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        # The content stays out of the message: it has secrets.
        raise RegistryError(
            "Docker's settings, which keep logins, cannot be read",
            where=str(path),
            fix=f"python3 -m json.tool {quoted(path)}",
        ) from (error if isinstance(error, OSError) else None)
    return _mapping(found)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _bare(name: str) -> str:
    """The host and port in a key, which older programs wrote as an address."""
    return name.partition("://")[2].partition("/")[0] if "://" in name else name.partition("/")[0]


def _from_entry(entry: Mapping[str, Any], path: Path, registry: str) -> Credentials | None:
    username, password = str(entry.get("username", "")), str(entry.get("password", ""))
    if entry.get("auth"):
        try:
            pair = base64.b64decode(str(entry["auth"]), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            pair = ""
        username, colon, password = pair.partition(":")
        if not colon:
            raise RegistryError(
                f"the login that is stored for {registry} cannot be read",
                where=str(path),
                fix=login_command(registry),
            ) from None
    token = str(entry.get("identitytoken") or "")
    # Docker pads what it stores with zero bytes.
    found = Credentials(username, password.strip("\0"), token)
    return found if token or (username and found.password) else None


def _ask_helper(name: str, key: str, registry: str, host: Host) -> Credentials | None:
    program = f"docker-credential-{name}"
    try:
        done = run(
            [program, "get"],
            env=host.environment,
            stdin=key,
            check=False,
            timeout=_HELPER_SECONDS,
        )
    except ProcessError as error:
        raise _helper_failed(program, f"status {error.status}", registry) from None
    if done.status:
        if (done.stdout + done.stderr).strip().lower().startswith(_NONE_STORED):
            return None
        raise _helper_failed(program, f"status {done.status}", registry)
    try:
        found = load_json(done.stdout)
        username, secret = str(found["Username"]), str(found["Secret"])
    except (KeyError, TypeError, ValueError):
        # Neither the output nor the cause, which quotes it: there may be a secret in it.
        raise _helper_failed(program, "an answer that cannot be read", registry) from None
    if username == _NOT_A_USER:
        return Credentials("", identity_token=secret)
    return Credentials(username, secret) if username or secret else None


def _helper_failed(program: str, how: str, registry: str) -> RegistryError:
    return RegistryError(
        f"{program}, which keeps the login for {registry}, ends with {how}",
        where=f"'credsStore' or 'credHelpers' in Docker's config.json names {program}",
        fix=f"install or repair {program}, or: {login_command(registry)}",
    )
