"""Change a key in JSON in place, and keep the rest of the layout.

Comments and commas behind a last value, which editors allow in files of their own, stay as well:
places are looked up in a text of the same length that has blanks for them.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from helpers.model.dataclass import dataclass

_SPACE = re.compile(r"[ \t\r\n]*")
_TWO_HALVES = re.compile(r"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}")
_DECODER = json.JSONDecoder()
_STRING = r'"(?:\\.|[^"\\\n])*"'
_COMMENT = re.compile(rf"{_STRING}|(?P<gone>//[^\n]*|/\*.*?\*/)", re.DOTALL)
_LAST_COMMA = re.compile(rf"{_STRING}|(?P<gone>,)(?=\s*[}}\]])")


def json_as_yaml(content: Any, indent: int | None = None) -> str:
    """JSON that is YAML as well, where half a sign of Unicode is none."""
    text = json.dumps(content, indent=indent)
    return _TWO_HALVES.sub(lambda halves: _one_sign(halves[0]), text)


def _one_sign(halves: str) -> str:
    sign = json.loads(f'"{halves}"')
    return f"\\U{ord(sign):08x}"


@dataclass(frozen=True, slots=True)
class _Member:
    """A key with its value: where it begins, where its value does, and where it ends."""

    name: str
    start: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class _Document:
    """A document.

    Attributes:
        text: as it is written.
        uncommented: the same with blanks for comments.
        plain: JSON that everybody reads, of the same length.
    """

    text: str
    uncommented: str
    plain: str

    def comma(self, start: int, end: int) -> int:
        """The place of a comma between two places; -1: there is none."""
        return self.uncommented.find(",", start, end)

    def end_of_line(self, place: int) -> int:
        """Where a comment ends that stands behind a place on its line; the place without one."""
        line = self.text.find("\n", place)
        end = len(self.text) if line < 0 else line
        if self.text[place:end].isspace() or self.uncommented[place:end].strip():
            return place
        return place + len(self.text[place:end].rstrip())


def without_comments(text: str) -> str:
    """JSON of the same length with blanks for comments and for commas behind a last value."""
    return _read(text).plain


def put_member(text: str, key: Sequence[str], value: Any) -> str:
    """The text with a value for a key; the tables around it are made where they are missing.

    Raises:
        ValueError: it is no JSON.
    """
    document = _read(text)
    place = _skip(document.plain, 0)
    for depth, name in enumerate(key):
        members = _members(document.plain, place)
        known = _find(members, name)
        if known is None:
            return _insert(document, place, members, name, _nested(key[depth + 1 :], value))
        place = known.value
        if depth == len(key) - 1 or text[place] != "{":
            shown = _shown(document.plain, known.start, _nested(key[depth + 1 :], value))
            return text[:place] + shown + text[known.end :]
    return text


def remove_member(text: str, key: Sequence[str]) -> str:
    """The text without a key, and without the tables that are empty then.

    Raises:
        ValueError: it is no JSON, or has no such key.
    """
    document = _read(text)
    place = _skip(document.plain, 0)
    # The outermost table that holds nothing else goes as a whole.
    gone: tuple[int, list[_Member], _Member] | None = None
    for name in key:
        members = _members(document.plain, place)
        member = _find(members, name)
        if member is None:
            raise ValueError(f"no key {name}")
        if gone is None or len(members) > 1:
            gone = (place, members, member)
        place = member.value
    assert gone is not None
    return _without(document, *gone)


def _read(text: str) -> _Document:
    uncommented = _COMMENT.sub(_blank, text)
    return _Document(text, uncommented, _LAST_COMMA.sub(_blank, uncommented))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0]) if match["gone"] else match[0]


def _without(document: _Document, table: int, members: list[_Member], member: _Member) -> str:
    text, number = document.text, members.index(member)
    if number + 1 < len(members):
        after = members[number + 1].start
        rest = document.end_of_line(document.comma(member.end, after) + 1)
        return text[: member.start] + text[min(after, _skip(text, rest)) :]
    end = document.plain.index("}", member.end)
    if not number:
        return text[: table + 1] + text[end:]
    return _without_last(document, members[number - 1].end, member, end)


def _without_last(document: _Document, before: int, member: _Member, end: int) -> str:
    """The text without the last of several keys.

    Args:
        before: where the one before it ends.
        end: of the table.
    """
    text = document.text
    comma = document.comma(before, member.start)
    last = document.comma(member.end, end)
    # A comma behind the last value stays one.
    kept = text[before : comma + 1] if last >= 0 else text[before:comma]
    kept += text[comma + 1 : member.start].rstrip()
    rest = text[document.end_of_line(max(member.end, last + 1)) :]
    ended = "//" not in kept or rest.lstrip(" \t").startswith("\n")
    return text[:before] + kept + ("" if ended else "\n") + rest


def _insert(document: _Document, table: int, members: list[_Member], name: str, value: Any) -> str:
    text, plain = document.text, document.plain
    if members:
        last = members[-1]
        # Set off as the last one is from what is before it.
        before = plain[: last.start]
        gap = before[len(before.rstrip()) :]
        gap = f"\n{gap.rpartition(chr(10))[2]}" if "\n" in gap else gap
        if len(members) == 1 and "\n" not in gap:
            gap = " "
        member = f"{gap}{json.dumps(name, ensure_ascii=False)}: {_shown(plain, last.start, value)}"
        comma = document.comma(last.end, plain.index("}", last.end))
        end = max(last.end, comma + 1)
        end = document.end_of_line(end) if "\n" in gap else end
        if comma >= 0:
            return f"{text[:end]}{member},{text[end:]}"
        return f"{text[: last.end]},{text[last.end : end]}{member}{text[end:]}"
    end = plain.index("}", table)
    margin = _margin(text, table)
    shown = json.dumps({name: value}, indent=_unit(plain), ensure_ascii=False)
    shown = shown.replace("\n", f"\n{margin}").removeprefix("{")
    return text[:end].rstrip() + shown + text[end + 1 :]


def _shown(plain: str, start: int, value: Any) -> str:
    """A value as it stands behind a key that begins at `start`."""
    line = plain[plain.rfind("\n", 0, start) + 1 : start]
    if line.strip():
        # Other things stand on its line, so it does not break it.
        return json.dumps(value, ensure_ascii=False)
    shown = json.dumps(value, indent=_unit(plain), ensure_ascii=False)
    return shown.replace("\n", f"\n{line}")


def _nested(names: Sequence[str], value: Any) -> Any:
    for name in reversed(names):
        value = {name: value}
    return value


def _find(members: Sequence[_Member], name: str) -> _Member | None:
    return next((member for member in reversed(members) if member.name == name), None)


def _members(plain: str, table: int) -> list[_Member]:
    """The keys of the table that begins at a place."""
    found = []
    place = _skip(plain, table + 1)
    while plain[place] != "}":
        start = place
        name, place = _DECODER.raw_decode(plain, start)
        value = _skip(plain, _skip(plain, place) + 1)
        _, end = _DECODER.raw_decode(plain, value)
        found.append(_Member(name, start, value, end))
        place = _skip(plain, end)
        if plain[place] == ",":
            place = _skip(plain, place + 1)
    return found


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _margin(text: str, place: int) -> str:
    """The blanks that the line of a place begins with."""
    line = text[text.rfind("\n", 0, place) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(plain: str) -> str:
    """What one level is indented by."""
    found = re.search(r"^([ \t]+)\S", plain, re.MULTILINE)
    return found[1] if found else "  "
