"""Registries on this machine for tests, and a proxy before one that fails on purpose.

Tests also run in a container beside those that the engine starts. There the engine, which pushes
and pulls, does not reach the loopback of the tests. The registry then runs in a container of its
own, made from the image that the tests run in, and a relay makes the same address work here.
"""

import base64
import contextlib
import dataclasses
import json
import os
import re
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests import engine
from tests.servers import LOOPBACK, InThread, Relay

# Where a registry listens in a container of its own.
_INNER_PORT = 5000
_BLOCK = 16 * 1024
_START_SECONDS = 60.0
# The first byte of a connection that begins with a handshake of TLS.
_TLS_RECORD = b"\x16"


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


@dataclass(frozen=True)
class Registry:
    """A registry that runs.

    Attributes:
        address: host and port, the same for the tests and the engine.
        storage: where it keeps its content.
        username: empty where it wants no login.
        certificates: the authority of its certificate (PEM); empty where it speaks plain HTTP.
    """

    address: str
    storage: Path
    username: str = ""
    password: str = field(default="", repr=False)
    certificates: bytes = b""

    def basic(self) -> str:
        """The login as HTTP and Docker's settings write it."""
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    def docker_settings(self, folder: Path) -> Path:
        """A folder for `DOCKER_CONFIG` with this registry's login, as `docker login` writes it."""
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"auths": {self.address: {"auth": self.basic()}}}
        (folder / "config.json").write_text(json.dumps(settings))
        return folder


@dataclass(frozen=True)
class RegistryOptions:
    """How a registry is set up.

    Attributes:
        login: user and password that it wants.
        tls: whether it speaks HTTPS, with a certificate of an authority of its own.
        delete: whether it deletes.
        auth: how it is protected otherwise: its setting of that name.
        client_certificates: whether it wants one, of its own authority.
    """

    login: tuple[str, str] | None = None
    tls: bool = False
    delete: bool = True
    auth: Mapping[str, object] | None = None
    client_certificates: bool = False


@contextlib.contextmanager
def serve_registry(
    folder: Path, options: RegistryOptions | None = None, *, for_engine: bool = True
) -> Iterator[Registry]:
    """Run a registry until the end of the block; its files are below `folder`.

    In a container, `folder` is one that the engine can mount under the same path.

    Args:
        for_engine: the engine reaches it as well; without, it starts at once also in a container.
    """
    options = options or RegistryOptions()
    storage = folder / "storage"
    storage.mkdir(parents=True, exist_ok=True)
    certificates = _make_certificate(folder) if options.tls else b""
    image = os.environ.get("HELPERS_IMAGE", "")
    beside = for_engine and os.environ.get("HELPERS_CONTAINER") == "1" and bool(image)
    run = _run_beside(folder, options, image) if beside else _run_here(folder, options)
    with run as port:
        username, password = options.login or ("", "")
        address = f"{LOOPBACK}:{port}"
        yield Registry(address, storage, username, password, certificates)


@contextlib.contextmanager
def _run_here(folder: Path, options: RegistryOptions) -> Iterator[int]:
    port = free_port()
    config = _write_config(folder, options, f"{LOOPBACK}:{port}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(config)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(port, folder / "log", lambda: process.poll() is None)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextlib.contextmanager
def _run_beside(folder: Path, options: RegistryOptions, image: str) -> Iterator[int]:
    """Run it in a container, on a port of the engine's host, and relay to it from here."""
    config = _write_config(folder, options, f"0.0.0.0:{_INNER_PORT}")
    name = f"helpers-test-registry-{secrets.token_hex(4)}"
    port = free_port()
    command = ["docker", "run", "--detach", "--name", name]
    command += ["--publish", f"{LOOPBACK}:{port}:{_INNER_PORT}"]
    # Beside its own folder may be files that its settings name.
    command += [
        "--volume",
        f"{folder.parent}:{folder.parent}",
        "--user",
        f"{os.getuid()}:{os.getgid()}",
    ]
    command += ["--entrypoint", "docker-registry"]
    subprocess.run([*command, image, "serve", str(config)], check=True, capture_output=True)
    try:
        with Relay((LOOPBACK, port), (_reached_address(name), _INNER_PORT)):
            wait_for(port, folder / "log", lambda: True)
            yield port
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)


