"""JSON and TOML that somebody else wrote: whatever is wrong with it is a ValueError."""

from typing import Any


def load_json(text: str | bytes) -> Any:
    """Read JSON.

    Raises:
        ValueError: it is none, or is nested more deeply than can be read.
    """
    # Imported here, as below: few commands read both.
    import json

    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def load_toml(text: str) -> dict[str, Any]:
    """Read TOML.

    Raises:
        ValueError: it is none, is nested more deeply than can be read, or has a number of more
            digits than any machine counts in.
    """
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
