"""The container of a worker: started on a host's engine, told what to do, watched to its end."""

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import Any

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import create_container, remove_container, start_container
from helpers.engine.frames import take_frames
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.reach.place import Place

_LAST = 4000
_END_SECONDS = 15.0


@dataclass(slots=True)
class WorkerContainer:
    """A worker's container."""

    client: Client
    id: str
    _connection: socket.socket
    _said: bytearray = field(default_factory=bytearray)
    _ended: threading.Event = field(default_factory=threading.Event)

    def tell(self, given: Mapping[str, Any]) -> None:
        """Tell it what to do, which nobody else hears."""
        self._connection.sendall(json.dumps(given).encode() + b"\n")

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._ended.is_set()

    @property
    def said(self) -> str:
        """What it wrote last."""
        return self._said.decode(errors="replace").strip()

    def remove(self) -> None:
        """Let it end, which it does when we let go of it; one that does not is killed."""
        with suppress(OSError, EngineError):
            self._connection.shutdown(socket.SHUT_WR)
            self._ended.wait(_END_SECONDS)
            self._connection.close()
            remove_container(self.client, self.id)

    def follow(self) -> None:
        """Read what it writes until it ends."""
        buffer = bytearray()
        try:
            while chunk := self._connection.recv(1 << 16):
                buffer += chunk
                for _, data in take_frames(buffer):
                    self._said += data
                    del self._said[:-_LAST]
        except OSError:
            pass  # the host is gone, or we let go of it
        self._ended.set()


def start_worker(
    place: Place, image: str, name: str, labels: Mapping[str, str], seen: Mapping[Path, Path]
) -> WorkerContainer:
    """Start a container that waits to be told what to do, and ends when nobody is there to tell.

    Args:
        seen: the folders of the host that it sees elsewhere, by where.

    Raises:
        EngineError: the engine refuses.
    """
    made = create_container(place.client, name, _body(place, image, labels, seen))
    if made is None:
        raise HelpersError("the host has a worker of this run", where=name, fix="i hosts_clean")
    try:
        query = "stream=1&stdin=1&stdout=1&stderr=1"
        connection, _ = place.client.hijack(f"/containers/{made}/attach?{query}")
        start_container(place.client, made)
    except BaseException:
        remove_container(place.client, made)
        raise
    found = WorkerContainer(place.client, made, connection)
    threading.Thread(target=found.follow, daemon=True).start()
    return found


def _body(
    place: Place, image: str, labels: Mapping[str, str], seen: Mapping[Path, Path]
) -> dict[str, Any]:
    folders = {Path(place.socket): Path(place.socket), **seen}
    folders |= {place.folder: place.folder} if place.folder else {}
    return {
        "Image": image,
        "User": f"{place.user.uid}:{place.user.gid}",
        "OpenStdin": True,
        "StdinOnce": True,
        "Labels": dict(labels),
        "Env": [f"DOCKER_HOST=unix://{place.socket}", "HOME=/tmp"],
        "HostConfig": {
            "AutoRemove": True,
            "Init": True,
            "NetworkMode": place.network,
            "GroupAdd": [str(place.socket_group)],
            "Mounts": [
                {"Type": "bind", "Source": str(source), "Target": str(target)}
                for target, source in folders.items()
            ],
            # What it writes is ours alone.
            "LogConfig": {"Type": "none"},
        },
    }
