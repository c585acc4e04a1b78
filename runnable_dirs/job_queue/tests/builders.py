"""Small builders for the tests."""

from job_queue.queue import JobQueue, Reservation


class ManualClock:
    """Seconds since the epoch, as the test wants them."""

    def __init__(self) -> None:
        self._now = 1_700_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


def reserve_now(queue: JobQueue) -> Reservation:
    """Reserve a job that must be there."""
    reservation = queue.reserve()
    assert reservation is not None
    return reservation
