"""A worker: reserves jobs, runs their handlers, and tells the queue how it went."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from job_queue.queue import JobQueue, Reservation, ReservationLostError

Handler = Callable[[Mapping[str, Any]], None]

_LOG = logging.getLogger(__name__)


class Worker:
    """Works on the jobs of one queue, one after the other."""

    def __init__(self, queue: JobQueue, handlers: Mapping[str, Handler]) -> None:
        self._queue = queue
        self._handlers = handlers

    def run_one(self) -> bool:
        """Work on one job; False when there was none."""
        reservation = self._queue.reserve()
        if reservation is None:
            return False
        try:
            self._work(reservation)
        except ReservationLostError:
            _LOG.warning("job %s took too long", reservation.job_id)
        return True

    def run(self, idle_seconds: float, pause: float = 0.1) -> int:
        """Work until there was nothing to do for a while.

        Args:
            idle_seconds: the while.
            pause: seconds between two looks at an empty queue.

        Returns:
            How many jobs were worked on, whether they failed or not.
        """
        worked = 0
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < idle_seconds:
            if self.run_one():
                worked += 1
                idle_since = time.monotonic()
            else:
                time.sleep(pause)
        return worked

    def _work(self, reservation: Reservation) -> None:
        try:
            self._handlers[reservation.kind](reservation.payload)
        except Exception:
            # A handler is foreign code: whatever it raises fails this one job and no other.
            _LOG.exception("job %s failed, attempt %d", reservation.job_id, reservation.attempt)
            self._queue.fail(reservation)
        else:
            self._queue.finish(reservation)
