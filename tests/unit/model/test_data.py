import pytest

from helpers.model.data import (
    DataFile,
    DataVersion,
    differences,
    is_version,
    parse_version,
    version_of,
    version_text,
)
from helpers.model.errors import HelpersError

_ONE, _TWO = DataFile(b"a.csv", 3), DataFile(b"b/\xff.csv", 4)


def test_a_version_says_the_same_in_any_order_of_files() -> None:
    assert version_of([_ONE, _TWO]) == version_of([_TWO, _ONE])
    assert version_of([_ONE, _TWO])[:2] == (2, 7)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ([_ONE, _TWO], ()),
        ([_ONE], ("count: 1 file, not 2", "bytes: 3, not 7", "names or sizes of files")),
        ([_ONE, _TWO._replace(size=5)], ("bytes: 8, not 7", "names or sizes of files")),
        ([_ONE, _TWO._replace(name=b"c")], ("names or sizes of files",)),
        # Sizes that change places are other data.
        ([_ONE._replace(size=4), _TWO._replace(size=3)], ("names or sizes of files",)),
    ],
)
def test_what_differs_is_said(now: list[DataFile], said: tuple[str, ...]) -> None:
    assert differences(version_of(now), version_of([_ONE, _TWO])) == said


def test_contents_are_compared_where_both_were_read() -> None:
    then = version_of([_ONE._replace(content="0" * 64)])
    other = version_of([_ONE._replace(content="1" * 64)])
    assert differences(other, then) == ("contents of files, whose names and sizes are the same",)
    assert differences(version_of([_ONE]), then) == ()


@pytest.mark.parametrize("content", ["", "a" * 64])
def test_what_is_written_is_read_again(content: str) -> None:
    version = version_of([_ONE._replace(content=content)])
    text = version_text("my prices", version)
    assert parse_version(text.replace("\n", "\r\n"), "x", "") == version
    assert is_version(text)
    assert f"--name 'my prices'{' --full' if content else ''}\n" in text


def test_no_data_is_a_version_too() -> None:
    assert parse_version(version_text("x", version_of([])), "x", "").files == 0


@pytest.mark.parametrize(
    "text", ["", "files: 1\n", "<<<<<<< HEAD\nfiles: 1\n", "files: x\nbytes: 1\n"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(HelpersError, match="does not say the version") as caught:
        parse_version(text, "data/x.version", "i data_version --name x")
    assert (caught.value.where, caught.value.fix) == ("data/x.version", "i data_version --name x")
    assert not is_version(text)


def test_a_version_has_the_parts_of_its_file() -> None:
    assert DataVersion._fields == ("files", "size", "names", "contents")
