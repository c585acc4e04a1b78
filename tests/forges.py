"""A forge's interface for tests: a real server that answers as told and keeps what it was asked."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.servers import LOOPBACK, InThread

Answer = tuple[int, Any]


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    query: str
    content: Any
    authorization: str
    job_token: str = ""

    @property
    def line(self) -> str:
        """What was asked for."""
        return f"{self.method} {self.path}"


class FakeForge(InThread):
    """Answers `METHOD /path` with a status and JSON, or as a function says; others with 404."""

    def __init__(self, answers: Mapping[str, Answer | Callable[[Asked], Answer]]) -> None:
        self.answers = dict(answers)
        self.asked: list[Asked] = []
        forge = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                sent = self.rfile.read(length)
                parts = urlsplit(self.path)
                asked = Asked(
                    self.command,
                    parts.path,
                    parts.query,
                    json.loads(sent) if sent else None,
                    self.headers.get("Authorization", ""),
                    self.headers.get("JOB-TOKEN", ""),
                )
                forge.asked.append(asked)
                found = forge.answers.get(asked.line, (404, {"message": "Not Found"}))
                status, content = found(asked) if callable(found) else found
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if not isinstance(content, bytes):
                    self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(ThreadingHTTPServer((LOOPBACK, 0), Handler))

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def lines(self) -> list[str]:
        """What was asked for, in order."""
        return [one.line for one in self.asked]
