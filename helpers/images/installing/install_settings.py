"""The host's index and proxy settings, as what installs inside a build understands them.

They reach builds as a secret and end neither in an image nor in a lock file, since they may hold
passwords and name hosts that only this machine reaches.
"""

import configparser
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.images.installing.conda_settings import conda_settings
from helpers.model.documents.parsing import load_toml
from helpers.system.host import Host

CA_BUNDLE = "/run/secrets/ca_bundle"
SETTINGS = "/run/secrets/install_settings"
_POETRY_MIRROR = "POETRY_PYPI_MIRROR_URL"
# Where pip looks when nobody told it, as pip itself knows it.
_PIPS_OWN_INDEX = (
    "$(/opt/installer/bin/python -c"
    " 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)')"
)

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_PIP_LISTS = ("extra-index-url", "find-links", "trusted-host")
_PIP_KEYS = ("index-url", *_PIP_LISTS, "timeout", "retries")
_UV_VARIABLES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INSECURE_HOST",
    "UV_INDEX_STRATEGY",
    "UV_KEYRING_PROVIDER",
    "UV_HTTP_TIMEOUT",
)
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")


def install_settings(host: Host, *, with_certificates: bool) -> str:
    """Shell exports for the build steps that install packages.

    Args:
        with_certificates: the build is given a bundle, at `CA_BUNDLE`.
    """
    return _exports(_settings(host, with_certificates=with_certificates))


def install_variables(host: Host) -> dict[str, str]:
    """The indexes as variables for uv on the host itself: it reads none of pip's files."""
    return {name: value for name, value in _indexes(host).items() if name.startswith("UV_")}


def resolver_settings(host: Host, *, with_certificates: bool) -> str:
    """Shell exports for a container that locks: those of a build, and what Poetry needs.

    Poetry reads none of pip's settings and asks PyPI in a way that mirrors do not know. Its plugin
    makes it ask the simple index that pip uses, whichever that is, and names none in lock files.
    """
    found = _settings(host, with_certificates=with_certificates)
    if with_certificates:
        found["GIT_SSL_CAINFO"] = CA_BUNDLE
    own = {
        name: value
        for name, value in host.environment.items()
        if name.startswith("POETRY_HTTP_BASIC_") or name == _POETRY_MIRROR
    }
    configured = found.get("PIP_INDEX_URL")
    if configured:
        return _exports({_POETRY_MIRROR: configured} | found | own)
    return f'export {_POETRY_MIRROR}="{_PIPS_OWN_INDEX}"\n' + _exports(found | own)


def default_index(host: Host) -> str:
    """The index that uv asks first, without the user and password that it may hold."""
    found = _indexes(host)
    index = _unnamed(found.get("UV_DEFAULT_INDEX") or found.get("UV_INDEX_URL", ""))
    scheme, separator, rest = index.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path}"


def _settings(host: Host, *, with_certificates: bool) -> dict[str, str]:
    found = _proxies(host.environment) | _indexes(host) | conda_settings(host)
    return found | (dict.fromkeys(_CA_VARIABLES, CA_BUNDLE) if with_certificates else {})


def _exports(variables: Mapping[str, str]) -> str:
    lines = (f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items()))
    return "".join(f"{line}\n" for line in lines)


