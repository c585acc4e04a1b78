"""The queue: put a job in, reserve one, finish it or say that it failed."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis

from job_queue import scripts
from job_queue.scripts import QueueKeys

Clock = Callable[[], float]


@dataclass(frozen=True)
class Rules:
    """How patient a queue is.

    Attributes:
        visibility: seconds for which a reserved job is hidden from other workers.
        max_attempts: after so many a job is dead.
        backoff: seconds until the second attempt; doubled for each one after it.
    """

    visibility: float = 30.0
    max_attempts: int = 3
    backoff: float = 1.0

    def delay_after(self, attempt: int) -> float:
        """Seconds to wait after the failure of an attempt (from 1)."""
        return float(self.backoff * 2 ** (attempt - 1))


@dataclass(frozen=True)
class Reservation:
    """A job that one worker may work on; `attempt` counts from 1 and tells reservations apart."""

    job_id: str
    attempt: int
    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Counts:
    """How many jobs are in which state."""

    waiting: int
    reserved: int
    dead: int


class ReservationLostError(Exception):
    """The visibility ended before the work did; somebody else may have the job by now."""


class JobQueue:
    """A queue in Redis; any number of processes may use it at once."""

    def __init__(
        self, client: Redis, name: str, rules: Rules = Rules(), clock: Clock | None = None
    ) -> None:
        """Open a queue, which need not exist.

        Args:
            client: must decode responses.
            name: queues of different names know nothing of each other.
            rules: see there.
            clock: seconds since the epoch; the server's own clock by default, so that workers
                on several machines agree.
        """
        self._client = client
        self._rules = rules
        self._clock = clock or _server_clock(client)
        self._keys = QueueKeys.of(name)

    def enqueue(self, kind: str, payload: Mapping[str, Any], delay: float = 0.0) -> str:
        """Put a job in, to be reserved after `delay` seconds at the earliest.

        Returns:
            Its id.
        """
        job_id = uuid.uuid4().hex
        now = self._clock()
        body = json.dumps({"kind": kind, "payload": payload})
        self._run(scripts.ENQUEUE, now, job_id, body, now + delay)
        return job_id

    def reserve(self) -> Reservation | None:
        """Take the job that has waited longest; None when none may be taken now."""
        limits = (self._rules.visibility, self._rules.max_attempts)
        found = self._run(scripts.RESERVE, self._clock(), *limits)
        if found is None:
            return None
        job_id, attempt, body = cast("tuple[str, int, str]", found)
        job = json.loads(body)
        return Reservation(job_id, attempt, job["kind"], job["payload"])

    def finish(self, reservation: Reservation) -> None:
        """The work is done: forget the job.

        Raises:
            ReservationLostError: too late; the job is not forgotten.
        """
        self._settle(scripts.FINISH, self._clock(), reservation)

    def fail(self, reservation: Reservation) -> None:
        """The work failed: try again later, or put the job with the dead after the last attempt.

        Raises:
            ReservationLostError: too late.
        """
        now = self._clock()
        again_at = now + self._rules.delay_after(reservation.attempt)
        self._settle(scripts.FAIL, now, reservation, again_at, self._rules.max_attempts)

    def revive_dead(self) -> int:
        """Give all dead jobs all their attempts again; return how many."""
        return cast("int", self._run(scripts.REVIVE, self._clock()))

    def count(self) -> Counts:
        """How many jobs are in which state, at one instant."""
        with self._client.pipeline(transaction=True) as pipe:
            pipe.zcard(self._keys.waiting)
            pipe.zcard(self._keys.reserved)
            pipe.llen(self._keys.dead)
            return Counts(*pipe.execute())

    def destroy(self) -> None:
        """Remove the queue with all its jobs."""
        self._client.delete(*self._keys.all())

    def _settle(self, script: str, now: float, reservation: Reservation, *more: float) -> None:
        if not self._run(script, now, reservation.job_id, reservation.attempt, *more):
            raise ReservationLostError(reservation.job_id)

    def _run(self, script: str, now: float, *arguments: str | float) -> object:
        """Run a script at a time; numbers are passed with all their digits."""
        keys = self._keys.all()
        texts = [it if isinstance(it, str) else repr(it) for it in (now, *arguments)]
        return self._client.eval(script, len(keys), *keys, *texts)


def _server_clock(client: Redis) -> Clock:
    def now() -> float:
        seconds, microseconds = cast("tuple[int, int]", client.time())
        return seconds + microseconds / 1_000_000

    return now
