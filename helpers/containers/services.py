"""The services of a dir: up while anyone uses them, gone after the last one."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from helpers.engine.client import Client
from helpers.engine.compose import Project, describe_services, start_services, stop_services
from helpers.engine.containers import find_image
from helpers.engine.endpoint import Endpoint
from helpers.images.base.base_image import ensure_base_image
from helpers.images.base.python_check import base_image_of
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener, Notice
from helpers.model.labels import own_labels
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.lease import Lease
from helpers.system.repo_files import read_dir_config

# What programs need of the user's environment to work at all: where things are, whom to trust, how
# to get out. Nothing of it says what services are.
_KEPT = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TMPDIR|XDG_\w+|SSH_AUTH_SOCK|SSL_CERT_(FILE|DIR)"
    r"|DOCKER_(CONFIG|CERT_PATH|TLS_VERIFY|TLS)|(?i:(https?|all|no|ftp)_proxy)"
)


@dataclass(frozen=True, slots=True)
class RunServices:
    """How a test run has its services, which are its own.

    Attributes:
        run: the run's id.
        closed: nothing on their networks reaches anything else.
        read: what their file says, where another machine has read it.
    """

    run: str
    closed: bool = False
    read: Any = None


@contextmanager
def services_of(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    endpoint: Endpoint,
    listen: Listener,
    own: RunServices | None = None,
) -> Iterator[tuple[str, ...]]:
    """Services of the dir, for as long as the context lasts; yields their networks.

    Args:
        own: a test run's; all shells and commands of a dir share theirs.

    Yields:
        The names of their networks; none where the dir has no services.

    Raises:
        HelpersError: they cannot be started or are not healthy.
    """
    if not runnable_dir.compose.is_file():
        yield ()
        return
    project = project_of(repo, runnable_dir, host, endpoint, listen, own)
    lease = Lease(repo.root, project.name, shared=True, passing=bool(own))
    try:
        listen(Notice("starting services", runnable_dir.name))
        # Those of a run are started once, by the one thread that tests the dir.
        with nullcontext() if own else Lease(repo.root, f"{project.name}-start"):
            networks = start_services(endpoint, project)
        yield networks
    finally:
        if lease.is_last():
            stop_services(endpoint, project)
        lease.release()


def services_digest(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    endpoint: Endpoint,
    listen: Listener,
    visible: Callable[[str], bool],
) -> str:
    """A hash of the dir's services and the digests of their images; empty if one is unknown.

    Args:
        visible: whether a path of the host is among what the dir's tests may see.

    Raises:
        HelpersError: the services file is malformed.
    """
    project = project_of(repo, runnable_dir, host, endpoint, listen, RunServices("key"))
    described = describe_services(endpoint, project)
    if not described.content:
        return ""
    images = [find_image(Client(endpoint), name) for name in described.images]
    if not all(images) or not all(visible(folder) for folder in described.folders):
        return ""
    parts = [described.content, *(image.id for image in images if image)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def project_of(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    endpoint: Endpoint,
    listen: Listener,
    own: RunServices | None,
) -> Project:
    """The Compose project of the dir's services: one per test run, one for all shells.

    Raises:
        HelpersError: their base image cannot be had.
    """
    base = ""
    # What was read elsewhere names its images.
    if own is None or own.read is None:
        wanted = base_image_of(repo, runnable_dir.name, read_dir_config(runnable_dir))
        base = ensure_base_image(repo, host.platform, listen, Client(endpoint), wanted)
    run = own.run if own else ""
    scope = run or digest_of(str(runnable_dir.root), 8)
    name = f"helpers-{runnable_dir.slug}-{scope}".lower()
    allowed = {*repo.of(runnable_dir.name).config.environment, "HELPERS_BASE_IMAGE"}
    return Project(
        name=name,
        file=runnable_dir.compose,
        labels=own_labels(repo, runnable_dir.name) | {labels.RUN: run or name},
        variables={key: value for key, value in host.environment.items() if key in allowed}
        | {"HELPERS_BASE_IMAGE": base},
        cleared=tuple(
            key for key in host.environment if key not in allowed and not _KEPT.fullmatch(key)
        ),
        for_run=bool(run),
        closed=bool(own and own.closed),
        read=own.read if own else None,
    )
