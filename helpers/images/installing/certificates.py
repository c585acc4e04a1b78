"""The certificates that the host trusts, for builds and containers."""

import re
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.host import Host

# Variables that name the bundle: OpenSSL, requests, pip, curl.
_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
# The system's bundles: Debian, Fedora, macOS and Alpine.
_SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
_BLOCK = re.compile(rb"-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.DOTALL)


def bundle_files(repo: Repo, host: Host) -> list[Path]:
    """The host's bundle, where it has one, and the one that the repo's settings name.

    Raises:
        HelpersError: the latter cannot be read.
    """
    found = _host_bundle(host)
    files = [found] if found else []
    if repo.config.certificates:
        # An absolute path stays what it is.
        own = repo.root / repo.config.certificates
        _check_is_bundle(own, repo.config_path.name)
        files.append(own)
    return files


def bundle_content(repo: Repo, host: Host) -> bytes:
    """All certificates (PEM), each once; empty where there are none.

    Raises:
        HelpersError: the bundle that the repo's settings name cannot be read.
    """
    contents = [path.read_bytes() for path in bundle_files(repo, host)]
    if len(contents) < 2:
        return b"".join(contents)
    blocks = dict.fromkeys(block for content in contents for block in _BLOCK.findall(content))
    return b"".join(block + b"\n" for block in blocks)


def _host_bundle(host: Host) -> Path | None:
    named = [host.environment[name] for name in _VARIABLES if host.environment.get(name)]
    candidates = (Path(path) for path in (*named, *_SYSTEM))
    return next((path for path in candidates if path.is_file()), None)


def _check_is_bundle(path: Path, settings: str) -> None:
    try:
        if _BLOCK.search(path.read_bytes()):
            return
        what = "holds no certificate in PEM format"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    raise HelpersError(
        f"the certificate bundle {what}",
        where=f"{path} (key 'certificates' of {settings})",
        fix="name a file with '-----BEGIN CERTIFICATE-----' blocks, or remove the key",
    )
