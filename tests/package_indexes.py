"""A package index on this machine for tests: pypiserver, with a password."""

import base64
import contextlib
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from helpers.system.process import run
from tests.needs import find_program
from tests.registries import FaultyProxy, Registry, free_port, wait_for
from tests.servers import LOOPBACK

_REQUIREMENTS = Path(__file__).parent / "integration" / "index_requirements.txt"
USER, PASSWORD = "ann", "s3cret of the team"


@dataclass(frozen=True)
class RunningIndex:
    """An index that runs.

    Attributes:
        proxy: stands before it, and fails as told.
        storage: the folder of its files.
        python: of its environment, which has pip.
    """

    proxy: FaultyProxy
    storage: Path
    python: Path = field(repr=False)

    @property
    def publish(self) -> str:
        """Where files are uploaded to."""
        return f"http://{self.proxy.address}/"

    @property
    def simple(self) -> str:
        """Where installers look."""
        return f"http://{self.proxy.address}/simple/"

    @property
    def settings(self) -> str:
        """The lines of `repo_config.yaml` that name it."""
        return f"indexes:\n  team: {{publish: '{self.publish}', simple: '{self.simple}'}}\n"

    def names(self) -> list[str]:
        """The files that it has."""
        return sorted(one.name for one in self.storage.iterdir())

    def add_public(self, *requirements: str) -> None:
        """Put wheels of others into it."""
        pip = ("-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps")
        run([self.python, *pip, "--dest", self.storage, *requirements])


def make_environment(folder: Path, requirements: Path = _REQUIREMENTS) -> Path:
    """An environment with locked requirements, by default pypiserver's; its Python."""
    uv = find_program("uv")
    run([uv, "venv", "--quiet", "--python", sys.executable, folder])
    python = folder / "bin" / "python"
    install = (uv, "pip", "install", "--quiet", "--require-hashes", "--requirement", requirements)
    run([*install, "--python", python])
    return python


@contextlib.contextmanager
def serve_index(python: Path, folder: Path) -> Iterator[RunningIndex]:
    """Run an index until the end of the block; its files are below `folder`."""
    storage = folder / "packages"
    storage.mkdir(parents=True)
    hashed = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest())
    (folder / "htpasswd").write_text(f"{USER}:{{SHA}}{hashed.decode()}\n")
    port = free_port()
    program = (python.with_name("pypi-server"), "--hash-algo", "sha256", "run")
    place = ("-i", LOOPBACK, "-p", str(port), "--disable-fallback")
    login = ("-P", folder / "htpasswd", "-a", "update,download,list")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*program, *place, *login, storage], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(port, folder / "log", lambda: process.poll() is None)
        with FaultyProxy(Registry(f"{LOOPBACK}:{port}", storage)) as proxy:
            yield RunningIndex(proxy, storage, python)
    finally:
        process.terminate()
        process.wait(timeout=60)
