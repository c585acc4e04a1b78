from typing import Any

from helpers.engine.stats import parse_usage
from helpers.model.results.usage import cpu_share

# As the engine answers; shortened.
_ANSWER: dict[str, Any] = {
    "read": "2026-03-01T10:00:00.5Z",
    "pids_stats": {"current": 7},
    "cpu_stats": {"cpu_usage": {"total_usage": 3_000_000_000}},
    "memory_stats": {"usage": 1000, "stats": {"inactive_file": 400}, "limit": 5000},
}


def test_memory_that_can_be_given_back_is_not_used() -> None:
    usage = parse_usage(_ANSWER)
    assert usage
    assert (usage.memory, usage.limit, usage.pids) == (600, 5000, 7)


def test_the_share_of_a_processor_is_what_was_used_between_two_looks() -> None:
    later = _ANSWER | {
        "read": "2026-03-01T10:00:02.500000001Z",
        "cpu_stats": {"cpu_usage": {"total_usage": 6_000_000_000}},
    }
    before, after = parse_usage(_ANSWER), parse_usage(later)
    assert before
    assert after
    assert after.read - before.read == 2_000_000_001
    assert round(cpu_share(before, after) or 0, 3) == 1.5
    assert cpu_share(before, before) is None


def test_a_container_that_does_not_run_uses_nothing() -> None:
    assert parse_usage({"read": "0001-01-01T00:00:00Z", "pids_stats": {}}) is None
