"""Command line: `python -m job_queue enqueue|work|count|revive`; `REDIS_URL` names the server."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

from redis import Redis

from job_queue.handlers import HANDLERS
from job_queue.queue import JobQueue
from job_queue.worker import Worker

DEFAULT_URL = "redis://redis:6379/0"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return the exit status."""
    given = _parser().parse_args(arguments)
    client = Redis.from_url(os.environ.get("REDIS_URL", DEFAULT_URL), decode_responses=True)
    queue = JobQueue(client, given.queue)
    match given.command:
        case "enqueue":
            print(queue.enqueue(given.kind, json.loads(given.payload), delay=given.delay))
        case "work":
            print(Worker(queue, HANDLERS).run(idle_seconds=given.idle_seconds))
        case "count":
            print(json.dumps(asdict(queue.count())))
        case "revive":
            print(queue.revive_dead())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="job_queue", description=__doc__)
    parser.add_argument("--queue", default="default")
    commands = parser.add_subparsers(dest="command", required=True)
    enqueue = commands.add_parser("enqueue", help="put a job in and print its id")
    enqueue.add_argument("kind", choices=sorted(HANDLERS))
    enqueue.add_argument("payload", help="a JSON object")
    enqueue.add_argument("--delay", type=float, default=0.0, help="seconds")
    work = commands.add_parser("work", help="work on jobs and print how many there were")
    work.add_argument("--idle-seconds", type=float, default=float("inf"))
    commands.add_parser("count", help="print how many jobs are in which state")
    commands.add_parser("revive", help="give dead jobs all their attempts again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
