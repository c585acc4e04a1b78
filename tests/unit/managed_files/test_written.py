import os
from pathlib import Path

import pytest

from helpers.console.file_changes import diff_text
from helpers.managed_files.file_states import FileState, read_state
from helpers.managed_files.written import apply_changes, as_written, find_edited, undo, write
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.system.files import read_text


def test_changes_make_replace_and_remove_files(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("1\n")
    (tmp_path / "gone").write_text("x\n")
    changes = [
        FileChange("old", "1\n", "2\n"),
        FileChange("a/new", None, "n\n", executable=True),
        FileChange("gone", "x\n", None),
    ]
    apply_changes(tmp_path, changes)
    assert (tmp_path / "old").read_text() == "2\n"
    assert (tmp_path / "a/new").read_text() == "n\n"
    assert os.access(tmp_path / "a/new", os.X_OK)
    assert not (tmp_path / "gone").exists()


def test_what_is_already_so_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "same").write_text("1\n")
    before = (tmp_path / "same").stat().st_mtime_ns
    apply_changes(tmp_path, [FileChange("same", "1\n", "1\n"), FileChange("none", None, None)])
    assert (tmp_path / "same").stat().st_mtime_ns == before
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", ["edited\n", None])
def test_nothing_is_written_over_what_changed_meanwhile(
    tmp_path: Path, content: str | None
) -> None:
    if content:
        (tmp_path / "b").write_text(content)
    with pytest.raises(HelpersError, match="b changed while") as caught:
        apply_changes(tmp_path, [FileChange("a", None, "1\n"), FileChange("b", "2\n", "3\n")])
    assert caught.value.fix == "run the command again"
    assert not (tmp_path / "a").exists()


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "dos").write_bytes(b"a\r\nb\r\n")
    assert read_text(tmp_path / "dos") == "a\r\nb\r\n"
    apply_changes(tmp_path, [FileChange("dos", "a\r\nb\r\n", "a\r\nc\r\n")])
    assert (tmp_path / "dos").read_bytes() == b"a\r\nc\r\n"


def test_what_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HelpersError, match="cannot read binary") as caught:
        read_text(tmp_path / "binary")
    assert caught.value.where == f"{tmp_path / 'binary'}:1"


def test_a_diff_is_what_git_would_show() -> None:
    shown = diff_text(
        [
            FileChange("a", "1\n2\n", "1\n3\n"),
            FileChange("new", None, "n"),
            FileChange("gone", "g\n", None),
            FileChange("same", "s", "s"),
        ]
    )
    assert shown == (
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n"
        "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+n\n\\ No newline at end of file\n"
        "--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-g\n"
    )


def test_an_empty_file_that_is_made_is_shown_too() -> None:
    assert diff_text([FileChange("empty", None, "")]) == "--- /dev/null\n+++ b/empty\n"


def test_a_lock_file_is_one_line_of_a_diff_with_its_lines_counted() -> None:
    pinned = "idna==3.10 \\\n    --hash=sha256:00\n"
    shown = diff_text(
        [
            FileChange("apps/x/poetry.lock", None, "a\n" * 300),
            FileChange("uv.lock", "a\nb\n", "a\n"),
            FileChange("requirements.txt", None, pinned),
            FileChange("docs/requirements.txt", None, "idna\n"),
        ]
    )
    assert "+++ b/apps/x/poetry.lock\n@@ lock file: 0 -> 300 lines @@\n" in shown
    assert "+++ b/uv.lock\n@@ lock file: 2 -> 1 lines @@\n" in shown
    assert "+++ b/requirements.txt\n@@ lock file: 0 -> 2 lines @@\n" in shown
    assert "+idna\n" in shown
    assert "+idna==" not in shown


def _tree(root: Path) -> dict[str, FileState]:
    return {path.name: read_state(path) for path in sorted(root.iterdir())}


def test_what_was_written_is_undone_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "edited").write_bytes(b"a\r\nb")
    (tmp_path / "edited").chmod(0o640)
    (tmp_path / "link").symlink_to("./edited")
    (tmp_path / "gone").write_text("g")
    before = _tree(tmp_path)
    files = as_written(
        tmp_path,
        [
            FileChange("edited", "a\r\nb", "a\r\nc", executable=True),
            FileChange("link", "./edited", "text\n"),
            FileChange("gone", "g", None),
            FileChange("new", None, "elsewhere", link=True),
            FileChange("same", None, None),
        ],
    )
    assert [file.path for file in files] == ["edited", "link", "gone", "new"]
    write(tmp_path, files)
    assert (tmp_path / "new").readlink() == Path("elsewhere")
    assert find_edited(tmp_path, files) == ""
    # Of an undoing that was cut off the rest is undone.
    undo(tmp_path, files[:2])
    assert find_edited(tmp_path, files) == ""
    undo(tmp_path, files)
    assert _tree(tmp_path) == before


def test_what_was_edited_since_is_found_and_not_undone(tmp_path: Path) -> None:
    files = as_written(tmp_path, [FileChange("a", None, "1\n"), FileChange("b", None, "2\n")])
    write(tmp_path, files)
    (tmp_path / "b").write_text("mine\n")
    assert find_edited(tmp_path, files) == "b"
    undo(tmp_path, files)
    assert _tree(tmp_path).keys() == {"b"}


def test_a_link_to_a_file_stays_and_the_file_changes(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("1\n")
    (tmp_path / "link").symlink_to("real")
    change = FileChange("link", "1\n", "2\n")
    files = as_written(tmp_path, [change])
    write(tmp_path, files)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "2\n"
    undo(tmp_path, files)
    assert (tmp_path / "real").read_text() == "1\n"


def test_where_a_link_goes_what_it_led_to_stays(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("1\n")
    (tmp_path / "link").symlink_to("real")
    apply_changes(tmp_path, [FileChange("link", "1\n", None)])
    assert _tree(tmp_path).keys() == {"real"}


def test_what_can_be_started_for_its_owner_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").chmod(0o700)
    assert as_written(tmp_path, [FileChange("a", "x", "x", executable=True)]) == ()
    (tmp_path / "a").chmod(0o600)
    apply_changes(tmp_path, [FileChange("a", "x", "x", executable=True)])
    assert os.access(tmp_path / "a", os.X_OK)
