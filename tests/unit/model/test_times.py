import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from helpers.model.environments import Promoted
from helpers.model.times import ago, deadline, moment

_NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who looks has a clock of Japan."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("ended", "shown"),
    [
        ("2026-01-02T11:59:30+00:00", "just now"),
        ("2026-01-02T11:30:00+00:00", "30 min ago"),
        ("2026-01-02T10:00:00+00:00", "2 h ago"),
        ("2025-12-30T12:00:00+00:00", "3 d ago"),
        ("some day", ""),
        ("2026-01-02", ""),
    ],
)
def test_how_long_ago(ended: str, shown: str) -> None:
    assert ago(ended, _NOW) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-30T15:43:12+00:00", "2026-12-01 00:43"),
        ("2026-11-30T15:43:12.123456789Z", "2026-12-01 00:43"),
        ("2026-12-01T00:43:59+09:00", "2026-12-01 00:43"),
        ("", ""),
        ("some day in the next year", "some day in the "),
    ],
)
@pytest.mark.usefixtures("in_tokyo")
def test_all_times_are_by_the_clock_of_whoever_looks(text: str, shown: str) -> None:
    assert moment(text) == shown
    if text.startswith("20"):
        assert Promoted("sha256:1", "v1.0.0", text, "ann").by == f"ann, {shown}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-30T15:43:00+00:00", "2026-12-01 00:43"),
        ("2026-11-30T15:43:01+00:00", "2026-12-01 00:44"),
        ("unknown", "unknown"),
        ("9999-12-31T23:59:59+00:00", "9999-12-31T23:59"),
    ],
)
@pytest.mark.usefixtures("in_tokyo")
def test_what_lasts_until_a_minute_has_ended_then(text: str, shown: str) -> None:
    assert deadline(text) == shown
