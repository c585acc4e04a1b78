"""Read a container's resource usage from the engine."""

from datetime import UTC, datetime
from typing import Any

from helpers.engine.client import Client, EngineError
from helpers.model.results.usage import Usage

_CONFLICT = 409
_SECOND = 1_000_000_000


def read_usage(client: Client, container: str) -> Usage | None:
    """Measure a container once; None if it is not running.

    Raises:
        EngineError: the engine does not answer.
    """
    try:
        found = client.get(f"/containers/{container}/stats", stream="false", **{"one-shot": "true"})
    except EngineError as error:
        if error.status == _CONFLICT:
            return None
        raise
    return parse_usage(found) if found else None


def parse_usage(found: Any) -> Usage | None:
    """Read the engine's answer; None for a container that does not run."""
    pids = (found.get("pids_stats") or {}).get("current")
    if not pids:
        return None
    memory = found.get("memory_stats") or {}
    # As docker counts: memory that the kernel can reclaim at once does not count.
    details = memory.get("stats") or {}
    idle = details.get("inactive_file", details.get("total_inactive_file", 0))
    used = memory.get("usage", 0)
    return Usage(
        read=_nanoseconds(found["read"]),
        cpu=((found.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage", 0),
        memory=used - idle if idle < used else used,
        limit=memory.get("limit", 0),
        pids=pids,
    )


def _nanoseconds(text: str) -> int:
    """A time of the engine's, which has nanoseconds, since 1970."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * _SECOND + int(fraction.ljust(9, "0")[:9])
