"""A queue of its own, in a real Redis, for each test."""

import os
import uuid
from collections.abc import Iterator

import pytest
from job_queue.__main__ import DEFAULT_URL
from job_queue.queue import JobQueue, Rules
from redis import Redis

from tests.builders import ManualClock


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Where the server is."""
    return os.environ.get("REDIS_URL", DEFAULT_URL)


@pytest.fixture(scope="session")
def client(redis_url: str) -> Iterator[Redis]:
    """A connection to the real server."""
    with Redis.from_url(redis_url, decode_responses=True) as connected:
        yield connected


@pytest.fixture
def queue_name(client: Redis) -> Iterator[str]:
    """A name that no other test uses; what it holds is removed afterwards."""
    name = f"test-{uuid.uuid4().hex}"
    yield name
    JobQueue(client, name).destroy()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
def queue(client: Redis, queue_name: str, clock: ManualClock) -> JobQueue:
    """A queue on the manual clock: visibility 30 s, 2 attempts, 10 s between them."""
    rules = Rules(visibility=30, max_attempts=2, backoff=10)
    return JobQueue(client, queue_name, rules, clock)
