"""Logins of package indexes: the keyring's, or a token that the index mints for a job of a CI."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from helpers.model.packages.index import PackageIndex
from helpers.registry.access import Access
from helpers.registry.credentials import Credentials
from helpers.registry.errors import NotAuthorizedError
from helpers.registry.index_logins import TOKEN_USER, find_login
from helpers.registry.retry_budget import RetryBudget
from tests.builders import make_host
from tests.servers import LOOPBACK, InThread

_INDEX = PackageIndex("team", "https://example.org/simple", "https://example.org/upload/")
# What the program says of logins that the tests know.
_KEYRING = """\
case "$*" in
"--mode creds --output json get https://example.org/upload/") %s ;;
"get example.org ann") echo "of ann" ;;
*) exit 1 ;;
esac
"""


def _login(
    folder: Path,
    creds: str = "exit 1",
    username: str = "",
    index: PackageIndex = _INDEX,
    **environment: str,
) -> Credentials | None:
    program = folder / "keyring"
    program.write_text(f"#!/bin/sh\n{_KEYRING % creds}")
    program.chmod(0o755)
    host = make_host(folder, {"PATH": f"{folder}:/usr/bin:/bin", **environment})
    access = Access(host, None, budget=RetryBudget(total=1, first=0.01))
    return find_login(index, host, access, username)


def test_the_keyring_says_user_and_password(tmp_path: Path) -> None:
    said = json.dumps({"username": "bob", "password": "a b:c"})
    assert _login(tmp_path, f"echo '{said}'") == Credentials("bob", "a b:c")
    said = json.dumps({"username": None, "password": "t0ken"})
    assert _login(tmp_path, f"echo '{said}'") == Credentials(TOKEN_USER, "t0ken")


def test_a_named_users_password_may_be_stored_for_the_host(tmp_path: Path) -> None:
    assert _login(tmp_path, username="ann") == Credentials("ann", "of ann")
    assert _login(tmp_path, username="eve") is None


@pytest.mark.parametrize("creds", ["exit 2", "echo nonsense", "echo '{}'", "kill $$"])
def test_a_keyring_that_has_nothing_is_no_login(tmp_path: Path, creds: str) -> None:
    assert _login(tmp_path, creds) is None


class _Mint(BaseHTTPRequestHandler):
    """An index that trusts the job whose identity is `me`, and the CI that says so."""

    def do_GET(self) -> None:
        """Say the audience, or who the job is."""
        if self.path == "/_/oidc/audience":
            self._answer(200, {"audience": "the-team"})
        elif self.headers["Authorization"] == "Bearer ask" and "&audience=the-team" in self.path:
            self._answer(200, {"value": "me"})
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        """Mint a token."""
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        trusted = said == {"token": "me"}
        reasons = {"errors": [{"code": "x", "description": "no such publisher"}]}
        self._answer(200 if trusted else 403, {"token": "minted"} if trusted else reasons)

    def _answer(self, status: int, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def minting() -> Iterator[PackageIndex]:
    with InThread(ThreadingHTTPServer((LOOPBACK, 0), _Mint)) as server:
        origin = f"http://{LOOPBACK}:{server.port}"
        yield PackageIndex("team", f"{origin}/simple", f"{origin}/legacy/")


def test_a_trusted_job_needs_no_password(tmp_path: Path, minting: PackageIndex) -> None:
    github = {
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "ask",
        "ACTIONS_ID_TOKEN_REQUEST_URL": minting.simple.replace("simple", "identity?v=1"),
    }
    expected = Credentials(TOKEN_USER, "minted")
    assert _login(tmp_path, index=minting, **github) == expected
    assert _login(tmp_path, index=minting, THE_TEAM_ID_TOKEN="me") == expected
    # Of another audience, so it is for somebody else.
    assert _login(tmp_path, index=minting, OTHER_ID_TOKEN="me") is None


def test_a_job_that_is_not_trusted_is_told_why(tmp_path: Path, minting: PackageIndex) -> None:
    with pytest.raises(NotAuthorizedError, match="no such publisher") as caught:
        _login(tmp_path, index=minting, THE_TEAM_ID_TOKEN="s3cret")
    assert "s3cret" not in str(caught.value)
