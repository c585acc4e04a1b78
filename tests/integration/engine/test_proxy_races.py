"""Swap what the socket proxy has checked: no file outside the repo is read or written."""

import ctypes
import io
import os
import secrets
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Process
from pathlib import Path
from typing import Any

import pytest

from helpers.containers.siblings import remove_siblings
from helpers.engine.client import Client, EngineError
from helpers.engine.containers import remove_volume
from helpers.engine.endpoint import Endpoint
from helpers.engine.proxy.beneath import volume_of
from helpers.engine.proxy.requests import Rules
from helpers.engine.proxy.server import serve
from helpers.images.base.base_image import ensure_base_image
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.system.host import read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import make_repo

pytestmark = pytest.mark.slow

_EXCHANGE = 2
_ATTEMPTS = int(os.environ.get("HELPERS_RACE_ATTEMPTS", "100"))


@dataclass(frozen=True)
class Trap:
    """A repo whose folder `d` can be swapped for a link to a folder outside."""

    client: Client
    api: Client
    image: str
    repo: Path
    outside: Path

    @property
    def folder(self) -> Path:
        return self.repo / "d"

    @property
    def link(self) -> Path:
        return self.repo / "l"

    def create(self, host: dict[str, Any], command: str = "sleep 60") -> str:
        body = {"Image": self.image, "Cmd": ["sh", "-c", command], "HostConfig": host}
        return str(self.api.call("POST", "/containers/create", body=body)["Id"])

    def remove(self, container: str) -> None:
        with suppress(EngineError):
            self.api.call("DELETE", f"/containers/{container}", query={"force": "1"})

    def read(self, container: str, path: str) -> bytes:
        """A file of a container as `docker cp` reads it; empty where it cannot."""
        try:
            found = self.api.read("GET", f"/containers/{container}/archive", query={"path": path})
        except EngineError:
            return b""
        with tarfile.open(fileobj=io.BytesIO(found)) as tar:
            member = tar.next()
            content = tar.extractfile(member) if member and member.isfile() else None
            return content.read() if content else b""

    def write(self, container: str, folder: str) -> None:
        """Write a file in a container as `docker cp` does."""
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("planted"), io.BytesIO())
        with suppress(EngineError):
            path = f"/containers/{container}/archive"
            self.api.read("PUT", path, query={"path": folder}, data=made.getvalue())


@pytest.fixture(scope="module")
def trap(client: Client) -> Iterator[Trap]:
    sockets = Path(tempfile.mkdtemp(prefix="px"))
    repo = make_repo(working_folder(TOOLCHAIN_ROOT) / "tests" / sockets.name)
    # As far as the engine looks, the toolchain's own tree is the host.
    outside = repo.root.with_name(f"{sockets.name}-outside")
    outside.mkdir()
    (outside / "secret").write_text("of the host")
    (repo.root / "d").mkdir()
    (repo.root / "d" / "secret").write_text("of the repo")
    (repo.root / "l").symlink_to(outside)
    image = ensure_base_image(repo, read_host().platform, lambda _: None, client)
    labels = {"org.helpers.run": f"race{secrets.token_hex(4)}"}
    rules = Rules(SocketPolicy.OWN, labels, str(repo.root))
    path = sockets / "own"
    try:
        with serve(client.endpoint.socket, path, rules):
            api = Client(Endpoint(f"unix://{path}", "test"))
            yield Trap(client, api, image, repo.root, outside)
    finally:
        remove_siblings(client, labels)
        remove_volume(client, volume_of(rules))
        for folder in (sockets, repo.root, outside):
            shutil.rmtree(folder, ignore_errors=True)


def _swap(one: str, other: str) -> None:
    libc = ctypes.CDLL(None)
    while True:
        libc.renameat2(-100, one.encode(), -100, other.encode(), _EXCHANGE)
        time.sleep(0.0005)


@contextmanager
def _swapping(trap: Trap) -> Iterator[None]:
    """Exchange the folder and the link for as long as the context lasts; then as they were."""
    process = Process(target=_swap, args=(str(trap.folder), str(trap.link)), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()
        if trap.folder.is_symlink():
            _exchange_back(trap)


def _exchange_back(trap: Trap) -> None:
    aside = trap.repo / "aside"
    trap.folder.rename(aside)
    trap.link.rename(trap.folder)
    aside.rename(trap.link)


def _mounts(trap: Trap) -> list[dict[str, Any]]:
    mount = {"Type": "bind", "Source": str(trap.folder), "Target": "/x"}
    return [{"Binds": [f"{trap.folder}:/x"]}, {"Mounts": [mount]}]


def _create_while_swapped(trap: Trap, host: dict[str, Any], command: str = "sleep 60") -> str:
    for _ in range(1000):
        with suppress(EngineError):
            return trap.create(host, command)
    raise AssertionError("no container was made")


@pytest.mark.superslow
def test_copying_through_a_swapped_mount_reaches_nothing_outside(trap: Trap) -> None:
    for host in _mounts(trap):
        container = trap.create(host)
        try:
            with _swapping(trap):
                for _ in range(_ATTEMPTS):
                    assert trap.read(container, "/x/secret") in (b"", b"of the repo")
                    trap.write(container, "/x")
        finally:
            trap.remove(container)
        assert [path.name for path in trap.outside.iterdir()] == ["secret"]


@pytest.mark.superslow
def test_what_starts_while_its_mount_is_swapped_sees_nothing_outside(trap: Trap) -> None:
    command = "cat /x/secret > /seen; touch /x/planted; exit 0"
    for host in _mounts(trap):
        with _swapping(trap):
            for attempt in range(max(10, _ATTEMPTS // 20)):
                container = _create_while_swapped(trap, host, command)
                try:
                    for verb in ("start", "restart") if attempt % 2 else ("start",):
                        with suppress(EngineError):
                            trap.api.call("POST", f"/containers/{container}/{verb}")
                            trap.api.call("POST", f"/containers/{container}/wait")
                    assert trap.read(container, "/seen") in (b"", b"of the repo")
                finally:
                    trap.remove(container)
        assert [path.name for path in trap.outside.iterdir()] == ["secret"]


def test_a_link_put_in_a_mounts_place_before_it_starts_leads_nowhere(trap: Trap) -> None:
    container = trap.create(_mounts(trap)[0])
    _exchange_back_to_link(trap)
    try:
        assert trap.read(container, "/x/secret") == b""
        with pytest.raises(EngineError):
            trap.api.call("POST", f"/containers/{container}/start")
    finally:
        _exchange_back(trap)
        trap.remove(container)


def _exchange_back_to_link(trap: Trap) -> None:
    _exchange_back(trap)
    assert trap.folder.is_symlink()
