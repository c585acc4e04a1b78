"""An engine of a container's own: beside it, privileged, gone with it.

The container itself stays unprivileged: it is given the inner engine's socket through a volume,
and both see the repo at the same path.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from helpers.containers.plan import DataMount, Role, bind_data
from helpers.engine.client import Client
from helpers.engine.containers import (
    create_container,
    remove_container,
    remove_volume,
    start_container,
)
from helpers.engine.execs import run_command
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.labels import own_labels
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host

_FOLDER = "/run/helpers-engine"
_SOCKET = f"{_FOLDER}/docker.sock"
_WAIT = "for _ in $(seq 300); do docker version >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1"


# The volumes and the socket of a container that has no inner engine.
NO_ENGINE: tuple[Mapping[str, str], str] = ({}, "")


@dataclass(frozen=True, slots=True)
class _Volume:
    """What holds the socket, and by its labels, as its container by the same, says whose it is."""

    name: str
    owner: dict[str, str]


class EnginePlace(Protocol):
    """Where an inner engine runs, and for which repo."""

    @property
    def client(self) -> Client:
        """The engine that runs it."""

    @property
    def repo(self) -> Repo:
        """The repo that it sees."""

    @property
    def host(self) -> Host:
        """Whose it is."""


@contextmanager
def inner_engine(
    place: EnginePlace,
    runnable_dir: RunnableDir,
    listen: Listener,
    lease: str,
    data: Sequence[DataMount] = (),
) -> Iterator[tuple[Mapping[str, str], str]]:
    """An inner engine for as long as the context lasts.

    Args:
        data: folders of data that what it runs may be given.

    Yields:
        The volumes that a container needs to use it, by where they are mounted, and the path of
        its socket there.

    Raises:
        HelpersError: it does not start.
    """
    # Imported here: most containers have none.
    from helpers.images.building.engine_images import ensure_inner_engine_image

    client, repo = place.client, place.repo
    image = ensure_inner_engine_image(repo, place.host, listen)
    listen(Notice("starting an inner engine", runnable_dir.name))
    owner = own_labels(repo, runnable_dir.name) | {labels.RUN: lease}
    volume = _Volume(f"helpers-engine-{runnable_dir.slug}-{lease}", owner)
    client.call("POST", "/volumes/create", body={"Name": volume.name, "Labels": owner})
    binds: list[Mapping[str, Any]] = [
        {"Type": "bind", "Source": str(repo.root), "Target": str(repo.root)},
        # So that what is started there sees it by the same path as the dir's container.
        *(bind_data(one) for one in data),
    ]
    container = ""
    try:
        container = _start(client, image, volume, place.host.user.gid, binds)
        yield {_FOLDER: volume.name}, _SOCKET
    finally:
        if container:
            remove_container(client, container)
        remove_volume(client, volume.name)


def _start(
    client: Client, image: str, volume: _Volume, group: int, binds: Sequence[Mapping[str, Any]]
) -> str:
    body = {
        "Image": image,
        "Cmd": ["dockerd", f"--host=unix://{_SOCKET}", f"--group={group}"],
        "Env": [f"DOCKER_HOST=unix://{_SOCKET}"],
        "Labels": volume.owner | {labels.ROLE: Role.INNER_ENGINE.value},
        "HostConfig": {
            "Privileged": True,
            "AutoRemove": True,
            "Mounts": [
                {"Type": "volume", "Source": volume.name, "Target": _FOLDER},
                {"Type": "volume", "Target": "/var/lib/docker"},
                *binds,
            ],
        },
    }
    container = create_container(client, f"{volume.name}-daemon", body)
    assert container is not None, "the lease's name is unique"
    start_container(client, container)
    status, output = run_command(client, container, ["sh", "-c", _WAIT])
    if status:
        remove_container(client, container)
        raise HelpersError(
            "the inner engine did not start",
            where=output.decode(errors="replace")[-800:],
            fix="i doctor; containers may not be privileged on this engine",
        )
    return container
