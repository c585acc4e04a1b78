"""Small builders for the tests."""

import json
from typing import Any

TAKEN_AT = "2026-11-20T08:30:00+00:00"


def make_message(**changes: Any) -> str:
    """A good message of a temperature sensor, but for `changes`; None leaves a field out."""
    fields = {
        "kind": "temperature",
        "sensor": "hall-1",
        "taken_at": TAKEN_AT,
        "battery_percent": 80,
        "celsius": 21.5,
        **changes,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def make_door_message(*, is_open: bool, **changes: Any) -> str:
    """A good message of a door."""
    return make_message(kind="door", celsius=None, open=is_open, **changes)
