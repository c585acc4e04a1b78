"""What the queue promises, against the real server."""

import pytest
from job_queue.queue import Counts, JobQueue, ReservationLostError, Rules

from tests.builders import ManualClock, reserve_now


def test_job_comes_out_as_it_went_in(queue: JobQueue) -> None:
    job_id = queue.enqueue("greet", {"name": "Zoë", "times": 2})
    taken = reserve_now(queue)
    assert (taken.job_id, taken.kind, taken.payload) == (
        job_id,
        "greet",
        {"name": "Zoë", "times": 2},
    )


def test_jobs_come_out_in_the_order_of_their_times(queue: JobQueue, clock: ManualClock) -> None:
    ids = []
    for _ in range(5):
        ids.append(queue.enqueue("greet", {}))
        clock.advance(0.001)
    assert [reserve_now(queue).job_id for _ in ids] == ids


def test_delayed_job_waits_for_its_time(queue: JobQueue, clock: ManualClock) -> None:
    queue.enqueue("greet", {}, delay=5)
    assert queue.reserve() is None
    clock.advance(5)
    assert queue.reserve() is not None


def test_reserved_job_is_hidden_from_others(queue: JobQueue) -> None:
    queue.enqueue("greet", {})
    reserve_now(queue)
    assert queue.reserve() is None


def test_finished_job_leaves_nothing_behind(queue: JobQueue, clock: ManualClock) -> None:
    queue.enqueue("greet", {})
    queue.finish(reserve_now(queue))
    clock.advance(3600)
    assert queue.reserve() is None
    assert queue.count() == Counts(waiting=0, reserved=0, dead=0)


def test_job_of_a_worker_that_died_comes_back(queue: JobQueue, clock: ManualClock) -> None:
    job_id = queue.enqueue("greet", {})
    reserve_now(queue)
    clock.advance(30)
    again = reserve_now(queue)
    assert (again.job_id, again.attempt) == (job_id, 2)


def test_worker_that_was_too_slow_cannot_finish_the_job_of_its_successor(
    queue: JobQueue, clock: ManualClock
) -> None:
    queue.enqueue("greet", {})
    slow = reserve_now(queue)
    clock.advance(30)
    successor = reserve_now(queue)
    with pytest.raises(ReservationLostError):
        queue.finish(slow)
    queue.finish(successor)


def test_reservation_is_lost_with_its_time_also_when_nobody_took_the_job(
    queue: JobQueue, clock: ManualClock
) -> None:
    queue.enqueue("greet", {})
    slow = reserve_now(queue)
    clock.advance(30)
    with pytest.raises(ReservationLostError):
        queue.fail(slow)


def test_failed_job_waits_before_it_is_tried_again(queue: JobQueue, clock: ManualClock) -> None:
    queue.enqueue("greet", {})
    queue.fail(reserve_now(queue))
    clock.advance(9)
    assert queue.reserve() is None
    clock.advance(1)
    assert reserve_now(queue).attempt == 2


def test_job_that_failed_too_often_is_dead(queue: JobQueue, clock: ManualClock) -> None:
    queue.enqueue("greet", {})
    for _ in range(2):
        queue.fail(reserve_now(queue))
        clock.advance(3600)
    assert queue.reserve() is None
    assert queue.count() == Counts(waiting=0, reserved=0, dead=1)


def test_job_that_kills_its_workers_is_dead_in_the_end(queue: JobQueue, clock: ManualClock) -> None:
    queue.enqueue("greet", {})
    for _ in range(2):
        reserve_now(queue)
        clock.advance(30)
    assert queue.reserve() is None
    assert queue.count().dead == 1


def test_revived_job_has_all_its_attempts(queue: JobQueue, clock: ManualClock) -> None:
    queue.enqueue("greet", {})
    for _ in range(2):
        queue.fail(reserve_now(queue))
        clock.advance(3600)
    assert queue.revive_dead() == 1
    assert reserve_now(queue).attempt == 1


def test_pause_doubles_with_each_failure() -> None:
    assert [Rules(backoff=3).delay_after(attempt) for attempt in (1, 2, 3)] == [3, 6, 12]
