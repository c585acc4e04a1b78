"""A conda channel of this machine's own for tests: a folder, or over HTTP behind a token."""

import contextlib
import http.server
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.system.process import run
from tests.engine_relay import own_address
from tests.needs import find_program
from tests.package_indexes import make_environment
from tests.servers import InThread

_REQUIREMENTS = Path(__file__).parent / "integration" / "conda_requirements.txt"
_PYTEST = Path(__file__).parent / "integration" / "pytest_requirements.txt"
_PACKING = Path(__file__).parent / "conda_packing.py"
# What a Python of 7 MB can do without.
_LEFT_OUT = ("config-", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "turtledemo", "EXTERNALLY")
# Debian's Python looks for packages elsewhere, and would put them elsewhere.
_SITE = """\
import site, sys
site.addsitedir(f"{sys.prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages")
"""
_SCHEME = ("prefix_scheme = 'posix_local'", "prefix_scheme = 'posix_prefix'")


@dataclass(frozen=True)
class Channel:
    """A channel, and an environment with the tools that made it."""

    folder: Path
    python: Path
    python_version: str

    @property
    def sbom(self) -> Path:
        """Another tool's reader of locks."""
        return self.python.with_name("pixi-sbom")


def make_channel(folder: Path, base: str) -> None:
    """Make a channel below `folder`, with the Python of a base image.

    Args:
        base: the image.
    """
    python = make_environment(folder / "env", _REQUIREMENTS)
    version = _take_python(folder / "python", base)
    uv = find_program("uv")
    site = folder / "site"
    install = (uv, "pip", "install", "--quiet", "--require-hashes", "--requirement", _PYTEST)
    run([*install, "--target", site, "--python", python])
    run([python, _PACKING, folder / "channel", folder / "python", version, site])
    (folder / "version").write_text(version)


def made_channel(folder: Path) -> Channel:
    """The channel that was made below `folder`."""
    python = folder / "env" / "bin" / "python"
    return Channel(folder / "channel", python, (folder / "version").read_text())


def _take_python(target: Path, base: str) -> str:
    """Copy an image's Python, as conda has it; its version."""
    ask = "import platform; print(platform.python_version())"
    version = run(["docker", "run", "--rm", base, "python3", "-c", ask]).stdout.strip()
    name = f"python{version.rpartition('.')[0]}"
    container = run(["docker", "create", base, "true"]).stdout.strip()
    try:
        for part in (f"bin/{name}", f"lib/{name}"):
            (target / part).parent.mkdir(parents=True)
            run(["docker", "cp", f"{container}:/usr/{part}", target / part])
    finally:
        run(["docker", "rm", container])
    for alias in ("python", "python3"):
        (target / "bin" / alias).symlink_to(name)
    library = target / "lib" / name
    for path in library.iterdir():
        if path.name.startswith(_LEFT_OUT):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (library / "sitecustomize.py").unlink()
    (library / "sitecustomize.py").write_text(_SITE)
    sysconfig = library / "sysconfig" / "__init__.py"
    sysconfig.write_text(sysconfig.read_text().replace(*_SCHEME))
    return version


@contextlib.contextmanager
def serve_channel(channel: Path) -> Iterator["ServedChannel"]:
    """Serve a folder over HTTP to whoever knows its token, until the end of the block."""
    token = f"tk-{secrets.token_hex(8)}"
    begin = f"/t/{token}/channel/"
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(channel))

        def translate_path(self, path: str) -> str:
            if not path.startswith(begin):
                return str(channel / "there-is-none")
            return super().translate_path(f"/{path.removeprefix(begin)}")

        def log_message(self, format: str, *args: object) -> None:
            asked.append(format % args)

    with InThread(http.server.ThreadingHTTPServer(("0.0.0.0", 0), Handler)) as server:
        yield ServedChannel(f"{own_address()}:{server.port}", token, asked)


@dataclass(frozen=True)
class ServedChannel:
    """A channel over HTTP.

    Attributes:
        address: host and port.
        token: without it there is nothing.
        asked: the requests.
    """

    address: str
    token: str
    asked: list[str]

    @property
    def url(self) -> str:
        """As files name it: without the token."""
        return f"http://{self.address}/channel"
