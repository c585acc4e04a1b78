"""What the host's settings of rattler and conda say of channels: tokens, mirrors, an alias.

They reach builds and builder containers with the other settings that may hold passwords, and end
neither in an image nor in a lock file.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helpers.lockers.toml_values import table
from helpers.model.documents.parsing import load_json, load_toml, load_yaml
from helpers.system.host import Host

# What the program that locks and links reads.
VARIABLE = "HELPERS_CONDA_SETTINGS"
_TOKEN = re.compile(r"/t/(?P<token>[^/]+)(?=/|$)")


def conda_settings(host: Host) -> dict[str, str]:
    """The settings as a variable; nothing where the host has none.

    Files that cannot be read are left out: rattler and conda themselves say best what is wrong.
    """
    alias, auth = _alias(host)
    found = {"auth": {**_auth(host), **auth}, "mirrors": _mirrors(host), "alias": alias}
    said = {name: value for name, value in found.items() if value}
    return {VARIABLE: json.dumps(said, sort_keys=True)} if said else {}


def channel_alias(host: Host) -> str:
    """Where channels are that are named without an address, as the host says; no token in it."""
    return _alias(host)[0]


def _alias(host: Host) -> tuple[str, dict[str, Any]]:
    """The alias without the token that it may hold, and that as a login."""
    given = host.environment.get("CONDA_CHANNEL_ALIAS", "")
    for file in _condarc(host):
        given = given or str(_read(file, load_yaml).get("channel_alias") or "")
    token = _TOKEN.search(given)
    if token is None:
        return given, {}
    # Rattler knows logins by hosts alone, whatever the port.
    host_name = urlsplit(given).hostname or ""
    return _TOKEN.sub("", given, 1), {host_name: {"CondaToken": token["token"]}}


def _auth(host: Host) -> dict[str, Any]:
    """What rattler, pixi and mamba keep of logins, by host."""
    named = host.environment.get("RATTLER_AUTH_FILE", "")
    return dict(
        _read(Path(named) if named else _home(host) / ".rattler/credentials.json", load_json)
    )


def _mirrors(host: Host) -> dict[str, list[str]]:
    config = _config(host)
    found: dict[str, list[str]] = {}
    for file in (config / "rattler/config.toml", config / "pixi/config.toml"):
        for place, mirrors in table(_read(file, load_toml), "mirrors").items():
            if isinstance(mirrors, list):
                found[place] = [str(one) for one in mirrors]
    return found


def _condarc(host: Host) -> list[Path]:
    named = host.environment.get("CONDARC", "")
    own = [_home(host) / ".condarc", _config(host) / "conda/.condarc"]
    return [Path(named)] if named else [*own, Path("/etc/conda/.condarc")]


def _home(host: Host) -> Path:
    return Path(host.environment.get("HOME") or "/")


def _config(host: Host) -> Path:
    return Path(host.environment.get("XDG_CONFIG_HOME") or _home(host) / ".config")


def _read(path: Path, load: Any) -> Mapping[str, Any]:
    try:
        found = load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
