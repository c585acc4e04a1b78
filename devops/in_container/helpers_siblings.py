"""What tests that start containers beside their own need to know: the fixture `siblings`.

It is there where the dir's settings say `sibling`; it depends on the standard library alone.
"""

from __future__ import annotations  # an application may still be on an older Python

import os
import random
import socket
from pathlib import Path
from typing import Any

_PORTS = (20_000, 32_000)
_TRIES = 50


class SiblingsError(Exception):
    """What was asked for cannot be had; the message says why."""


class Siblings:
    """How this container and those beside it find each other."""

    def __init__(self, repo: str, host_address: str) -> None:
        self.repo = Path(repo)
        # Where the host is reached from here; ports that siblings publish are published there.
        self.host_address = host_address

    def host_path(self, path: str | os.PathLike[str]) -> str:
        """The host's path of a file or folder, to mount it into a sibling.

        Raises:
            SiblingsError: it is this container's own, so no other can see it.
        """
        found = Path(path).resolve()
        if found != self.repo and self.repo not in found.parents:
            raise SiblingsError(
                f"{found} is inside this container alone: only what is below {self.repo} is seen"
                " by the host, and at the same path"
            )
        return str(found)

    def address(self, container: Any) -> str:
        """The name by which a sibling is reached, on any port that it listens to.

        Args:
            container: its name or id, or an object of the Docker SDK or of testcontainers.
        """
        if hasattr(container, "get_wrapped_container"):
            container = container.get_wrapped_container()
        return str(getattr(container, "name", container)).lstrip("/")

    def free_port(self) -> int:
        """A port of the host on which nobody answers, for a sibling to publish.

        Raises:
            SiblingsError: none was found.
        """
        for _ in range(_TRIES):
            port = random.randint(*_PORTS)  # nosec: no secret
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex((self.host_address or "localhost", port)) != 0:
                    return port
        raise SiblingsError("no free port was found on the host")
