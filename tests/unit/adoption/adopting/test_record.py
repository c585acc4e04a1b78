"""What adopting wrote is known afterwards, also where an earlier version noted it."""

import json
from pathlib import Path

from helpers.adoption.adopting.record import forget, recall, remember
from helpers.managed_files.written import as_written, write
from helpers.model.file_change import FileChange
from tests.builders import git


def test_of_what_was_written_twice_the_oldest_state_is_remembered(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    for change in (FileChange("a", None, "1"), FileChange("a", "1", "2")):
        files = as_written(tmp_path, [change])
        remember(tmp_path, files)
        write(tmp_path, files)
    (found,) = recall(tmp_path)
    assert (found.before.text, found.after.text) == (None, "2")
    forget(tmp_path)
    assert recall(tmp_path) == ()


def test_what_an_earlier_version_noted_is_read_kept_and_forgotten(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    former = tmp_path / ".git" / "helpers-adopted.json"
    former.write_text(json.dumps({"a": [None, "1\n"], ".gitignore": ["x", "x\ny"]}))
    assert [(file.path, file.before.text, file.after.text) for file in recall(tmp_path)] == [
        ("a", None, "1\n"),
        (".gitignore", "x", "x\ny"),
    ]
    remember(tmp_path, as_written(tmp_path, [FileChange("b", None, "2\n")]))
    assert [file.path for file in recall(tmp_path)] == ["a", ".gitignore", "b"]
    forget(tmp_path)
    assert not former.exists()


def test_a_record_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    for text in ("", "[]", "{}", '{"format": 2}', '{"format": 1, "files": [1]}'):
        (tmp_path / ".git" / "helpers-written.json").write_text(text)
        assert recall(tmp_path) == ()
