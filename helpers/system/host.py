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
        index: what git is about to commit, where a hook of it started us; empty: none did.
    """

    user: User
    directory: Path
    environment: Mapping[str, str]
    platform: str
    in_container: bool
    is_terminal: bool
    input_is_terminal: bool
    index: str = ""


# What git says to its hooks of the repo that they are of (`git rev-parse --local-env-vars`), but
# for settings, which users give too.
OF_ONE_REPO = (
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_DIR"),
    *("GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX"),
    *("GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE"),
    *("GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
)
_INDEX = "GIT_INDEX_FILE"
_OCI_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def read_host() -> Host:
    """Look at the process and the machine; the one place that reads the environment."""
    return Host(
        user=_read_user(),
        directory=_current_directory(),
        environment=dict(os.environ),
        platform=oci_platform("linux", os.uname().machine.lower()),
        in_container=os.environ.get("HELPERS_CONTAINER") == "1",
        is_terminal=_is_terminal(sys.stdin) and _is_terminal(sys.stdout),
        input_is_terminal=_is_terminal(sys.stdin),
    )


def oci_platform(system: str, machine: str) -> str:
    """A platform as OCI calls it, of what a kernel says of itself."""
    return f"{system}/{_OCI_ARCHITECTURES.get(machine, machine)}"


def leave_hook() -> str:
    """Forget what git says of one repo to its hook: git in a submodule would take it for its own.

    Returns:
        The index that it commits from, absolute; empty where there is none.
    """
    index = os.environ.get(_INDEX, "")
    for name in OF_ONE_REPO:
        os.environ.pop(name, None)
    found = _current_directory() / index if index else None
    return str(found) if found and found.is_file() else ""


def commit_from(index: str) -> None:
    """Let git take an index for the one of the repo that is committed, until this process ends."""
    os.environ[_INDEX] = index


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