def _proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Proxies in lower and upper case: apt and curl read the lower, others the upper."""
    found: dict[str, str] = {}
    for name in _PROXIES:
        value = environment.get(name) or environment.get(name.lower())
        if value:
            found |= {name: value, name.lower(): value}
    return found


def _indexes(host: Host) -> dict[str, str]:
    pip, uv = _pip(host), _uv(host)
    index, extra = pip.get("index-url", ""), pip.get("extra-index-url", "")
    if not uv.keys() & {"UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX"}:
        # uv reads none of pip's settings.
        uv |= {"UV_DEFAULT_INDEX": index, "UV_INDEX": extra}
        uv.setdefault("UV_FIND_LINKS", ",".join(pip.get("find-links", "").split()))
        uv.setdefault("UV_INSECURE_HOST", pip.get("trusted-host", ""))
    if not index and not extra:
        default = uv.get("UV_DEFAULT_INDEX") or uv.get("UV_INDEX_URL", "")
        pip |= {
            "index-url": _unnamed(default),
            "extra-index-url": " ".join(_unnamed(url) for url in uv.get("UV_INDEX", "").split()),
        }
    variables = {f"PIP_{key.upper().replace('-', '_')}": value for key, value in pip.items()}
    return {name: value for name, value in (variables | uv).items() if value}


def _pip(host: Host) -> dict[str, str]:
    """Pip's settings from its files and, above them, its variables; local places left out."""
    environment, home = host.environment, Path(host.environment.get("HOME") or "/")
    own = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf")]
    files += [home / ".pip" / "pip.conf", own / "pip" / "pip.conf"]
    if environment.get("PIP_CONFIG_FILE"):
        files.append(Path(environment["PIP_CONFIG_FILE"]))
    parser = configparser.RawConfigParser(strict=False)
    for file in files:
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue  # pip itself says best what is wrong there
    found: dict[str, str] = {}
    for section in ("global", "install"):
        found |= dict(parser[section]) if parser.has_section(section) else {}
    for key in _PIP_KEYS:
        value = environment.get(f"PIP_{key.upper().replace('-', '_')}")
        found |= {key: value} if value else {}
    return {
        key: _remote(found[key]) if key not in ("timeout", "retries") else found[key]
        for key in _PIP_KEYS
        if key in found
    }


def _uv(host: Host) -> dict[str, str]:
    """Uv's settings from its files and, above them, its variables, with passwords of indexes."""
    environment, home = host.environment, Path(host.environment.get("HOME") or "/")
    own = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/uv/uv.toml"), own / "uv" / "uv.toml"]
    if environment.get("UV_CONFIG_FILE"):
        files = [Path(environment["UV_CONFIG_FILE"])]
    found: dict[str, str] = {}
    for file in files:
        found |= _uv_file(file)
    passed = {
        name: value
        for name, value in environment.items()
        if name in _UV_VARIABLES or (name.startswith("UV_INDEX_") and name.endswith(_SECRETS))
    }
    return found | {
        name: value if name.endswith(_SECRETS) else _remote(value) for name, value in passed.items()
    }


_SECRETS = ("_USERNAME", "_PASSWORD")


def _uv_file(path: Path) -> dict[str, str]:
    try:
        settings = load_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # uv itself says best what is wrong there
    settings = settings.get("pip", {}) | settings
    default = str(settings.get("index-url", ""))
    others = [str(url) for url in settings.get("extra-index-url", ())]
    for index in settings.get("index", ()):
        url = _named(index)
        if index.get("default"):
            default = url
        else:
            others.append(url)
    found = {
        "UV_DEFAULT_INDEX": _remote(default),
        "UV_INDEX": _remote(" ".join(others)),
        "UV_FIND_LINKS": ",".join(_remote(" ".join(settings.get("find-links", ()))).split()),
        "UV_INSECURE_HOST": " ".join(settings.get("allow-insecure-host", ())),
        "UV_INDEX_STRATEGY": str(settings.get("index-strategy", "")),
    }
    return {name: value for name, value in found.items() if value}


def _named(index: Mapping[str, Any]) -> str:
    url = str(index.get("url", ""))
    return f"{index['name']}={url}" if index.get("name") else url


def _unnamed(index: str) -> str:
    name, equals, url = index.partition("=")
    return url if equals and "/" not in name else index


def _remote(value: str) -> str:
    """The words of a list without local paths, which no container can see."""
    words = value.replace(",", " ").split()
    return " ".join(
        word for word in words if not _unnamed(word).startswith(("file:", "/", ".", "~"))
    )
