"""TOML that is changed while its comments and layout stay."""

import re
from collections.abc import MutableMapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tomlkit.container import Container

_Tables = MutableMapping[Any, Any]

_HEADING = re.compile(r"\[{1,2}[^\[\]]+\]{1,2}\s*(#.*)?")


def set_apart(before: str, after: str) -> str:
    """The text after a change: a blank line before each new heading, lines ended as before."""
    tight = {
        line
        for above, line in pairwise(_lines(before))
        if _HEADING.fullmatch(line) and above.strip()
    }
    lines: list[str] = []
    for line in _lines(after):
        is_apart = not lines or not lines[-1].strip() or lines[-1].startswith("#")
        if _HEADING.fullmatch(line) and line not in tight and not is_apart:
            lines.append("")
        lines.append(line)
    return keep_line_ends(before, "".join(f"{line}\n" for line in lines))


def keep_line_ends(before: str, after: str) -> str:
    """The text after a change, its lines ended as before: tomlkit ends what it adds with LF."""
    return re.sub(r"(?<!\r)\n", "\r\n", after) if "\r\n" in before else after


def _lines(text: str) -> list[str]:
    """The lines as TOML counts them: other signs that end a line may stand in its strings."""
    *lines, last = text.replace("\r\n", "\n").split("\n")
    return [*lines, last] if last else lines


def add_key(tables: Sequence[_Tables], name: str, value: Any) -> None:
    """Put a key that is not yet there into the last of the tables, outermost first.

    It comes behind the last one of its kind: comments at the end belong to what follows.
    """
    import tomlkit
    from tomlkit.items import AbstractTable, InlineTable, Table

    table = tables[-1]
    inner = _container(table)
    if isinstance(table, InlineTable):
        # Nothing but its like can stand in it.
        table[name] = tomlkit.inline_table() if isinstance(value, Table) else value
        return
    if inner is None:
        table[name] = value
        return
    item, key = tomlkit.item(value), tomlkit.key(name)
    is_table = isinstance(item, AbstractTable) and not isinstance(item, InlineTable)
    if is_table and len(tables) > 1 and _is_dotted(tables[-2], table):
        # Only the parser makes such keys.
        key = tomlkit.parse(f"{key.as_string()}.x = 0").body[0][0] or key
        item = tomlkit.table(is_super_table=True)
    places = [
        number
        for number, (other_key, other) in enumerate(inner.body)
        if other_key is not None and (is_table or not isinstance(other, AbstractTable))
    ]
    after = places[-1] + 1 if places else 0
    if after >= len(inner.body):
        inner.append(key, item)
    else:
        inner._insert_at(after, key, item)


def _is_dotted(around: _Tables, table: _Tables) -> bool:
    """Whether the table stands there as the first part of `a.b = 1`."""
    inner = _container(around)
    if inner is None:
        return False
    return any(key and key.is_dotted() and id(item) == id(table) for key, item in inner.body)


def _container(table: _Tables) -> "Container | None":
    from tomlkit.container import Container

    inner = table if isinstance(table, Container) else getattr(table, "value", None)
    return inner if isinstance(inner, Container) else None
