import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.documents.json_text import (
    json_as_yaml,
    put_member,
    remove_member,
    without_comments,
)

_COMMENTED = """\
// What it is for: "a", {b}.
{
  "name": "api", // "shown"
  /* How it is
     built. */
  "build": {
    // nothing yet
  },
  // Ports
  "url": "http://x/*y*/", // no comment in it
  "last": [1, 2, /* three */], // end
}
"""


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


@pytest.mark.parametrize(
    ("key", "value", "line", "changed"),
    [
        (("name",), "b", '  "name": "api", // "shown"', '  "name": "b", // "shown"'),
        (("build", "x"), 1, "    // nothing yet", '    // nothing yet\n    "x": 1'),
        (("new",), 1, '  "last": [1, 2, /* three */], // end', None),
    ],
)
def test_comments_stay_where_they_are(
    key: tuple[str, ...], value: object, line: str, changed: str | None
) -> None:
    expected = changed or f'{line}\n  "new": 1,'
    assert put_member(_COMMENTED, key, value) == _COMMENTED.replace(line, expected)


@pytest.mark.parametrize(
    ("key", "gone"),
    [
        (("name",), '"name": "api", // "shown"\n  '),
        (("url",), '"url": "http://x/*y*/", // no comment in it\n  '),
        (("last",), '\n  "last": [1, 2, /* three */], // end'),
    ],
)
def test_a_key_goes_with_the_comment_on_its_line(key: tuple[str, ...], gone: str) -> None:
    assert remove_member(_COMMENTED, key) == _COMMENTED.replace(gone, "")


_SPACES = st.sampled_from(["", " ", "\n", "\n  ", ' // c, "\n', "/* } */", "\n\t// {\n"])


@st.composite
def _documents(draw: st.DrawFn, depth: int = 2) -> str:
    """A table with comments anywhere, and with or without a comma behind its last value."""

    def value() -> str:
        if depth and draw(st.booleans()):
            return draw(_documents(depth - 1))
        return draw(st.sampled_from(["1", '"//"', "[1 /* 2 */,]", '",}"', "null"]))

    names = draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3))
    members = [
        f'{draw(_SPACES)}"{name}"{draw(_SPACES)}:{draw(_SPACES)}{value()}{draw(_SPACES)}'
        for name in names
    ]
    last = draw(st.sampled_from(["", ","])) if members else ""
    return f"{{{','.join(members)}{last}{draw(_SPACES)}}}"


def _said(text: str) -> Any:
    return json.loads(without_comments(text))


_KEYS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple)


@given(_documents(), _KEYS)
def test_whatever_the_layout_the_document_says_what_was_decided(
    text: str, key: tuple[str, ...]
) -> None:
    expected = _said(text)
    table = expected
    for name in key[:-1]:
        if not isinstance(table.get(name), dict):
            table[name] = {}
        table = table[name]
    table[key[-1]] = {"x": 7}
    put = put_member(text, key, {"x": 7})
    assert _said(put) == expected
    assert _said(remove_member(put, (*key, "x"))) == _without(expected, (*key, "x"))


def _without(table: dict[str, Any], key: tuple[str, ...]) -> dict[str, Any]:
    inner = _without(table[key[0]], key[1:]) if key[1:] else {}
    rest = {name: value for name, value in table.items() if name != key[0]}
    return {**table, key[0]: inner} if inner else rest


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(
            st.characters(exclude_categories=["Cs"]) | st.sampled_from('\\"\x85\u2028\ufeff😀'),
            max_size=5,
        ),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=6,
    )
)
def test_json_for_yaml_says_the_same_in_it(content: Any) -> None:
    assert yaml.safe_load(json_as_yaml(content)) == content


@pytest.mark.parametrize("text", ["\\ud83d\\ude00", "\\\\ud83d\\\\ude00", "\\U0001f600"])
def test_what_only_looks_like_a_sign_stays_a_text(text: str) -> None:
    assert yaml.safe_load(json_as_yaml([text])) == [text]
    assert json.loads(json_as_yaml([text])) == [text]
