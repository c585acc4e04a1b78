"""The HTTP side: rows as JSON in, predictions as JSON out; and whether it is well."""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd

from customer_spend.data_loaders.data_loader import typed
from customer_spend.errors import InputError
from customer_spend.models.common.finding import load_model
from customer_spend.models.common.model import Model

_MOST_BYTES = 10_000_000
_ENDINGS = (signal.SIGTERM, signal.SIGINT)


def serve_until_told(folder: Path, host: str, port: int) -> None:
    """Serve the model in a folder until SIGTERM or SIGINT.

    Raises:
        InputError: there is no model that can be used.
        OSError: the port is taken.
    """
    # Blocked, one that comes early waits until it is waited for.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    name, model = load_model(folder)
    with serve(name, model, host, port) as found:
        print(f"{name} listens on {host}:{found}", file=sys.stderr, flush=True)
        signal.sigwait(_ENDINGS)


@contextmanager
def serve(name: str, model: Model, host: str, port: int) -> Iterator[int]:
    """Serve in the background for as long as the context lasts; its port, a free one for 0."""
    server = _Server(name, model, (host, port))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(model: Model, body: bytes) -> list[float]:
    """A prediction for each row of a list of JSON.

    Raises:
        InputError: it is no such list, or a row cannot be used.
    """
    try:
        rows = json.loads(body)
    except ValueError as error:
        raise InputError(f"the request is no JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError("the request is no list of rows, such as [{...}]")
    return [
        float(value)
        for value in model.predict(typed(pd.DataFrame(rows), "the request"))
    ]


class _Server(ThreadingHTTPServer):
    # Closing waits for the requests that were begun.
    daemon_threads = False

    def __init__(self, name: str, model: Model, address: tuple[str, int]) -> None:
        self.name, self.model = name, model
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    # A client that sends nothing is not waited for any longer.
    timeout = 10

    def do_GET(self) -> None:
        """Say that it is well, and what it serves."""
        if self.path == "/health":
            self._send(HTTPStatus.OK, {"status": "ok", "model": self.server.name})
        else:
            self._send(HTTPStatus.NOT_FOUND, {"error": f"nothing is at {self.path}"})

    def do_POST(self) -> None:
        """Predict."""
        if self.path != "/predict":
            self._send(HTTPStatus.NOT_FOUND, {"error": f"nothing is at {self.path}"})
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MOST_BYTES:
            wanted = f"at most {_MOST_BYTES} bytes, with Content-Length"
            self._send(HTTPStatus.BAD_REQUEST, {"error": f"expected {wanted}"})
            return
        try:
            found = answer(self.server.model, self.rfile.read(int(length)))
        except InputError as error:
            self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        else:
            self._send(HTTPStatus.OK, {"model": self.server.name, "predictions": found})

    def _send(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
