"""A server of tokens for a registry, as large registries have one."""

import base64
import json
import subprocess
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.servers import LOOPBACK, InThread

_SERVICE = "tests"


class TokenServer(InThread):
    """Gives tokens that a registry takes, to one login.

    Attributes:
        granted: the scopes of each token, in order.
        seconds: how long the next ones are valid.
        status: answer with this instead of a token, once.
    """

    def __init__(self, folder: Path, login: tuple[str, str], identity_token: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.granted: list[list[str]] = []
        self.seconds = 300
        self.status = 0
        self._login = base64.b64encode(":".join(login).encode()).decode()
        self._identity_token = identity_token
        self._key, self._certificate = folder / "token.key", folder / "token.crt"
        made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tokens"]
        files = ["-keyout", str(self._key), "-out", str(self._certificate)]
        subprocess.run(["openssl", "req", *made, *files], check=True, capture_output=True)
        server = self

        class Handler(_TokenHandler):
            owner = server

        super().__init__(ThreadingHTTPServer((LOOPBACK, 0), Handler))

    @property
    def realm(self) -> str:
        """The server's address, as registries name it."""
        return f"http://{LOOPBACK}:{self.port}/token"

    def auth(self) -> dict[str, object]:
        """The setting `auth` of a registry that takes these tokens."""
        return {
            "token": {
                "realm": self.realm,
                "service": _SERVICE,
                "issuer": _SERVICE,
                "rootcertbundle": str(self._certificate),
            }
        }

    def allows(self, authorization: str, form: dict[str, list[str]]) -> bool:
        """Whether a request has the login."""
        if form:
            return form.get("refresh_token") == [self._identity_token]
        return authorization == f"Basic {self._login}"

    def grant(self, scopes: list[str]) -> dict[str, object]:
        """A token for scopes."""
        self.granted.append(scopes)
        now = int(time.time())
        access = [
            {"type": kind, "name": name, "actions": actions.split(",")}
            for kind, name, actions in (scope.split(":") for scope in scopes)
        ]
        claims = {"iss": _SERVICE, "sub": "ann", "aud": _SERVICE, "jti": str(len(self.granted))}
        times = {"exp": now + self.seconds, "nbf": now - 5, "iat": now}
        lines = self._certificate.read_text().split("-----")[2]
        head = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(lines.split())]}
        signed = f"{_encoded(head)}.{_encoded({**claims, **times, 'access': access})}"
        sign = ["openssl", "dgst", "-sha256", "-sign", str(self._key)]
        done = subprocess.run(sign, input=signed.encode(), check=True, capture_output=True)
        return {"token": f"{signed}.{_base64(done.stdout)}", "expires_in": self.seconds}


class _TokenHandler(BaseHTTPRequestHandler):
    owner: TokenServer

    def do_GET(self) -> None:
        """Give a token to who logs in with HTTP's Basic authentication."""
        self._answer(parse_qs(urlsplit(self.path).query).get("scope", []), {})

    def do_POST(self) -> None:
        """Give a token for an identity token."""
        length = int(self.headers["Content-Length"])
        form = parse_qs(self.rfile.read(length).decode())
        self._answer(form.get("scope", [""])[0].split(), form)

    def _answer(self, scopes: list[str], form: dict[str, list[str]]) -> None:
        allowed = self.owner.allows(self.headers.get("Authorization", ""), form)
        status, self.owner.status = self.owner.status or (200 if allowed else 401), 0
        # As some do, it repeats what it was given.
        said = {"details": self.headers.get("Authorization", "") + str(form)}
        content = json.dumps(self.owner.grant(scopes) if status == 200 else said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _encoded(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
