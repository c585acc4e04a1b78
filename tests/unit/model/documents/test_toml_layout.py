"""A change of TOML shows in the lines that it is about alone."""

import tomllib

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.documents.toml_layout import keep_line_ends, set_apart

_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters='"\\\r\n')
    | st.sampled_from("\x85\u2028\u2029"),
    max_size=9,
)
_DOCUMENTS = st.lists(
    st.sampled_from(["[a]", "[[b.c]]", "[d]  # note", "# note", "", "  "])
    | _TEXTS.map('key = "{}"'.format),
    max_size=12,
).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(_DOCUMENTS, st.sampled_from(["\n", "\r\n"]))
def test_what_did_not_change_stays_as_it_is(text: str, end: str) -> None:
    text = text.replace("\n", end)
    assert set_apart(text, text) == text
    assert keep_line_ends(text, text) == text


@given(_DOCUMENTS, _DOCUMENTS, st.booleans())
def test_only_empty_lines_are_added_and_only_once(before: str, after: str, crlf: bool) -> None:
    before = before.replace("\n", "\r\n") if crlf else before
    found = set_apart(before, after)
    assert [one for one in found.replace("\r\n", "\n").split("\n") if one] == [
        one for one in after.split("\n") if one
    ]
    assert set_apart(before, found) == found


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\u2029"])
def test_a_sign_that_ends_a_line_elsewhere_stays_in_its_string(odd: str) -> None:
    text = f'key = "a{odd}b"\n'
    document = tomlkit.parse(text)
    document["table"] = {"x": 1}
    found = set_apart(text, tomlkit.dumps(document))
    assert tomllib.loads(found) == {"key": f"a{odd}b", "table": {"x": 1}}


def test_a_heading_that_stood_close_stays_close() -> None:
    before = "x = 1\n[tight]\ny = 1\n"
    after = f"{before}[new]\nz = 1\n# about the next\n[next]\n[[list]]\n"
    assert set_apart(before, after) == (
        "x = 1\n[tight]\ny = 1\n\n[new]\nz = 1\n# about the next\n[next]\n\n[[list]]\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\r\nb\r\n", "a\r\nnew\nb\r\n", "a\r\nnew\r\nb\r\n"),
        ("a\nb\n", "a\nnew\nb\n", "a\nnew\nb\n"),
        ("", "new\n", "new\n"),
        ("a\r\n", "", ""),
    ],
)
def test_a_new_line_ends_as_the_others_do(before: str, after: str, expected: str) -> None:
    assert keep_line_ends(before, after) == expected
    assert set_apart(before, after) == expected
