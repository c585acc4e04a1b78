"""The one ssh process of a host, which carries sockets and ports in both directions.

Keys, agents, jump hosts and known hosts are what ssh's own configuration says.
"""

import errno
import re
import shutil
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from helpers.model.settings.hosts_config import DockerHost
from helpers.remote.link import Link
from helpers.remote.refusals import read_words, refusal
from helpers.system.process import speaking

_SECONDS_TO_CONNECT = 10
# Until the shell of the host answers.
_SECONDS_TO_BEGIN = 20.0
_LONGEST_FOLDER = 60
_PREFIX, _ENGINE = "helpers-ssh-", "engine.sock"
# A younger folder may be of an ssh that does not listen yet.
_STARTING_SECONDS = 60.0
_LOOPBACK = "127.0.0.1"
_READY = b"helpers: ready"
# It returns what it is sent, and ends with us.
_ECHO = f"echo '{_READY.decode()}'; exec cat"
_OPTIONS = {
    # Neither a password nor a key is asked for, accepted or written.
    "BatchMode": "yes",
    "StrictHostKeyChecking": "yes",
    "UpdateHostKeys": "no",
    "ConnectTimeout": str(_SECONDS_TO_CONNECT),
    # ssh ends when the third question in a row would have no answer: after six seconds.
    "ServerAliveInterval": "2",
    "ServerAliveCountMax": "2",
    "ExitOnForwardFailure": "yes",
    # A connection of its own, not the user's: it ends with this process.
    "ControlMaster": "no",
    "ControlPath": "none",
    # A command in the user's configuration excludes ours.
    "RemoteCommand": "none",
    "PermitLocalCommand": "no",
    # The ports are read from what it says.
    "LogLevel": "INFO",
}
_ALLOCATED = re.compile(rf"Allocated port (\d+) for remote forward to {_LOOPBACK}:(\d+)")


@contextmanager
def linked(
    host: DockerHost, to_us: Sequence[int] = (), to_host: Sequence[int] = ()
) -> Iterator[Link]:
    """Connect to a host, and carry its engine's socket, until the context ends.

    Args:
        to_us: ports of this machine that the host's loopback gets; `Link.ports` has the numbers.
        to_host: ports of the host that this machine's loopback gets, under the same numbers.

    Raises:
        LinkError: the host is not reached, or its sshd forbids what is asked.
    """
    _remove_stale(Path(_short_folder() or gettempdir()))
    with TemporaryDirectory(prefix=_PREFIX, dir=_short_folder()) as name:
        folder = Path(name)
        said = folder / "said.txt"
        engine = folder / _ENGINE
        with speaking(ssh_command(host, engine, to_us, to_host), said) as session:
            try:
                _wait_until_ready(session)
            except OSError as error:
                raise refusal(host, read_words(said), error) from error
            with Link(host, session, engine, said, _allocated(read_words(said))) as link:
                yield link


def ssh_command(
    host: DockerHost, engine: Path, to_us: Sequence[int] = (), to_host: Sequence[int] = ()
) -> list[str]:
    """The command; see `linked`."""
    forwards = ["-L", f"{engine}:{host.socket}"]
    for port in to_us:
        forwards += ["-R", f"{_LOOPBACK}:0:{_LOOPBACK}:{port}"]
    for port in to_host:
        forwards += ["-L", f"{_LOOPBACK}:{port}:{_LOOPBACK}:{port}"]
    return [*ssh_words(), *forwards, host.address, _ECHO]


def ssh_words() -> list[str]:
    """How ssh is called, before the host."""
    return ["ssh", "-T", "-a", "-x", *(f"-o{name}={value}" for name, value in _OPTIONS.items())]


def _remove_stale(parent: Path) -> None:
    """Remove the folders of commands that were killed: nobody listens at their sockets."""
    for path in parent.glob(f"{_PREFIX}*/{_ENGINE}"):
        with suppress(OSError), socket.socket(socket.AF_UNIX) as tried:
            if time.time() - path.stat().st_mtime < _STARTING_SECONDS:
                continue
            tried.settimeout(1)
            if tried.connect_ex(str(path)) == errno.ECONNREFUSED:
                shutil.rmtree(path.parent, ignore_errors=True)


def _short_folder() -> str | None:
    """Where a socket has a path of less than a hundred characters; None: the usual place."""
    return None if len(gettempdir()) < _LONGEST_FOLDER else "/tmp"  # noqa: S108


def _wait_until_ready(session: socket.socket) -> None:
    """Read what the host's shell writes until it runs our command.

    Raises:
        OSError: it does not, or takes too long.
    """
    end = time.monotonic() + _SECONDS_TO_BEGIN
    received = b""
    while _READY + b"\n" not in received:
        session.settimeout(max(end - time.monotonic(), 0.01))
        piece = session.recv(1 << 16)
        if not piece:
            raise ConnectionResetError("ssh ended")
        received += piece
    session.settimeout(None)


def _allocated(words: str) -> Mapping[int, int]:
    return {int(ours): int(theirs) for theirs, ours in _ALLOCATED.findall(words)}
