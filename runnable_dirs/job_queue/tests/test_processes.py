"""Many workers at once, some of which are killed."""

import multiprocessing
import time
from collections.abc import Mapping
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from job_queue.queue import Counts, JobQueue, Rules
from job_queue.worker import Worker
from redis import Redis

RULES = Rules(visibility=1, max_attempts=10, backoff=0.1)
JOBS = 300


@pytest.mark.superslow
def test_no_job_is_lost_when_workers_are_killed(
    client: Redis, redis_url: str, queue_name: str
) -> None:
    """Four workers; one is killed and replaced every 0.3 s for 1.5 s."""
    queue = JobQueue(client, queue_name, RULES)
    results = f"{queue_name}:results"
    for number in range(JOBS):
        queue.enqueue("record", {"number": number})
    start = partial(_start_worker, redis_url, queue_name, results)
    workers = [start() for _ in range(4)]
    try:
        for _ in range(5):
            time.sleep(0.3)
            _kill(workers.pop(0))
            workers.append(start())
        _wait_until_empty(queue, seconds=10)
        assert client.scard(results) == JOBS
    finally:
        for worker in workers:
            _kill(worker)
        client.delete(results)


def _start_worker(url: str, queue_name: str, results: str) -> BaseProcess:
    worker = multiprocessing.get_context("fork").Process(
        target=_work, args=(url, queue_name, results), daemon=True
    )
    worker.start()
    return worker


def _work(url: str, queue_name: str, results: str) -> None:
    """The body of a worker process: each job takes 20 ms and then records its number."""
    client = Redis.from_url(url, decode_responses=True)

    def record(payload: Mapping[str, Any]) -> None:
        time.sleep(0.02)
        client.sadd(results, payload["number"])

    queue = JobQueue(client, queue_name, RULES)
    Worker(queue, {"record": record}).run(idle_seconds=60, pause=0.05)


def _kill(worker: BaseProcess) -> None:
    worker.kill()
    worker.join()


def _wait_until_empty(queue: JobQueue, seconds: float) -> None:
    end = time.monotonic() + seconds
    while queue.count() != Counts(waiting=0, reserved=0, dead=0):
        assert time.monotonic() < end, f"still there: {queue.count()}"
        time.sleep(0.05)
