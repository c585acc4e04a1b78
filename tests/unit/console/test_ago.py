from datetime import UTC, datetime

import pytest

from helpers.console.ago import ago

_NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


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
