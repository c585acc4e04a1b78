"""The host: who runs this, on what, and what its environment says. Read once, at the edge."""

import os
import pwd
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """The user that commands run as, on the host and in containers."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Host:
    """What the toolchain needs to know of its surroundings.

    Attributes:
        directory: the current directory, absolute.
        environment: the variables of the process.
        platform: in the form of OCI, such as `linux/amd64`.
        in_container: whether this runs inside one of the toolchain's own containers.
        is_terminal: whether a person sits at it: input and output are a terminal.
        input_is_terminal: whether the input alone is one.
    """

    user: User
    directory: Path
    environment: Mapping[str, str]
    platform: str
    in_container: bool
    is_terminal: bool
    input_is_terminal: bool


_OCI_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def read_host() -> Host:
    """Look at the process and the machine; the one place that reads the environment."""
    machine = os.uname().machine.lower()
    return Host(
        user=_read_user(),
        directory=_current_directory(),
        environment=dict(os.environ),
        platform=f"linux/{_OCI_ARCHITECTURES.get(machine, machine)}",
        in_container=os.environ.get("HELPERS_CONTAINER") == "1",
        is_terminal=_is_terminal(sys.stdin) and _is_terminal(sys.stdout),
        input_is_terminal=_is_terminal(sys.stdin),
    )


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _current_directory() -> Path:
    return Path(os.getcwd())  # noqa: PTH109


def _read_user() -> User:
    uid, gid = os.getuid(), os.getgid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = os.environ.get("USER") or f"user{uid}"
    return User(name, uid, gid)
