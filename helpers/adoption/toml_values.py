"""TOML documents of others: a table at the end."""

from collections.abc import Iterable


def with_table(text: str, lines: Iterable[str]) -> str:
    """The document with a table at its end, so that all that is there stays byte for byte."""
    end = line_end(text)
    gap = "" if not text else end if text.endswith("\n") else end * 2
    return text + gap + "".join(f"{line}{end}" for line in lines)


def line_end(text: str) -> str:
    """How lines end in a text."""
    return "\r\n" if "\r\n" in text else "\n"
