"""Read from the host's files what a container gets from the host."""

import hashlib
import os
from pathlib import Path

from helpers.containers.plan import SOCKET, Surroundings
from helpers.engine.endpoint import Endpoint
from helpers.images.installing.certificates import bundle_content
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.system.lease import working_folder
from helpers.vcs.worktree import git_folders


def read_surroundings(repo: Repo, host: Host, endpoint: Endpoint) -> Surroundings:
    """Read what containers get from the host.

    Raises:
        HelpersError: a certificate bundle that the settings name cannot be read, or the engine
            runs on another machine, where the repo's files are not.
    """
    if not endpoint.socket:
        raise HelpersError(
            "the engine runs on another machine, which cannot mount the files of this repo",
            where=f"{endpoint.url} ({endpoint.origin})",
            fix="docker context use default, or unset DOCKER_HOST",
        )
    # In a container the socket has the usual path; on the engine's machine it may have another.
    socket = host.environment.get("HELPERS_HOST_SOCKET") if host.in_container else None
    outside = git_folders(repo.root)
    return Surroundings(
        socket=socket or os.path.realpath(endpoint.socket),
        socket_group=_group(endpoint.socket or SOCKET),
        git_folders=outside,
        certificates=_bundle(repo, host),
        inodes=tuple(path.stat().st_ino for path in (repo.root, repo.toolchain, *outside)),
    )


def _bundle(repo: Repo, host: Host) -> Path | None:
    """The bundle of certificates as a file below the repo, named by its content."""
    content = bundle_content(repo, host)
    if not content:
        return None
    folder = working_folder(repo.root) / "certificates"
    folder.mkdir(exist_ok=True)
    path = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.pem"
    if not path.exists():
        write_atomic(path, content)
    return path


def _group(path: str) -> int:
    try:
        return os.stat(path).st_gid  # noqa: PTH116 - a socket's path, not a file of ours
    except OSError:
        return 0
