"""Change a key in JSON in place, and keep the rest of the layout."""

import json
import re
from collections.abc import Sequence
from typing import Any

from helpers.model.dataclass import dataclass

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class _Member:
    """A key with its value: where it begins, where its value does, and where it ends."""

    name: str
    start: int
    value: int
    end: int


def put_member(text: str, key: Sequence[str], value: Any) -> str:
    """The text with a value for a key; the tables around it are made where they are missing.

    Raises:
        ValueError: it is no JSON.
    """
    place = _skip(text, 0)
    for depth, name in enumerate(key):
        members = _members(text, place)
        known = _find(members, name)
        if known is None:
            return _insert(text, place, members, name, _nested(key[depth + 1 :], value))
        place = known.value
        if depth == len(key) - 1 or text[place] != "{":
            shown = _shown(text, known.start, _nested(key[depth + 1 :], value))
            return text[:place] + shown + text[known.end :]
    return text


def remove_member(text: str, key: Sequence[str]) -> str:
    """The text without a key, and without the tables that are empty then.

    Raises:
        ValueError: it is no JSON, or has no such key.
    """
    place = _skip(text, 0)
    # The outermost table that holds nothing else goes as a whole.
    gone: tuple[int, list[_Member], _Member] | None = None
    for name in key:
        members = _members(text, place)
        member = _find(members, name)
        if member is None:
            raise ValueError(f"no key {name}")
        if gone is None or len(members) > 1:
            gone = (place, members, member)
        place = member.value
    assert gone is not None
    return _without(text, *gone)


def _without(text: str, table: int, members: list[_Member], member: _Member) -> str:
    number = members.index(member)
    if number + 1 < len(members):
        return text[: member.start] + text[members[number + 1].start :]
    before = members[number - 1].end if number else table + 1
    after = member.end if number else text.index("}", member.end)
    return text[:before] + text[after:]


def _insert(text: str, table: int, members: list[_Member], name: str, value: Any) -> str:
    if members:
        last = members[-1]
        # Set off as the last one is from what is before it.
        before = text[: last.start]
        gap = before[len(before.rstrip()) :]
        if len(members) == 1 and "\n" not in gap:
            gap = " "
        shown = _shown(text, last.start, value)
        member = f",{gap}{json.dumps(name, ensure_ascii=False)}: {shown}"
        return text[: last.end] + member + text[last.end :]
    end = _skip(text, table + 1)
    margin = _margin(text, table)
    shown = json.dumps({name: value}, indent=_unit(text), ensure_ascii=False)
    return text[:table] + shown.replace("\n", f"\n{margin}") + text[end + 1 :]


def _shown(text: str, start: int, value: Any) -> str:
    """A value as it stands behind a key that begins at `start`."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    if line.strip():
        # Other things stand on its line, so it does not break it.
        return json.dumps(value, ensure_ascii=False)
    shown = json.dumps(value, indent=_unit(text), ensure_ascii=False)
    return shown.replace("\n", f"\n{line}")


def _nested(names: Sequence[str], value: Any) -> Any:
    for name in reversed(names):
        value = {name: value}
    return value


def _find(members: Sequence[_Member], name: str) -> _Member | None:
    return next((member for member in reversed(members) if member.name == name), None)


def _members(text: str, table: int) -> list[_Member]:
    """The keys of the table that begins at a place."""
    found = []
    place = _skip(text, table + 1)
    while text[place] != "}":
        start = place
        name, place = _DECODER.raw_decode(text, start)
        value = _skip(text, _skip(text, place) + 1)
        _, end = _DECODER.raw_decode(text, value)
        found.append(_Member(name, start, value, end))
        place = _skip(text, end)
        if text[place] == ",":
            place = _skip(text, place + 1)
    return found


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _margin(text: str, place: int) -> str:
    """The blanks that the line of a place begins with."""
    line = text[text.rfind("\n", 0, place) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str) -> str:
    """What one level is indented by."""
    found = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    return found[1] if found else "  "
