"""TOML documents of others: values that may be anything, and a table at the end."""

from collections.abc import Iterable, Iterator, Mapping
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


def with_table(text: str, lines: Iterable[str]) -> str:
    """The document with a table at its end, so that all that is there stays byte for byte."""
    end = line_end(text)
    gap = "" if not text else end if text.endswith("\n") else end * 2
    return text + gap + "".join(f"{line}{end}" for line in lines)


def line_end(text: str) -> str:
    """How lines end in a text."""
    return "\r\n" if "\r\n" in text else "\n"
