import json

import pytest

from helpers.model.documents.json_text import put_member, remove_member


@pytest.mark.parametrize(
    ("text", "key", "value", "changed"),
    [
        ('{"a": 1}', ("a",), 2, '{"a": 2}'),
        ('{"a": 1}', ("b",), [1, 2], '{"a": 1, "b": [1, 2]}'),
        ('{"a":1,"b":2}', ("c",), 3, '{"a":1,"b":2,"c": 3}'),
        ("{}\n", ("a", "b"), 1, '{\n  "a": {\n    "b": 1\n  }\n}\n'),
        ('{\n\t"a": {}\n}', ("a", "b"), 1, '{\n\t"a": {\n\t\t"b": 1\n\t}\n}'),
        ('{\n  "a": [ 1 ],\n  "z": 0\n}', ("n",), {"x": 1}, None),
        ('{"a": {"b": {"c": 1}}}', ("a", "b", "c"), None, '{"a": {"b": {"c": null}}}'),
        ('{"a": 1, "a": 2}', ("a",), 3, '{"a": 1, "a": 3}'),
    ],
)
def test_a_value_is_put_where_its_key_stands(
    text: str, key: tuple[str, ...], value: object, changed: str | None
) -> None:
    expected = changed or '{\n  "a": [ 1 ],\n  "z": 0,\n  "n": {\n    "x": 1\n  }\n}'
    assert put_member(text, key, value) == expected


@pytest.mark.parametrize(
    ("text", "key", "changed"),
    [
        ('{"a": 1, "b": 2}', ("a",), '{"b": 2}'),
        ('{"a": 1, "b": 2}', ("b",), '{"a": 1}'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}', ("b",), '{\n  "a": 1,\n  "c": 3\n}'),
        ('{\n  "a": 1\n}', ("a",), "{}"),
        ('{"a": {"b": {"c": 1}}, "d": 1}', ("a", "b", "c"), '{"d": 1}'),
        ('{"a": {"b": {"c": 1}, "x": 2}}', ("a", "b", "c"), '{"a": {"x": 2}}'),
    ],
)
def test_a_key_goes_with_the_tables_that_are_then_empty(
    text: str, key: tuple[str, ...], changed: str
) -> None:
    assert remove_member(text, key) == changed
    json.loads(changed)


def test_a_key_that_is_not_there_cannot_go() -> None:
    with pytest.raises(ValueError, match="no key b"):
        remove_member('{"a": 1}', ("b",))
