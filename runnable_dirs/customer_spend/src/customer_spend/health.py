"""Command line: `python -m customer_spend.health`; exit status 0 when the service is well."""

import argparse
import sys
import urllib.request
from http import HTTPStatus

DEFAULT_PORT = 8000


def is_well(host: str, port: int, timeout: float = 2.0) -> bool:
    """Whether a service answers that it is."""
    try:
        with urllib.request.urlopen(
            f"http://{host}:{port}/health", timeout=timeout
        ) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m customer_spend.health")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    given = parser.parse_args()
    return 0 if is_well(given.host, given.port) else 1


if __name__ == "__main__":
    sys.exit(main())
