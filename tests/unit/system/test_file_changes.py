import os
from pathlib import Path

import pytest

from helpers.console.file_changes import diff_text
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.system.file_changes import apply_changes, read_text


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
