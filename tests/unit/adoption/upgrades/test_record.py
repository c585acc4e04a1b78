"""What an upgrade writes down is read again by whichever version comes."""

import json
from pathlib import Path

import pytest

from helpers.adoption.upgrades.record import (
    UpgradeRecord,
    forget_record,
    read_record,
    upgrade_folder,
    write_record,
)
from helpers.managed_files.file_states import ABSENT, FileState
from helpers.managed_files.written import Written
from helpers.model.errors import HelpersError

_RECORD = UpgradeRecord(
    submodule="third party/tools",
    before="b" * 40,
    branch="",
    after="a" * 40,
    version="1.4.0",
    head="f" * 40,
    files=(
        Written("repo_config.yaml", FileState(b"\xff\n", 0o600), FileState(b"x", 0o600)),
        Written("setenv.sh", FileState(link="tools/setenv.sh"), FileState(b"#\n", 0o755)),
        Written("new file", ABSENT, FileState(b"", 0o644)),
    ),
)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
    write_record(tmp_path, _RECORD)
    assert read_record(tmp_path) == _RECORD
    write_record(tmp_path, _RECORD.finished())
    found = read_record(tmp_path)
    assert found is not None
    assert found.done
    forget_record(tmp_path)
    assert read_record(tmp_path) is None


def test_the_way_back_by_git_names_every_file() -> None:
    assert _RECORD.undone_by_git == (
        f"git -C 'third party/tools' checkout --force {'b' * 40}"
        f" && git checkout {'f' * 40} -- repo_config.yaml setenv.sh && rm -f -- 'new file'"
    )


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 2}'])
def test_a_record_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    path = upgrade_folder(tmp_path) / "record.json"
    path.write_text(text)
    with pytest.raises(HelpersError, match="last upgrade cannot be read") as caught:
        read_record(tmp_path)
    assert f"rm {path}" in caught.value.fix


def test_the_written_form_is_that_of_the_first_version(tmp_path: Path) -> None:
    # An older version reads what a newer one wrote: the names may not change.
    write_record(tmp_path, _RECORD)
    found = json.loads((upgrade_folder(tmp_path) / "record.json").read_text())
    assert set(found) == {
        "format", "submodule", "before", "branch", "after", "version", "head", "files", "done",
        "undone by git",
    }  # fmt: skip
    assert found["format"] == 1
    assert set(found["files"][0]) == {"path", "before", "after"}
    assert found["files"][1]["before"] == {"content": None, "mode": 0, "link": "tools/setenv.sh"}
