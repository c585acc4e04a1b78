"""JSON as the engine would read it, or not at all.

Go takes the keys of its structs in any case and the last of several: `privileged` after
`Privileged` wins. So a body is read strictly here, and what goes to the engine is written anew
from what was read.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any, NoReturn

from helpers.engine.proxy.requests import BAD_REQUEST, Json, Refused, Rules, refusal


def read_object(body: bytes) -> dict[str, Json]:
    """A body's JSON object; an empty body is an empty one.

    Raises:
        Refused: it is none, or can be read in more than one way.
    """
    if not body.strip():
        return {}
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        # Characters that stand for one and the same once the engine has read them.
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Refused(BAD_REQUEST, "the body is not JSON in UTF-8") from error
    if not isinstance(found, dict):
        raise Refused(BAD_REQUEST, "the body is no JSON object")
    return found


def write_object(content: dict[str, Json]) -> bytes:
    """The body that the engine gets."""
    return json.dumps(content).encode()


def check_spelling(content: dict[str, Json], known: Iterable[str]) -> None:
    """Hold that known keys are spelled as documented.

    Raises:
        Refused: the engine would take a key for a known one, and we would not.
    """
    folded = {name.casefold(): name for name in known}
    for key in content:
        meant = folded.get(key.casefold())
        if meant is not None and meant != key:
            raise Refused(BAD_REQUEST, f"the body's key {key!r} must be written {meant!r}")


def check_keys(
    rules: Rules, content: dict[str, Json], free: Collection[str], empty: Collection[str], of: str
) -> None:
    """Refuse an object with keys that are not allowed.

    Args:
        free: may say anything, or are checked elsewhere.
        empty: may be there, but say nothing.

    Raises:
        Refused: it has others.
    """
    check_spelling(content, {*free, *empty})
    for key, value in content.items():
        if key in free or (key in empty and is_empty(value)):
            continue
        raise refusal(rules, f"{of}{key}")


def part(content: dict[str, Json], key: str) -> dict[str, Json]:
    """An object in an object; made where it is missing.

    Raises:
        Refused: it is something else.
    """
    if content.get(key) is None:
        content[key] = {}
    found = content[key]
    if not isinstance(found, dict):
        raise Refused(BAD_REQUEST, f"{key} must be an object")
    return found


def objects(content: dict[str, Json], key: str) -> list[dict[str, Json]]:
    """A list of objects in an object; empty where it is missing.

    Raises:
        Refused: it is something else.
    """
    return _list(content, key, dict, "objects")


def texts(content: dict[str, Json], key: str) -> list[str]:
    """A list of strings in an object; empty where it is missing.

    Raises:
        Refused: it is something else.
    """
    return _list(content, key, str, "strings")


def _list(content: dict[str, Json], key: str, kind: type, named: str) -> list[Any]:
    found = content.get(key) or []
    if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
        raise Refused(BAD_REQUEST, f"{key} must be a list of {named}")
    return found


def text(content: dict[str, Json], key: str) -> str:
    """A string in an object; empty where it is missing.

    Raises:
        Refused: it is something else.
    """
    found = content.get(key)
    if found is not None and not isinstance(found, str):
        raise Refused(BAD_REQUEST, f"{key} must be a string")
    return found or ""


def is_empty(value: Json) -> bool:
    """Whether a value asks for nothing."""
    if isinstance(value, dict):
        return all(is_empty(item) for item in value.values())
    return value is None or value is False or value in ("", 0) or value == []


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