def _reached_address(container: str) -> str:
    """The container's address on a network that it shares with this one."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        found = engine.container(container)
        if not found["State"]["Running"]:
            break
        networks = found["NetworkSettings"]["Networks"].values()
        for address in filter(None, (network["IPAddress"] for network in networks)):
            with contextlib.suppress(OSError):
                socket.create_connection((address, _INNER_PORT), 1).close()
                return str(address)
        time.sleep(0.1)
    logs = subprocess.run(["docker", "logs", container], check=False, capture_output=True)
    raise RuntimeError(f"the registry does not start: {logs.stderr.decode(errors='replace')}")


def _write_config(folder: Path, options: RegistryOptions, address: str) -> Path:
    # JSON is YAML.
    http: dict[str, object] = {"addr": address, "secret": "of a test"}
    if options.tls:
        tls = {"certificate": str(folder / "own.crt"), "key": str(folder / "own.key")}
        clients = {"clientcas": [str(folder / "authority.crt")]}
        http["tls"] = {**tls, **clients} if options.client_certificates else tls
    config: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "storage")},
            "delete": {"enabled": options.delete},
        },
        "http": http,
    }
    if options.login:
        # Imported here: most registries want no login.
        import bcrypt

        username, password = options.login
        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4)).decode()
        # The registry knows this name of the method alone.
        (folder / "htpasswd").write_text(f"{username}:{hashed.replace('$2b$', '$2y$')}\n")
        config["auth"] = {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}
    if options.auth:
        config["auth"] = options.auth
    path = folder / "config.yml"
    path.write_text(json.dumps(config))
    return path


def _make_certificate(folder: Path) -> bytes:
    """A certificate for this machine's loopback, and the authority that signed it (returned)."""
    extensions = folder / "extensions"
    extensions.write_text(f"subjectAltName=IP:{LOOPBACK},DNS:localhost\nbasicConstraints=CA:FALSE")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    authority = ["-x509", "-days", "2", "-subj", "/CN=tests' authority"]
    signing = ["-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2"]
    files = ["-in", "own.csr", "-out", "own.crt", "-extfile", extensions.name]
    for command in (
        ["req", *key, *authority, "-keyout", "authority.key", "-out", "authority.crt"],
        ["req", *key, "-subj", "/CN=registry", "-keyout", "own.key", "-out", "own.csr"],
        ["x509", "-req", *signing, *files],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return (folder / "authority.crt").read_bytes()


def wait_for(port: int, log: Path, is_alive: Callable[[], bool]) -> None:
    """Wait until an answer comes, whichever; a connection alone may be that of the relay."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and is_alive():
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 1) as asked:
            # In TLS the answer is a refusal of this, which is one too.
            asked.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if asked.recv(1):
                return
        time.sleep(0.02)
    written = log.read_text(errors="replace") if log.exists() else ""
    raise RuntimeError(f"the registry does not start: {written}")


# --- Failing on purpose -------------------------------------------------------------------------


@dataclass
class Fault:
    """A way to fail, for the next requests that match.

    Attributes:
        matches: a regular expression for `<method> <path>`, the query included.
        times: for how many of them.
        status: answer with this instead of asking the registry, after its whole body was read.
        headers: those of that answer.
        content: that of that answer.
        cut_request: cut the connection after so many bytes of the request's body reached the
            registry.
        cut_answer: cut the connection after so many bytes of the answer's body.
        lose_answer: ask the registry, then cut the connection without an answer.
        delay: seconds before the request is handled.
        drop: cut the connection at once, with nothing asked.
    """

    matches: str
    times: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    cut_request: int | None = None
    cut_answer: int | None = None
    lose_answer: bool = False
    delay: float = 0.0
    drop: bool = False


class FaultyProxy(InThread):
    """Stands before a registry with plain HTTP, and fails as told.

    Attributes:
        address: its host and port.
        asked: what it was asked, as `<method> <path>`, in order.
    """

    def __init__(self, registry: Registry) -> None:
        self.asked: list[str] = []
        self._headers: dict[str, Mapping[str, str]] = {}
        self._target = registry.address
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        proxy = self

        class Handler(_FaultyHandler):
            owner = proxy

        server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        server.block_on_close = False
        super().__init__(server)
        self.address = f"{LOOPBACK}:{self.port}"

    @property
    def target(self) -> str:
        """Host and port of the registry."""
        return self._target

    def fail(self, fault: Fault) -> None:
        """Fail so from now on; faults that match the same request take turns in this order."""
        with self._lock:
            self._faults.append(dataclasses.replace(fault))

    def clear(self) -> None:
        """Fail no more."""
        with self._lock:
            self._faults.clear()

    def headers_of(self, pattern: str) -> Mapping[str, str]:
        """The headers of the last request that matched."""
        found = [line for line in list(self.asked) if re.search(pattern, line)]
        return self._headers[found[-1]]

    def count(self, pattern: str) -> int:
        """How many requests matched so far."""
        return sum(bool(re.search(pattern, line)) for line in list(self.asked))

    def take(self, line: str, headers: Mapping[str, str]) -> Fault | None:
        """The fault for a request, which is noted."""
        with self._lock:
            self.asked.append(line)
            self._headers[line] = headers
            for fault in self._faults:
                if fault.times > 0 and re.search(fault.matches, line):
                    fault.times -= 1
                    return fault
        return None


class _CutError(Exception):
    """The connection is to be cut."""


class _FaultyHandler(BaseHTTPRequestHandler):
    """One connection to the proxy."""

    protocol_version = "HTTP/1.1"
    # Otherwise the content of an answer waits 40 ms until its headers are acknowledged.
    disable_nagle_algorithm = True
    owner: FaultyProxy

    def handle(self) -> None:
        """Engines try TLS first, and take this answer for what it is."""
        if self.connection.recv(1, socket.MSG_PEEK) == _TLS_RECORD:
            self.connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            return
        super().handle()

    def do_GET(self) -> None:
        """Handle a request of any method."""
        fault = self.owner.take(f"{self.command} {self.path}", dict(self.headers.items())) or Fault(
            ""
        )
        time.sleep(fault.delay)
        with contextlib.suppress(_CutError, OSError, HTTPException):
            if fault.drop:
                raise _CutError
            if fault.status:
                for _ in self._sent_blocks():
                    pass
                self._reply(fault.status, fault.headers, fault.content, fault)
                return
            self._relay(fault)
            return
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _sent_blocks(self) -> Iterator[bytes]:
        """The request's body, as it arrives."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            block = self.rfile.read(min(left, _BLOCK))
            if not block:
                raise _CutError
            left -= len(block)
            yield block

    def _relay(self, fault: Fault) -> None:
        """Ask the registry and hand its answer on."""
        upstream = HTTPConnection(self.owner.target, timeout=30)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "keep-alive"):
                    upstream.putheader(name, value)
            upstream.endheaders()
            self._pass_body(upstream, fault)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        if fault.lose_answer:
            raise _CutError
        self._reply(answer.status, self._kept_headers(answer), content, fault)

    def _pass_body(self, upstream: HTTPConnection, fault: Fault) -> None:
        chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        left = fault.cut_request
        for block in self._sent_blocks():
            part = block if left is None else block[:left]
            upstream.send(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            if left is not None:
                left -= len(part)
                if left <= 0:
                    raise _CutError
        if chunked:
            upstream.send(b"0\r\n\r\n")

    def _kept_headers(self, answer: HTTPResponse) -> dict[str, str]:
        """The registry's headers; its addresses become those of the proxy."""
        dropped = ("connection", "transfer-encoding", "content-length")
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in dropped}
        for name in ("Location", "Link"):
            if name in kept:
                kept[name] = kept[name].replace(self.owner.target, self.owner.address)
        if self.command == "HEAD" and answer.headers.get("Content-Length"):
            kept["Content-Length"] = answer.headers["Content-Length"]
        return kept

    def _reply(self, status: int, headers: Mapping[str, str], content: bytes, fault: Fault) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("date", "server"):
                self.send_header(name, value)
        if "Content-Length" not in headers and status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if fault.cut_answer is not None:
            self.wfile.write(content[: fault.cut_answer])
            self.wfile.flush()
            raise _CutError
        if self.command != "HEAD":
            self.wfile.write(content)
