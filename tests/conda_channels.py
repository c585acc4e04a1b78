"""A conda channel of this machine's own for tests: a folder, or over HTTP behind a token."""

import contextlib
import http.server
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpers.engine.client import Client
from helpers.images.base.base_image import ensure_base_image
from helpers.model.settings.config import DEFAULT_BASE_IMAGE
from helpers.system.host import read_host
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from helpers.system.repo_files import load_repo
from tests.engine_relay import reached_by_builds
from tests.made_once import made_once
from tests.needs import find_program
from tests.package_indexes import make_environment
from tests.servers import InThread

_REQUIREMENTS = Path(__file__).parent / "integration" / "conda_requirements.txt"
_PYTEST = Path(__file__).parent / "integration" / "pytest_requirements.txt"
_ZIG = Path(__file__).parent / "integration" / "zig_requirements.txt"
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


def make_channel(folder: Path, base: str, *requirements: Path) -> None:
    """Make a channel below `folder`, with the Python of a base image.

    Args:
        base: the image.
        requirements: what it has besides of wheels, for this machine's platform.
    """
    python = make_environment(folder / "env", _REQUIREMENTS)
    version = _take_python(folder / "python", base)
    uv = find_program("uv")
    site = folder / "site"
    files: list[str | Path] = []
    for file in requirements or (_PYTEST,):
        files += ["--requirement", file]
    install = (uv, "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:", *files)
    run([*install, "--target", site, "--python", python, "--python-version", version])
    compiled = folder / "compiled"
    if requirements:
        _byte_compile(site, base)
    else:
        _compile(make_environment(folder / "zig", _ZIG), compiled)
    run([python, _PACKING, folder / "channel", folder / "python", version, site, compiled])
    (folder / "version").write_text(version)


def session_channel(
    factory: pytest.TempPathFactory, client: Client, name: str = "conda", *requirements: Path
) -> Channel:
    """A channel that is made once for the session; with the Python of the default base image."""
    repo, host = load_repo(TOOLCHAIN_ROOT), read_host()
    base = ensure_base_image(repo, host.platform, lambda _: None, client, DEFAULT_BASE_IMAGE)
    return made_channel(made_once(factory, name, lambda to: make_channel(to, base, *requirements)))


def made_channel(folder: Path) -> Channel:
    """The channel that was made below `folder`."""
    python = folder / "env" / "bin" / "python"
    return Channel(folder / "channel", python, (folder / "version").read_text())


def _byte_compile(site: Path, base: str) -> None:
    """Compile what is installed, by the Python of a base image: packages of channels are."""
    script = "python3 -m compileall -q -j 0 /site || true"
    container = run(["docker", "create", base, "sh", "-c", script]).stdout.strip()
    try:
        run(["docker", "cp", site, f"{container}:/site"])
        run(["docker", "start", "--attach", container])
        run(["docker", "cp", f"{container}:/site/.", site])
    finally:
        run(["docker", "rm", container])


def _compile(zig: Path, folder: Path) -> None:
    """Compile a C library for each platform, which uses nothing of the system's."""
    source = folder / "answer.c"
    source.parent.mkdir()
    source.write_text("int geo_answer(void) { return 42; }\n")
    for platform, target in (("linux-64", "x86_64"), ("linux-aarch64", "aarch64")):
        library = folder / platform / "lib" / "libgeo.so"
        library.parent.mkdir(parents=True)
        options = ["cc", "-target", f"{target}-linux-gnu", "-nostdlib", "-shared", "-fPIC", "-s"]
        cache = {"ZIG_GLOBAL_CACHE_DIR": str(folder / "cache")}
        run([zig, "-m", "ziglang", *options, "-o", library, source], env=cache)


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
def serve_channel(channel: Path, name: str = "channel") -> Iterator["ServedChannel"]:
    """Serve a folder over HTTP to whoever knows its token, until the end of the block."""
    token = f"tk-{secrets.token_hex(8)}"
    begin = f"/t/{token}/{name}/"

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(channel))

        def translate_path(self, path: str) -> str:
            if not path.startswith(begin):
                return str(channel / "there-is-none")
            return super().translate_path(f"/{path.removeprefix(begin)}")

        def log_message(self, format: str, *args: object) -> None:
            pass  # it would be in the test's output

    with (
        InThread(http.server.ThreadingHTTPServer(("0.0.0.0", 0), Handler)) as server,
        reached_by_builds(server.port) as address,
    ):
        yield ServedChannel(f"{address}:{server.port}", token, name)


@dataclass(frozen=True)
class ServedChannel:
    """A channel over HTTP.

    Attributes:
        address: host and port.
        token: without it there is nothing.
    """

    address: str
    token: str
    name: str

    @property
    def url(self) -> str:
        """As files name it: without the token."""
        return f"http://{self.address}/{self.name}"

    @property
    def alias(self) -> str:
        """What conda's settings say of channels without an address, so that this one is meant."""
        return f"http://{self.address}/t/{self.token}"
