"""Three versions of settings merged key by key: what was shared, what is shared, what is here."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.managed_file import Take

# The names of a key and of the tables around it, outermost first.
KeyPath = tuple[Any, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class _Absent(Enum):
    ABSENT = "absent"
    UNKNOWN = "unknown"


ABSENT = _Absent.ABSENT
# Recorded for an unresolved conflict: the last applied content is no longer the common base.
_UNKNOWN = _Absent.UNKNOWN


@dataclass(frozen=True, slots=True)
class _InTheWay:
    """A plain value where a table is needed."""

    value: Any


@dataclass(frozen=True, slots=True)
class KeyMerge:
    """The result of merging settings.

    Attributes:
        put: keys that get the shared value.
        removed: keys that go, since they are shared no longer.
        conflicts: keys whose value here and shared value were both changed; they stay as here.
        here: keys that were changed here alone; they stay.
    """

    put: tuple[KeyPath, ...] = ()
    removed: tuple[KeyPath, ...] = ()
    conflicts: tuple[KeyPath, ...] = ()
    here: tuple[KeyPath, ...] = ()


def merge_keys(
    base: Mapping[Any, Any] | None,
    ours: Mapping[Any, Any],
    theirs: Mapping[Any, Any],
    *,
    own: Collection[str] = (),
    undecided: Collection[str] = (),
    take: Take = Take.NEITHER,
) -> KeyMerge:
    """Decide for each key that is or was shared.

    Args:
        base: what was last applied; None: nothing yet.
        own: names of keys that are the repo's alone.
        undecided: names of keys whose conflict nobody has decided yet.
        take: whose side is taken where both differ; the shared one also where only this repo
            changed a key.
    """
    shared, before = dict(leaves(theirs)), base or {}
    # Of what was a table and is a plain value now, or the reverse, only what is now is looked at.
    gone = [
        key
        for key, _ in leaves(before)
        if key not in shared and not any(_is_around(key, other) for other in shared)
    ]
    found: dict[str, list[KeyPath]] = {"put": [], "removed": [], "conflicts": [], "here": []}
    for key in (*shared, *gone):
        if key_name(key) in own:
            continue
        was = _UNKNOWN if key_name(key) in undecided else value_at(before, key)
        verdict = _decide(was, value_at(ours, key), shared.get(key, ABSENT), take)
        if verdict:
            found[verdict].append(key)
    return KeyMerge(**{name: tuple(keys) for name, keys in found.items()})


def _decide(was: Any, here: Any, shared: Any, take: Take) -> str:
    """Which of the lists of the outcome the key belongs to; empty: none."""
    if is_same(here, shared):
        return ""
    taken = "removed" if shared is ABSENT else "put"
    if is_same(here, was):
        return taken
    if take is Take.SHARED:
        return taken
    # A local value that was never shared conflicts with a shared one.
    if is_same(shared, was) or shared is ABSENT:
        return "here"
    return "here" if take is Take.OWN else "conflicts"


def leaves(table: Mapping[Any, Any], above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every key that is no table itself, with its value; lists are values as a whole."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def value_at(table: Mapping[Any, Any], key: KeyPath) -> Any:
    """The value of a key; `ABSENT` if there is none.

    Where a plain value stands in the place of a table around it, that is told as such.
    """
    found: Any = table
    for name in key:
        if not isinstance(found, Mapping):
            return _InTheWay(found)
        if name not in found:
            return ABSENT
        found = found[name]
    return found


def is_same(one: Any, other: Any) -> bool:
    """Whether two values say the same: 1, 1.0 and true differ, the order of a table does not."""
    return _canonical(one) == _canonical(other)


def key_name(key: KeyPath) -> str:
    """The key as people write it: `tool.ruff.line-length`."""
    return ".".join(_part_name(part) for part in key)


def _part_name(part: Any) -> str:
    text = str(part)
    if _BARE.fullmatch(text):
        return text
    # Names are put into lists, between commas.
    return json.dumps(text, ensure_ascii=False).replace(",", "\\u002c")


def _is_around(one: KeyPath, other: KeyPath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _canonical(value: Any) -> str:
    if isinstance(value, _InTheWay):
        return f"in the way {_canonical(value.value)}"
    if isinstance(value, Mapping):
        pairs = sorted((_canonical(key), _canonical(item)) for key, item in value.items())
        return "{" + ",".join(f"{key}:{item}" for key, item in pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_canonical(item) for item in value) + "]"
    for kind in (bool, int, float, str):
        # Values of files that keep their layout are of types of their own.
        if isinstance(value, kind):
            return f"{kind.__name__} {kind(value)!r}"
    return f"{type(value).__name__} {value}"
