"""Times, as people read them."""

from datetime import UTC, datetime, timedelta

_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60))


def ago(ended: str, now: datetime | None = None) -> str:
    """Format an ISO 8601 time as `2 h ago`; empty if it is not one.

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


def moment(text: str) -> str:
    """Format an ISO 8601 time to the minute, by the clock of whoever looks; other texts are cut."""
    try:
        when = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return text[:16]
    return f"{when:%Y-%m-%d %H:%M}"


def deadline(text: str) -> str:
    """Format the same, rounded up to the minute: what lasts until then has ended then."""
    try:
        when = datetime.fromisoformat(text) + timedelta(seconds=59, microseconds=999_999)
    except (ValueError, OverflowError):
        return moment(text)
    return moment(when.isoformat())
