"""Ask the engine whether it answers, and what it is."""

import http.client
import json
import socket
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bootstrap.commands import run
from bootstrap.endpoint import Endpoint

TIMEOUT_SECONDS = 10.0


class State(Enum):
    """Whether an engine answered."""

    ANSWERS = "answers"
    DENIED = "no permission"
    SILENT = "does not answer"


@dataclass(frozen=True)
class Engine:
    """The engine's own description; empty if it does not answer."""

    state: State
    version: str = ""
    data_root: str = ""
    has_multi_platform_store: bool = False


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def probe(endpoint: Endpoint) -> Engine:
    """The engine at this address, whatever its state."""
    try:
        info = _ask_socket(endpoint.socket) if endpoint.socket else _ask_client()
    except PermissionError:
        return Engine(State.DENIED)
    except (OSError, http.client.HTTPException, ValueError):
        return Engine(State.SILENT)
    return parse_info(info)


def parse_info(info: dict[str, Any]) -> Engine:
    """Read the engine's answer to `/info`."""
    if not info.get("ServerVersion"):
        return Engine(State.SILENT)
    status = {str(pair[0]): str(pair[-1]) for pair in info.get("DriverStatus") or []}
    return Engine(
        State.ANSWERS,
        version=str(info["ServerVersion"]),
        data_root=str(info.get("DockerRootDir", "")),
        has_multi_platform_store="containerd.snapshotter" in status.get("driver-type", ""),
    )


def _ask_socket(path: str) -> dict[str, Any]:
    connection = _UnixConnection(path)
    try:
        connection.request("GET", "/info")
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()


def _ask_client() -> dict[str, Any]:
    """Over TCP, TLS or SSH, where the docker client knows best how."""
    result = run(["docker", "info", "--format", "{{json .}}"], timeout=2 * TIMEOUT_SECONDS)
    answer: dict[str, Any] = json.loads(result.output or "{}")
    return answer
