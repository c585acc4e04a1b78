"""Deprecated values of settings: still read, reported, and replaced in place."""

from collections.abc import Iterable, Sequence
from typing import Any

from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Former:
    """A value that a key once had: it is read as what it became.

    Attributes:
        version: of the toolchain that introduced it, such as `1.0`.
        value: as YAML reads it.
        now: what is written in its place; empty: the key is left out.
    """

    version: str
    value: bool | str
    now: str


@dataclass(frozen=True, slots=True)
class Deprecated:
    """A former value that was met.

    Attributes:
        where: the file and the line.
        what: the setting as it stands there, and whose form it is.
        fix: what to write.
    """

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.fix}"


class DeprecatedSetting(UserWarning):
    """The warning that a command tells of a former value; its one argument is a `Deprecated`."""


def find_former(formers: Iterable[Former], node: Any) -> Former | None:
    """The former value that is the value of a YAML node."""
    if node.tag == "tag:yaml.org,2002:bool":
        value: bool | str = is_true(node)
    elif node.tag == "tag:yaml.org,2002:str":
        value = node.value
    else:
        return None
    return next((former for former in formers if former.value == value), None)


def describe(name: str, former: Former, where: str) -> Deprecated:
    """The warning about a deprecated value of a key."""
    written = str(former.value).lower() if isinstance(former.value, bool) else former.value
    return Deprecated(
        where,
        f"'{name}: {written}' is the form of {former.version}",
        f"write '{name}: {former.now}'" if former.now else "remove it",
    )


def is_true(node: Any) -> bool:
    """Whether a YAML flag is set."""
    return str(node.value).lower() in ("true", "yes", "on")


def replaced(text: str, node: Any, value: str) -> str:
    """The text with another value where a YAML node stands."""
    return text[: node.start_mark.index] + value + text[node.end_mark.index :]


def without_pair(text: str, pairs: Sequence[tuple[Any, Any]], number: int, *, flow: bool) -> str:
    """The text without one of the pairs of a YAML mapping.

    Args:
        flow: the mapping is written as `{...}`.
    """
    key_node, value_node = pairs[number]
    if not flow:
        return _without_line(text, key_node.start_mark.index, value_node.end_mark.index)
    if number + 1 < len(pairs):
        return text[: key_node.start_mark.index] + text[pairs[number + 1][0].start_mark.index :]
    start = pairs[number - 1][1].end_mark.index if number else key_node.start_mark.index
    return text[:start] + text[value_node.end_mark.index :]


def _without_line(text: str, start: int, end: int) -> str:
    """Without the line of a setting; a comment that stands behind it stays."""
    after = text.find("\n", end) + 1 or len(text)
    comment = text[end:after].lstrip(" \t")
    return text[:start] + (comment if comment.startswith("#") else "") + text[after:]
