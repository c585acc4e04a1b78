"""JSON Schemas of settings files, for editors: made from the keys by which the files are read.

An editor sees values where the reader sees what is written, so a schema accepts some files that the
reader refuses (`0x10` for an amount, a path that stands twice, a `registry` that is no name beside
`registries`), and never the other way round.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from helpers.model.settings.deprecated import Former
from helpers.model.settings.keys import Key, Kind
from helpers.model.settings.resources import MEMORY, MOST, SIZE

_DRAFT = "http://json-schema.org/draft-07/schema#"
_NOT_BLANK = r"\S"
_COUNT = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": MOST},
        {"type": "string", "pattern": rf"^\s*(?=0*[1-9])[0-9]{{1,{len(str(MOST))}}}\s*$"},
    ]
}
_MEMORY = {
    "anyOf": [
        {"type": "number", "minimum": 1, "maximum": 10**15 - 1},
        {"type": "string", "pattern": rf"^\s*(?=[0.]*[1-9]){SIZE}\s*$"},
    ]
}

Schema = dict[str, Any]
_PLAIN: Mapping[Kind, Schema] = {
    Kind.FLAG: {"type": "boolean"},
    Kind.COUNT: {"type": "integer", "minimum": 1, "maximum": MOST},
    Kind.ANY: {"type": ["object", "array"]},
    Kind.VALUE: {"type": ["string", "number", "boolean"]},
    # Without a type: some readers of YAML make a date of it, others leave a text.
    Kind.DATE: {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
}


def object_schema(keys: Iterable[Key], defaults: Mapping[str, object]) -> Schema:
    """The schema of a mapping with these keys and no others.

    Args:
        defaults: what holds where a key is not written.
    """
    known = list(keys)
    given = {name: {"default": value} for name, value in defaults.items()}
    parts: Schema = {
        "required": [key.name for key in known if key.required],
        "allOf": [rule for key in known for rule in _between_keys(key)],
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: _property(key) | given.get(key.name, {}) for key in known},
        **{name: part for name, part in parts.items() if part},
    }


def file_schema(title: str, body: Schema) -> Schema:
    """The schema of a file, as it is written."""
    return {"$schema": _DRAFT, "title": title, **body}


def _property(key: Key) -> Schema:
    formers = [_former(key.name, one) for one in key.formers]
    value = {"anyOf": [_value(key), *formers]} if formers else _value(key)
    return {"description": key.says, **value}


def _value(key: Key) -> Schema:
    if key.kind in _PLAIN:
        return dict(_PLAIN[key.kind])
    match key.kind:
        case Kind.CHOICE:
            return {"enum": [str(word) for word in key.choices]}
        case Kind.TEXTS:
            item = {"enum": list(key.choices)} if key.choices else {"type": "string", **_text(key)}
            return {"type": "array", "items": item}
        case Kind.NUMBER:
            # 3.10 without quotes is 3.1 for an editor.
            number = {"type": "number", "minimum": 3, "exclusiveMaximum": 4}
            return {"anyOf": [{"type": "string", **_text(key)}, number]}
        case Kind.TABLES:
            inner = object_schema(key.keys, {})
            return {"type": "object", **_names_of(key), "additionalProperties": inner}
        case Kind.TABLE:
            return object_schema(key.keys, {})
        case Kind.ITEMS:
            name = {"type": "string", **_text(key.keys[0])}
            return {"type": "array", "items": {"anyOf": [name, object_schema(key.keys, {})]}}
        case Kind.LISTS:
            return _lists(key)
        case Kind.AMOUNTS | Kind.NAMED:
            return _names(key)
    return {"type": "string", **({"pattern": _NOT_BLANK} if key.names_of else _text(key))}


def _text(key: Key) -> Schema:
    if key.rule:
        return {"pattern": f"^(?:{key.rule.pattern})$"}
    return {} if key.kind is Kind.TEXTS else {"pattern": _NOT_BLANK}


def _names_of(key: Key) -> Schema:
    pattern = {"pattern": f"^(?:{key.name_rule.pattern})$"} if key.name_rule else {}
    return {"propertyNames": {"minLength": 1, **pattern}}


def _lists(key: Key) -> Schema:
    texts = {"type": "array", "items": {"type": "string", **_text(key)}}
    return {"type": "object", **_names_of(key), "additionalProperties": texts}


def _names(key: Key) -> Schema:
    named = {"type": ["string", "number"], "minLength": 1} | (_text(key) if key.rule else {})
    every: Schema = _COUNT if key.kind is Kind.AMOUNTS else named
    if key.choices:
        names = dict.fromkeys(key.choices, every)
        if key.kind is Kind.AMOUNTS and MEMORY in names:
            names[MEMORY] = _MEMORY
        return {"type": "object", "properties": names, "additionalProperties": False}
    found = {"type": "object", **_names_of(key), "additionalProperties": every}
    return {**found, "properties": {MEMORY: _MEMORY}} if key.kind is Kind.AMOUNTS else found


def _former(name: str, former: Former) -> Schema:
    instead = f"write '{name}: {former.now}'" if former.now else "remove it"
    text = f"The form of {former.version}: {instead}."
    told = {"deprecated": True, "deprecationMessage": text, "description": text}
    return {"const": former.value, **told}


def _between_keys(key: Key) -> Iterable[Schema]:
    here = {"required": [key.name]}
    if key.needs:
        yield {"if": here, "then": {"required": [key.needs.key]}}
    if key.excludes:
        yield {"not": {"required": [key.name, key.excludes.key]}}
    if key.names_of:
        named = {"properties": {key.names_of: {"minProperties": 1}}, "required": [key.names_of]}
        yield {"if": named, "else": {"properties": {key.name: _text(key)}}}
