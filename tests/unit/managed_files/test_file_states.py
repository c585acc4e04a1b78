"""What stands at a path is kept and put back byte for byte."""

from pathlib import Path

import pytest

from helpers.managed_files.file_states import ABSENT, FileState, put_state, read_state, state_of


@pytest.mark.parametrize(
    "state",
    [
        FileState(b"\xff\r\n", 0o640),
        FileState(b"#!/bin/sh\n", 0o755),
        FileState(b"", 0o644),
        FileState(link="./nowhere//at all"),
        ABSENT,
    ],
)
@pytest.mark.parametrize("before", ["nothing", "file", "link"])
def test_what_is_put_is_what_is_read(tmp_path: Path, state: FileState, before: str) -> None:
    path, other = tmp_path / "a folder/file", tmp_path / "other"
    other.write_text("other\n")
    path.parent.mkdir()
    if before == "file":
        path.write_text("before\n")
    elif before == "link":
        path.symlink_to("../other")
    put_state(path, state)
    assert read_state(path) == state
    # A link is replaced, and what it led to is not.
    assert other.read_text() == "other\n"
    assert [item for item in path.parent.iterdir() if item != path] == []


def test_a_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    put_state(tmp_path / "a/b/c", FileState(b"x", 0o644))
    assert (tmp_path / "a/b/c").read_text() == "x"


def test_a_write_that_fails_leaves_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(OSError, match="file"):
        put_state(path, FileState(b"x", 0o644))
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_permissions_stay_where_a_file_stood(tmp_path: Path) -> None:
    before = FileState(b"a", 0o600)
    assert state_of("b", before, executable=False) == FileState(b"b", 0o600)
    assert state_of("b", before, executable=True).mode & 0o111
    assert state_of("b", FileState(link="a"), executable=False) == FileState(b"b", 0o644)
    assert state_of(None, before, executable=False) == ABSENT


def test_the_text_of_a_link_is_where_it_points() -> None:
    assert FileState(link="a/b").text == "a/b"
    assert FileState(b"a\r\n", 0o644).text == "a\r\n"
    assert ABSENT.text is None
