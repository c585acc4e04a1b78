"""How long ago something was, as people say it."""

from datetime import UTC, datetime

_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60))


def ago(ended: str, now: datetime | None = None) -> str:
    """`2 h ago`, from a time in ISO 8601; empty where it is none.

    Args:
        now: the present, where it is not the clock's.
    """
    try:
        seconds = ((now or datetime.now(UTC)) - datetime.fromisoformat(ended)).total_seconds()
    except (ValueError, TypeError):
        return ""
    for unit, length in _STEPS:
        if seconds >= length:
            return f"{seconds / length:.0f} {unit} ago"
    return "just now"
