"""Command line: `python -m sensor_gateway`; alarms go to stdout as JSON lines."""

import argparse
import asyncio
import contextlib
import sys

from sensor_gateway.alarms import Alarm, Limits, Site
from sensor_gateway.server import Gateway


async def _serve(host: str, port: int, limits: Limits) -> None:
    server = await Gateway(Site(limits), _print_alarm).serve(host, port)
    async with server:
        print(f"listening on {host}:{port}", file=sys.stderr)
        await server.serve_forever()


def _print_alarm(alarm: Alarm) -> None:
    print(alarm.model_dump_json(), flush=True)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="sensor_gateway", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--celsius-max", type=float, default=Limits().celsius_max)
    parser.add_argument("--humidity-max", type=float, default=Limits().humidity_max)
    given = parser.parse_args()
    limits = Limits(celsius_max=given.celsius_max, humidity_max=given.humidity_max)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(given.host, given.port, limits))


if __name__ == "__main__":
    main()
