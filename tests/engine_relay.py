"""Lets the engine reach a port of the test process under the name that it has here.

On the engine's own machine it does so anyway. In a container beside it the engine's loopback is
another: there a container is started that publishes the port on it, and hands connections back.
The steps of builds reach neither that nor containers on other networks, but the engine's machine.
"""

import contextlib
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator

from tests.servers import LOOPBACK, Relay

# What runs in the container: ADDRESS and PORT, then those of this process.
_SCRIPT = """
import socket, socketserver, sys, threading
target = (sys.argv[3], int(sys.argv[4]))
def copy(source, to):
    try:
        while block := source.recv(65536):
            to.sendall(block)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        with socket.create_connection(target) as other:
            threading.Thread(target=copy, args=(other, self.request), daemon=True).start()
            copy(self.request, other)
socketserver.ThreadingTCPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""


@contextlib.contextmanager
def reached_by_engine(port: int) -> Iterator[None]:
    """The engine reaches `127.0.0.1:<port>` of this process, for as long as the block lasts."""
    with _relayed(port, "--publish", f"{LOOPBACK}:{port}:{port}", address="0.0.0.0"):
        yield


@contextlib.contextmanager
def reached_by_builds(port: int) -> Iterator[str]:
    """The address under which builds reach the port of this process, as containers do."""
    if not _is_beside():
        yield own_address()
        return
    ask = ["docker", "network", "inspect", "bridge", "--format"]
    inspected = subprocess.run(
        [*ask, "{{(index .IPAM.Config 0).Gateway}}"], check=True, capture_output=True, text=True
    )
    gateway = inspected.stdout.strip()
    with _relayed(port, "--network", "host", address=gateway):
        yield gateway


def _is_beside() -> bool:
    """Whether this is a container beside those of the engine."""
    return os.environ.get("HELPERS_CONTAINER") == "1" and bool(os.environ.get("HELPERS_IMAGE"))


@contextlib.contextmanager
def _relayed(port: int, *options: str, address: str) -> Iterator[None]:
    """Hand connections back that come to a port of an address in a container of those options."""
    if not _is_beside():
        yield
        return
    # Others than this process reach the relay as well.
    with Relay(("0.0.0.0", 0), (LOOPBACK, port)) as relay:
        name = f"helpers-test-relay-{secrets.token_hex(4)}"
        command = ["docker", "run", "--detach", "--rm", "--name", name, *options]
        command += ["--entrypoint", "python3", os.environ["HELPERS_IMAGE"]]
        command += ["-c", _SCRIPT, address, str(port), own_address(), str(relay.port)]
        subprocess.run(command, check=True, capture_output=True)
        try:
            time.sleep(1)  # until it listens
            yield
        finally:
            subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)


def own_address() -> str:
    """This container's address on the network that it shares with its siblings."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return str(probe.getsockname()[0])
