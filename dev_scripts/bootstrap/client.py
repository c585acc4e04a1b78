"""The docker client on this machine and its plug-ins, found without running it."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYSTEM_PLUGINS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


@dataclass(frozen=True)
class Client:
    """Which of the programs that we need are here."""

    docker: bool
    buildx: bool
    compose: bool
    dockerd: bool


def find_client(environ: Mapping[str, str]) -> Client:
    """Look on PATH (for the daemon also where root's PATH leads) and in the plug-in folders."""
    own = Path(environ.get("DOCKER_CONFIG") or Path.home() / ".docker", "cli-plugins")
    folders = [own, *map(Path, SYSTEM_PLUGINS)]

    def has_plugin(name: str) -> bool:
        return any(os.access(folder / name, os.X_OK) for folder in folders)

    return Client(
        docker=shutil.which("docker") is not None,
        buildx=has_plugin("docker-buildx"),
        compose=has_plugin("docker-compose"),
        dockerd=find_daemon(environ) is not None,
    )


def find_daemon(environ: Mapping[str, str]) -> str | None:
    """The path of `dockerd`."""
    path = f"{environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin"
    return shutil.which("dockerd", path=path)
