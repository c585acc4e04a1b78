"""Whether a port of this machine is free, and who has it."""

import errno
import socket
from pathlib import Path

_LISTENS = {"tcp": "0A", "udp": "07"}
_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_PROC = Path("/proc")


def is_taken(address: str, port: int, protocol: str) -> bool:
    """Whether a program of this machine has a port; empty address: any of the machine's.

    What may not be asked, such as a port below 1024, counts as free.
    """
    refused = refusal(address, port, protocol)
    return refused is not None and refused.errno == errno.EADDRINUSE


def refusal(address: str, port: int, protocol: str = "tcp") -> OSError | None:
    """Why the machine gives a port to no program; None: it is free."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, _KINDS.get(protocol, socket.SOCK_STREAM)) as probe:
        if protocol == "tcp":
            # A connection of before that is closing takes no port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error
    return None


def holder_of(port: int, protocol: str) -> tuple[int, str] | None:
    """The id and name of the process that has a port; None: it is another user's, or gone."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port, protocol)}
    for folder in _PROC.glob("[0-9]*"):
        try:
            links = (str(path.readlink()) for path in (folder / "fd").iterdir())
            if not sockets.isdisjoint(links):
                return int(folder.name), (folder / "comm").read_text().strip()
        except OSError:
            continue  # another user's, or it ended
    return None


def _inodes(port: int, protocol: str) -> set[str]:
    found = set()
    for table in (protocol, f"{protocol}6"):
        try:
            lines = (_PROC / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for words in map(str.split, lines):
            local, state, inode = words[1], words[3], words[9]
            if state == _LISTENS.get(protocol) and int(local.rpartition(":")[2], 16) == port:
                found.add(inode)
    return found


def free_port() -> int:
    """A port of loopback that no program has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
