"""The driver's images for hosts: a registry on loopback that can only be read, with a password.

What it serves it takes from the engine when somebody offers it: each layer is kept once.
"""

import base64
import json
import secrets
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

from helpers.engine.client import Client
from helpers.engine.containers import unpacked_size
from helpers.engine.saved_image import save_image
from helpers.model.dataclass import dataclass
from helpers.model.descriptor import OCI_CONFIG, OCI_MANIFEST, digest_of
from helpers.system.files import write_atomic
from helpers.system.lease import is_held, working_folder

# The one name of a repository here: images are told apart by their digests.
REPOSITORY = "helpers"
USER = "helpers"
_OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
# How each connection of TLS begins.
_TLS = b"\x16"


@dataclass(frozen=True, slots=True)
class Offered:
    """An image that can be pulled, or is there already.

    Attributes:
        manifest: its digest, by which it is pulled; engines with containerd know it by that.
        config: the digest of its settings, by which other engines know it.
        size: the bytes that it takes where nothing of it is yet; 0: not known.
        source: its name in a registry that everybody reaches; empty: ours has it.
    """

    manifest: str
    config: str
    size: int = 0
    source: str = ""


@dataclass(slots=True)
class ImageServer:
    """Serves images of one engine.

    Attributes:
        folder: where layers are kept meanwhile.
        known: where the digests of images are noted for later runs, by their ids.
        port: on loopback.
        password: of whoever may pull.
    """

    client: Client
    folder: Path
    known: Path
    port: int = 0
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _manifests: dict[str, bytes] = field(default_factory=dict)
    _small: dict[str, bytes] = field(default_factory=dict)
    _offered: dict[str, Offered] = field(default_factory=dict)
    # One at a time: the next image may need the same layers, which are kept by then.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def offer(self, image: str) -> Offered:
        """Let an image be pulled.

        Args:
            image: its id on the engine.

        Raises:
            EngineError: the engine has no such image.
            HelpersError: the engine keeps images in a way that no registry takes.
        """
        with self._lock:
            if image not in self._offered:
                self._offered[image] = self._recall(image) or self._take(image)
            return self._offered[image]

    def _recall(self, image: str) -> Offered | None:
        """What an earlier run learned of an image, which most hosts then have."""
        try:
            noted = (self.known / image.removeprefix("sha256:")).read_text()
            manifest, config, size = noted.split()
            return Offered(manifest, config, int(size))
        except (OSError, ValueError):
            return None

    def _take(self, image: str) -> Offered:
        """Take an image from the engine, whole."""
        saved = save_image(self.client, image, self._keep)
        self._small |= saved.small
        manifest = as_oci(saved.content)
        packed = sum(layer["size"] for layer in json.loads(manifest)["layers"])
        size = packed + unpacked_size(self.client, image)
        offered = Offered(digest_of(manifest), saved.config, size)
        self._manifests[offered.manifest] = manifest
        self.known.mkdir(exist_ok=True)
        said = f"{offered.manifest} {offered.config} {offered.size}\n"
        write_atomic(self.known / image.removeprefix("sha256:"), said, durable=False)
        return offered

    def _keep(self, digest: str, size: int, content: IO[bytes]) -> None:
        path = self._path(digest)
        if path.exists():
            return
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
        assert partial.stat().st_size == size, "the engine sent it whole"
        partial.rename(path)

    def _path(self, digest: str) -> Path:
        return self.folder / digest.removeprefix("sha256:")

    def may(self, authorization: str) -> bool:
        """Whether somebody said the password."""
        said = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        return secrets.compare_digest(authorization.encode(), f"Basic {said}".encode())

    def manifest(self, digest: str) -> bytes | None:
        """A manifest that is offered."""
        with self._lock:
            for image, offered in self._offered.items():
                if offered.manifest == digest and digest not in self._manifests:
                    self._take(image)
            return self._manifests.get(digest)

    def blob(self, digest: str) -> bytes | Path | None:
        """A layer or settings: small ones themselves, of others the file."""
        if digest in self._small:
            return self._small[digest]
        path = self._path(digest)
        known = digest.startswith("sha256:") and digest.removeprefix("sha256:").isalnum()
        return path if known and path.is_file() else None


def as_oci(manifest: bytes) -> bytes:
    """A manifest as all engines understand it.

    An engine keeps what it built under Docker's media types, of which there is none for zstd.
    """
    found = json.loads(manifest)
    for layer in found["layers"]:
        packed = "zstd" if "zstd" in layer["mediaType"] else "gzip"
        layer["mediaType"] = f"{_OCI_LAYER}+{packed}"
    found["config"]["mediaType"] = OCI_CONFIG
    return json.dumps({**found, "mediaType": OCI_MANIFEST}).encode()


@contextmanager
def serve_images(client: Client, repo: Path, run: str) -> Iterator[ImageServer]:
    """Serve images for as long as the context lasts.

    Args:
        run: the run's id, whose lease is held meanwhile.
    """
    folder = working_folder(repo) / "served_images"
    folder.mkdir(exist_ok=True)
    for one in folder.iterdir():
        if not is_held(repo, one.name):
            shutil.rmtree(one)
    (folder / run).mkdir()
    images = ImageServer(client, folder / run, working_folder(repo) / "image_digests")

    class Handler(_Handler):
        served = images

    server = _Server(("127.0.0.1", 0), Handler)
    images.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield images
    finally:
        server.shutdown()
        server.server_close()
        shutil.rmtree(images.folder, ignore_errors=True)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A host that goes away in the middle is named by whoever waits for it."""


class _Handler(BaseHTTPRequestHandler):
    """https://distribution.github.io/distribution/spec/api/, as far as a pull needs it."""

    protocol_version = "HTTP/1.1"
    served: ImageServer

    def handle(self) -> None:
        """Answer; an engine that tries TLS first is told that this is plain HTTP, as it expects."""
        if self.connection.recv(1, socket.MSG_PEEK) == _TLS:
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        super().handle()

    def do_GET(self) -> None:
        """What is asked for, where it is offered."""
        if not self.served.may(self.headers.get("Authorization", "")):
            self._answer(HTTPStatus.UNAUTHORIZED, "text/plain", b"")
            return
        words = self.path.partition("?")[0].strip("/").split("/")
        if words == ["v2"]:
            self._answer(HTTPStatus.OK, "application/json", b"{}")
        elif words[:-1] == ["v2", REPOSITORY, "manifests"] and (
            found := self.served.manifest(words[-1])
        ):
            self._answer(HTTPStatus.OK, OCI_MANIFEST, found, words[-1])
        elif words[:-1] == ["v2", REPOSITORY, "blobs"] and (blob := self.served.blob(words[-1])):
            self._answer(HTTPStatus.OK, "application/octet-stream", blob, words[-1])
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"")

    def do_HEAD(self) -> None:
        """The same without the content."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nobody reads what was asked for."""

    def _answer(
        self, status: HTTPStatus, kind: str, content: bytes | Path, digest: str = ""
    ) -> None:
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        if digest:
            self.send_header("Docker-Content-Digest", digest)
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="helpers"')
        self.end_headers()
        if self.command == "HEAD":
            return
        if isinstance(content, bytes):
            self.wfile.write(content)
        else:
            with content.open("rb") as file:
                shutil.copyfileobj(file, self.wfile, 1 << 20)
