from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.model.errors import HelpersError
from helpers.model.managed_file import Take
from helpers.model.sync.key_documents import change_keys, read_keys
from helpers.model.sync.key_merge import (
    KeyMerge,
    is_same,
    key_name,
    leaves,
    merge_keys,
    value_at,
)

_NAMES = st.sampled_from(["a", "b", "c-d", "e f"])
_VALUES = st.one_of(
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from(["", "x", "yes", "1", "2024-01-01", "é: #"]),
    st.lists(st.integers(0, 2), max_size=2),
)


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    """An empty table holds no key, so it is not something that one shares."""
    inner = {
        name: _without_empty(value) if isinstance(value, dict) else value
        for name, value in table.items()
    }
    return {name: value for name, value in inner.items() if value != {}}


_TABLES = st.recursive(
    st.dictionaries(_NAMES, _VALUES, max_size=4),
    lambda inner: st.dictionaries(_NAMES, st.one_of(_VALUES, inner), max_size=3),
    max_leaves=6,
).map(_without_empty)
_KINDS = ["file.toml", "file.yaml", "file.json"]


def _written(table: dict[str, Any], path: str) -> str:
    put = tuple(key for key, _ in leaves(table))
    return change_keys(None, path, table, KeyMerge(put=put))


@given(base=_TABLES, ours=_TABLES, theirs=_TABLES)
def test_no_change_of_one_side_is_lost(
    base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merge = merge_keys(base, ours, theirs)
    for key, value in leaves(theirs):
        here, was = value_at(ours, key), value_at(base, key)
        if is_same(here, value):
            assert key not in (*merge.put, *merge.conflicts, *merge.here)
        elif is_same(value, was):
            assert key in merge.here
        elif is_same(here, was):
            assert key in merge.put
        else:
            assert key in merge.conflicts
    assert all(is_same(value_at(ours, key), value_at(base, key)) for key in merge.removed)
    assert not set(merge.put) & set(merge.conflicts)


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("path", _KINDS)
@given(base=_TABLES, ours=_TABLES, theirs=_TABLES)
def test_a_file_says_after_a_merge_what_was_decided(
    path: str, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    text = _written(ours, path)
    merge = merge_keys(base, ours, theirs)
    merged = read_keys(change_keys(text, path, theirs, merge), path)
    for key in merge.put:
        assert is_same(value_at(merged, key), value_at(theirs, key))
    touched = {*merge.put, *merge.removed}
    for key, value in leaves(ours):
        if not any(_overlap(key, other) for other in touched):
            assert is_same(value_at(merged, key), value)


def _overlap(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("path", _KINDS)
@given(base=_TABLES, ours=_TABLES, theirs=_TABLES)
def test_a_merge_is_done_once(
    path: str, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merge = merge_keys(base, ours, theirs)
    undecided = [key_name(key) for key in merge.conflicts]
    text = change_keys(_written(ours, path), path, theirs, merge)
    again = merge_keys(theirs, read_keys(text, path), theirs, undecided=undecided)
    assert (again.put, again.removed) == ((), ())
    assert set(again.conflicts) <= set(merge.conflicts)


@pytest.mark.parametrize(
    ("base", "here", "shared", "kind"),
    [
        (1, 1, 1, None),
        (1, 1, 2, "put"),
        (1, 2, 1, "here"),
        (1, 2, 2, None),
        (1, 2, 3, "conflicts"),
        (None, None, 1, "put"),
        (None, 2, 1, "conflicts"),
        (1, None, 1, "here"),
        (1, None, 2, "conflicts"),
        (1, 1, None, "removed"),
        (1, 2, None, "here"),
        (None, 2, None, None),
        (1, True, 1, "here"),
        (1, 1.0, 1, "here"),
    ],
)
def test_what_becomes_of_a_key(
    base: object, here: object, shared: object, kind: str | None
) -> None:
    tables = [{} if value is None else {"k": value} for value in (base, here, shared)]
    merge = merge_keys(tables[0], tables[1], tables[2])
    for name in ("put", "removed", "conflicts", "here"):
        assert getattr(merge, name) == ((("k",),) if name == kind else ())


def test_a_side_may_be_taken() -> None:
    base, here, shared = {"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 3, "b": 1}
    own = merge_keys(base, here, shared, take=Take.OWN)
    assert (own.conflicts, own.put, own.here) == ((), (), (("a",), ("b",)))
    taken = merge_keys(base, here, shared, take=Take.SHARED)
    assert (taken.conflicts, taken.put) == ((), (("a",), ("b",)))


def test_a_key_of_the_repos_own_is_left_alone() -> None:
    merge = merge_keys(None, {"t": {"a": 1}}, {"t": {"a": 2, "b": 2}}, own=["t.a"])
    assert merge == KeyMerge(put=(("t", "b"),))


def test_a_value_in_the_place_of_a_table_is_a_conflict() -> None:
    merge = merge_keys(None, {"t": 1}, {"t": {"a": 2}})
    assert merge.conflicts == (("t", "a"),)


@pytest.mark.parametrize(
    ("key", "name"),
    [(("tool", "ruff"), "tool.ruff"), (("a.b", "c, d"), '"a.b"."c\\u002c d"'), ((1,), "1")],
)
def test_keys_are_named_as_people_write_them(key: tuple[Any, ...], name: str) -> None:
    assert key_name(key) == name


def _merged(text: str, shared: str, path: str) -> str:
    theirs = read_keys(shared, path)
    merge = merge_keys(None, read_keys(text, path), theirs, take=Take.SHARED)
    return change_keys(text, path, theirs, merge)


def test_the_layout_of_toml_stays() -> None:
    text = """\
# top
[project]
name = "shop"   # ours

[tool.ruff]
line-length = 80  # wide
lint.select = ["E"]

# about pytest
[tool.pytest]
a = 1
"""
    shared = '[tool.ruff]\nline-length = 100\nfix = true\nlint.ignore = [\n  "B", # why\n]\n'
    shared += "[new]\nb = 2\n"
    assert (
        _merged(text, shared, "pyproject.toml")
        == """\
# top
[project]
name = "shop"   # ours

[tool.ruff]
line-length = 100  # wide
fix = true
lint.select = ["E"]
lint.ignore = [
  "B", # why
]

# about pytest
[tool.pytest]
a = 1

[new]
b = 2
"""
    )


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("[tool]\nx = {b = 1}\n", "[tool]\nx = {b = 1,a = 2}\n"),
        ("[tool.z]\nb = 1\n[own]\nc = 1\n[tool.x]\nd = 1\n", None),
        ("[[own]]\na = 1\n[[own]]\na = 2\n", "[[own]]\na = 1\n[[own]]\na = 2\n\n[tool.x]\na = 2\n"),
        ("", "[tool.x]\na = 2\n"),
        ("[tool]\nx.b = 1", "[tool]\nx.b = 1\nx.a = 2\n"),
    ],
)
def test_toml_of_many_layouts_gets_a_key(text: str, merged: str | None) -> None:
    found = _merged(text, "[tool.x]\na = 2\n", "file.toml")
    assert merged is None or found == merged
    tables = dict(read_keys(found, "file.toml"))
    assert is_same(value_at(tables, ("tool", "x", "a")), 2)
    for key, value in leaves(read_keys(text, "file.toml")):
        assert is_same(value_at(tables, key), value)


def test_a_layout_that_a_key_cannot_be_put_into_is_refused() -> None:
    shared = "[tool]\naot = [{a = 1}]\n[[tool.q]]\na = 1\n"
    with pytest.raises(HelpersError, match=r"cannot be changed in place: tool\.aot, tool\.q"):
        _merged("tool.x.b = 1\n", shared, "file.toml")


def test_the_layout_of_yaml_stays() -> None:
    text = "# before\n---\n# top\na:\n    b: 1   # one\n    list:\n      - x\nd: 'q'\n"
    merged = _merged(text, "a:\n  b: 2\n  c: [1, 2]\ne: new\n", "file.yml")
    expected = text.replace("b: 1", "b: 2").replace("- x\n", "- x\n    c: [1, 2]\n") + "e: new\n"
    assert merged == expected


def test_the_layout_of_json_stays() -> None:
    text = '{\n    "é": [1, 2],\n    "a": {"b": 1, "c": null},\n    "z": {}\n}'
    merged = _merged(text, '{"a": {"b": 2, "n": [1]}, "z": {"y": true}, "new": "x"}', "file.json")
    assert merged == (
        '{\n    "é": [1, 2],\n    "a": {"b": 2, "c": null, "n": [1]},\n'
        '    "z": {\n        "y": true\n    },\n    "new": "x"\n}\n'
    )


def test_line_ends_stay() -> None:
    assert _merged("a = 1\r\n", "b = 2\n", "file.toml") == "a = 1\r\nb = 2\r\n"


def test_a_file_that_needs_no_key_is_not_written_anew() -> None:
    text = "a:   1\nb: [1,2]"
    assert _merged(text, "a: 1\n", "file.yaml") == text


@pytest.mark.parametrize(
    ("path", "text", "where"),
    [
        ("file.toml", "a = 1\nb = \n", "file.toml:2"),
        ("file.yaml", "a: 1\nb: [\n", "file.yaml:3"),
        ("file.yaml", "a: 1\nb: [x\n\nc: 1\n", "file.yaml:2"),
        ("file.json", '{\n"a": 1\n"b"\n}\n', "file.json:3"),
        ("file.json", "[1]\n", "file.json:1"),
        ("file.yaml", "- a\n", "file.yaml:1"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(path: str, text: str, where: str) -> None:
    with pytest.raises(HelpersError) as caught:
        read_keys(text, path)
    assert caught.value.where == where


def test_keys_are_merged_in_known_kinds_of_files_alone() -> None:
    with pytest.raises(HelpersError, match="only be merged in TOML, YAML and JSON"):
        read_keys("a=1\n", "setup.cfg")
