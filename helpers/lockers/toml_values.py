"""Values of TOML documents of others, which may be anything."""

from collections.abc import Iterator, Mapping
from typing import Any


def table(content: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The table at the keys; empty where there is none."""
    for key in keys:
        found = content.get(key)
        if not isinstance(found, dict):
            return {}
        content = found
    return content


def texts(given: Any) -> Iterator[str]:
    """The texts of a list; none where it is no list."""
    yield from (one for one in given if isinstance(one, str)) if isinstance(given, list) else ()


def joined_groups(*many: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Groups of several projects as groups of one, each entry once."""
    found: dict[str, list[Any]] = {}
    for groups in many:
        for name, lines in groups.items():
            there = found.setdefault(name, [])
            there += [one for one in lines if one not in there]
    return found
