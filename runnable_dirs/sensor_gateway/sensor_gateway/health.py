"""Command line: `python -m sensor_gateway.health`; exit status 0 when the gateway answers."""

import argparse
import socket
import sys


def is_well(host: str, port: int, timeout: float = 2.0) -> bool:
    """Whether a gateway takes a message: what it answers does not matter, that it does does."""
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(b"{}\n")
            return connection.recv(1) != b""
    except OSError:
        return False


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="sensor_gateway.health", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    given = parser.parse_args()
    return 0 if is_well(given.host, given.port) else 1


if __name__ == "__main__":
    sys.exit(main())
