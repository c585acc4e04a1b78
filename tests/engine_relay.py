"""Lets the engine reach a port of the test process under the name that it has here.

On the engine's own machine it does so anyway. In a container beside it the engine's loopback is
another: there a container is started that publishes the port on it, and hands connections back.
"""

import contextlib
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator

from tests.servers import LOOPBACK, Relay

# What runs in the container: PORT, then ADDRESS and PORT of this process.
_SCRIPT = """
import socket, socketserver, sys, threading
target = (sys.argv[2], int(sys.argv[3]))
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
socketserver.ThreadingTCPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
"""


@contextlib.contextmanager
def reached_by_engine(port: int) -> Iterator[None]:
    """The engine reaches `127.0.0.1:<port>` of this process, for as long as the block lasts."""
    image = os.environ.get("HELPERS_IMAGE", "")
    if os.environ.get("HELPERS_CONTAINER") != "1" or not image:
        yield
        return
    # Others than this process reach the relay as well.
    with Relay(("0.0.0.0", 0), (LOOPBACK, port)) as relay:
        name = f"helpers-test-relay-{secrets.token_hex(4)}"
        command = ["docker", "run", "--detach", "--rm", "--name", name]
        command += ["--publish", f"{LOOPBACK}:{port}:{port}", "--entrypoint", "python3", image]
        command += ["-c", _SCRIPT, str(port), own_address(), str(relay.port)]
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
