import pytest

from helpers.system.process import ProcessError
from helpers.vcs.merge_file import Merged, merge_contents, merge_texts

_BASE, _OURS, _THEIRS = b"1\n2\n3\n", b"ours\n2\n3\n", b"theirs\n2\n3\n"


def test_changes_of_both_sides_come_together() -> None:
    base = "\n".join("123456789") + "\n"
    merged = merge_texts(base, base.replace("1", "a"), base.replace("9", "b"), name="x")
    assert merged == Merged(base.replace("1", "a").replace("9", "b").encode(), 0)


def test_conflicts_stand_between_markers_that_name_the_sides() -> None:
    merged = merge_contents(_BASE, _OURS, _THEIRS, name="there")
    text = b"<<<<<<< here\nours\n=======\ntheirs\n>>>>>>> there\n2\n3\n"
    assert merged == Merged(text, 1)


@pytest.mark.parametrize(("favour", "text"), [("ours", _OURS), ("theirs", _THEIRS)])
def test_a_side_may_be_favoured(favour: str, text: bytes) -> None:
    assert merge_contents(_BASE, _OURS, _THEIRS, name="x", favour=favour) == Merged(text, 0)


def test_what_is_no_text_is_not_merged() -> None:
    assert merge_contents(b"", b"\x00a", b"\x00b", name="x") is None
    with pytest.raises(ProcessError):
        merge_texts("", "\0a", "\0b", name="x")


def test_bytes_that_are_no_utf8_stay_as_they_are() -> None:
    merged = merge_contents(b"\xe9\n", b"\xe9\n", b"\xe9\nnew\n", name="x")
    assert merged == Merged(b"\xe9\nnew\n", 0)
