"""Values of the model as plain ones, which JSON has, and back: for what goes to another machine."""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")
_AS_TEXT = (StrEnum, Path)


def as_plain(value: Any) -> Any:
    """A value as texts, numbers, lists and objects."""
    if dataclasses.is_dataclass(value):
        names = (field.name for field in dataclasses.fields(value) if field.init)
        return {name: as_plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(name): as_plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_plain(item) for item in value]
    return str(value) if isinstance(value, _AS_TEXT) else value


def from_plain(kind: type[Kind], plain: Any, words: Mapping[str, Any] | None = None) -> Kind:
    """The value of a kind that plain ones stand for.

    Args:
        words: kinds that annotations name and their module does not import.
    """
    return _read(kind, plain, words or {})  # type: ignore[no-any-return]


def _read(kind: Any, plain: Any, words: Mapping[str, Any]) -> Any:
    if plain is None:
        return None
    if dataclasses.is_dataclass(kind):
        kinds = get_type_hints(kind, localns=dict(words))
        return kind(**{name: _read(kinds[name], item, words) for name, item in plain.items()})  # type: ignore[operator]
    inner = get_args(kind)
    if get_origin(kind) is tuple:
        each = inner[:1] * len(plain) if inner[-1] is ... else inner
        return tuple(_read(one, item, words) for one, item in zip(each, plain, strict=True))
    if get_origin(kind) in (dict, Mapping):
        return {name: _read(inner[1], item, words) for name, item in plain.items()}
    if inner:  # a value, or none
        return _read(inner[0], plain, words)
    return kind(plain) if isinstance(kind, type) and issubclass(kind, _AS_TEXT) else plain
