from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.registry.errors import RegistryError, TransientError
from helpers.registry.retry_budget import TRANSIENT, Effort, RetryBudget, delay, retry_after

_BUDGET = RetryBudget(total=60, first=0.5, longest=16)
_FINAL = RegistryError("the end")


def _fail(effort: Effort, *, times: int, lost: float = 0) -> None:
    for _ in range(times):
        effort.pause(TransientError("stumbled", _FINAL, lost=lost))


@given(st.integers(1, 1000), st.floats(0, 1))
def test_waits_grow_up_to_the_longest_and_are_spread(attempt: int, chance: float) -> None:
    longest = min(16, 0.5 * 2 ** (attempt - 1))
    assert longest / 2 <= delay(attempt, _BUDGET, 0, chance) <= longest


def test_no_wait_is_shorter_than_asked() -> None:
    assert delay(1, _BUDGET, 30, 0.5) == 30


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 416, 501])
def test_a_refusal_is_final(status: int) -> None:
    assert status not in TRANSIENT


_NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", 0),
        ("7", 7),
        (" 7 ", 7),
        ("soon", 0),
        ("-3", 0),
        (format_datetime(_NOW.replace(second=35), usegmt=True), 30),
        (format_datetime(_NOW.replace(second=1), usegmt=True), 0),
    ],
)
def test_the_wait_asked_for_is_read(said: str, seconds: float) -> None:
    assert retry_after({"Retry-After": said}, _NOW.timestamp()) == seconds


def test_silence_asks_for_no_wait() -> None:
    assert retry_after({}, 0.0) == 0


def test_each_new_attempt_is_told() -> None:
    told: list[str] = []
    effort = Effort(RetryBudget(total=1, first=0.001, longest=0.002), told.append)
    effort.pause(TransientError("the registry stumbled", _FINAL))
    assert told == ["the registry stumbled: trying again in 0.0 s"]


def test_the_budget_ends_with_the_last_failure() -> None:
    effort = Effort(RetryBudget(total=0.01, first=0.004, longest=0.004), lambda _: None)
    with pytest.raises(RegistryError) as caught:
        _fail(effort, times=100)
    assert caught.value is _FINAL


def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    told: list[str] = []
    effort = Effort(_BUDGET, told.append)
    with pytest.raises(RegistryError):
        effort.pause(TransientError("stumbled", _FINAL, wait=3600))
    assert told == []


def test_a_timeout_leaves_time_for_another_attempt() -> None:
    effort = Effort(RetryBudget(total=1, first=0.001, longest=0.002), lambda _: None)
    _fail(effort, times=2, lost=1000)
    with pytest.raises(RegistryError):
        _fail(effort, times=2, lost=1000)


def test_progress_gives_the_whole_budget_back() -> None:
    effort = Effort(RetryBudget(total=0.01, first=0.006, longest=0.006), lambda _: None)
    for _ in range(4):
        effort.pause(TransientError("stumbled", _FINAL))
        effort.start_over()
