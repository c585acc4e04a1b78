"""The value of one key of a settings file, as its kind wants it; errors name the line."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from helpers.model.errors import HelpersError
from helpers.model.numbers import whole_number
from helpers.model.settings.deprecated import is_true
from helpers.model.settings.keys import Key, Kind
from helpers.model.settings.resources import MOST

SHOWN = 80
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# A version is taken as it is written: 3.10 is no 3.1.
_TEXT_TAGS = {
    Kind.TEXT: ("str",),
    Kind.NUMBER: ("str", "float", "int"),
    Kind.VALUE: ("str", "float", "int", "bool"),
}
Pairs = Iterable[tuple[Any, Any]]
# Reads the pairs of a mapping that starts at a line, which has keys of its own.
ReadPairs = Callable[[Pairs, Iterable[Key], int], dict[str, Any]]


def read_value(key: Key, node: Any, path: str, read_pairs: ReadPairs) -> Any:
    """The value of a key.

    Args:
        path: the file, for messages alone.
        read_pairs: is given what stands below a key that has keys of its own.

    Raises:
        HelpersError: it is none of the key's kind.
    """
    tag = node.tag.removeprefix("tag:yaml.org,2002:")
    line = node.start_mark.line + 1
    if tag in _TEXT_TAGS.get(key.kind, ()) and node.value.strip():
        return node.value
    if key.kind is Kind.FLAG and tag == "bool":
        return is_true(node)
    if key.kind is Kind.CHOICE and node.value in key.choices:
        return node.value
    if key.kind is Kind.DATE and tag in ("str", "timestamp") and _as_date(node.value):
        return _as_date(node.value)
    if key.kind is Kind.TABLE and tag == "map":
        return read_pairs(node.value, key.keys, line)
    if key.kind is Kind.TABLES and tag == "map":
        below = _named(key, node, path, ":map")
        return {name: read_pairs(item.value, key.keys, at) for name, item, at in below}
    if key.kind is Kind.ITEMS and tag == "seq":
        return tuple(_item(key, item, path, read_pairs) for item in node.value)
    if (key.kind, tag) in _READERS:
        return _READERS[key.kind, tag](key, node, path)
    if key.kind is Kind.COUNT and tag == "int" and whole_number(node.value, MOST):
        return whole_number(node.value, MOST)
    found = "nothing" if tag == "null" or not node.value else shown(node)
    raise _wrong(key, f"{path}:{line}", found)


def shown(node: Any) -> str:
    """A value for a message, cut: aliases in lists may expand beyond the memory."""
    if isinstance(node.value, str):
        return repr(node.value[:SHOWN])
    return "a mapping" if node.tag.endswith(":map") else "a list"


def _named(key: Key, node: Any, path: str, tag: str) -> Iterator[tuple[str, Any, int]]:
    """The names of a mapping, each of which stands once and for a node of a kind; with its line."""
    seen: set[str] = set()
    for name_node, item in node.value:
        name, line = _amount_name(key, name_node, path), name_node.start_mark.line + 1
        if not isinstance(item.value, list) or not item.tag.endswith(tag):
            raise _wrong(key, f"{path}:{line}", f"{shown(item)} for {name!r}")
        if name in seen:
            raise HelpersError(
                f"key '{key.name}': {name!r} occurs twice",
                where=f"{path}:{line}",
                fix="remove one of the two",
            )
        seen.add(name)
        yield name, item, line


def _items(key: Key, node: Any, path: str) -> tuple[str, ...]:
    for item in node.value:
        if item.tag != "tag:yaml.org,2002:str":
            raise _wrong(key, f"{path}:{item.start_mark.line + 1}", f"the item {shown(item)}")
    return tuple(item.value for item in node.value)


def _item(key: Key, node: Any, path: str, read_pairs: ReadPairs) -> dict[str, Any]:
    """An item with keys of its own; a name alone stands for the first of them."""
    line = node.start_mark.line + 1
    if node.tag == "tag:yaml.org,2002:map":
        return read_pairs(node.value, key.keys, line)
    if node.tag != "tag:yaml.org,2002:str":
        raise _wrong(key, f"{path}:{line}", f"the item {shown(node)}")
    first = type(node)(node.tag, key.keys[0].name, node.start_mark, node.end_mark)
    return read_pairs([(first, node)], key.keys, line)


def _lists(key: Key, node: Any, path: str) -> dict[str, tuple[str, ...]]:
    """By name, the texts of its list."""
    return {name: _items(key, item, path) for name, item, _ in _named(key, node, path, ":seq")}


def _plain(key: Key, node: Any, path: str) -> Any:
    """The values of a part of the file, as YAML reads them."""
    import yaml

    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = f"{path}:{node.start_mark.line + 1}"
        raise _wrong(key, where, "what YAML cannot read") from error
    finally:
        loader.dispose()


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _amount_name(key: Key, node: Any, path: str) -> str:
    if node.tag != "tag:yaml.org,2002:str" or not node.value:
        where = f"{path}:{node.start_mark.line + 1}"
        raise _wrong(key, where, f"the name {shown(node)}")
    return str(node.value)


def _amount(key: Key, node: Any, path: str) -> str:
    if isinstance(node.value, str) and node.tag.endswith((":str", ":int", ":float")) and node.value:
        return str(node.value)
    raise _wrong(key, f"{path}:{node.start_mark.line + 1}", shown(node))


def _wrong(key: Key, where: str, found: str) -> HelpersError:
    quoted = " (put it in quotes)" if key.kind is Kind.TEXT else ""
    return HelpersError(
        f"key '{key.name}': expected {key.expected}, found {found}",
        where=where,
        fix=f"give '{key.name}' {key.expected}{quoted}",
    )


def _amounts(key: Key, node: Any, path: str) -> dict[str, str]:
    return {_amount_name(key, name, path): _amount(key, item, path) for name, item in node.value}


# How what is no single text is read.
_READERS: dict[tuple[Kind, str], Callable[[Key, Any, str], Any]] = {
    (Kind.AMOUNTS, "map"): _amounts,
    (Kind.NAMED, "map"): _amounts,
    (Kind.TEXTS, "seq"): _items,
    (Kind.LISTS, "map"): _lists,
    (Kind.ANY, "map"): _plain,
    (Kind.ANY, "seq"): _plain,
}
