"""A generated file through its whole life, as the package's docstring shows it."""

from pathlib import Path

from helpers.managed_files.record import note, recall
from helpers.managed_files.repo_record import RECORD_FILE_NAME, parse_record, update_record
from helpers.managed_files.three_way import FileToPlan, Here, WantedText, plan_file
from helpers.managed_files.written import apply_changes, as_written, undo, write
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing
from helpers.system.files import read_text

_CI = ManagedFile("ci.yml", "ci.yml", owner="ci", mode=Mode.WHOLE)
# The texts by their ids, as git has them.
_VERSIONS = {"a" * 40: "jobs: 1\n\n\nkeep: 1\n", "b" * 40: "jobs: 2\n\n\nkeep: 1\n"}
_FIRST, _SECOND = _VERSIONS


def _plan(root: Path, id: str) -> Standing:
    applied = parse_record(read_text(root / RECORD_FILE_NAME) or "", "").applied.get(_CI.path)
    wanted = WantedText(_VERSIONS[id], id, commit="c" * 40)
    here = Here(read_text(root / _CI.path))
    return plan_file(
        FileToPlan(_CI, wanted, here, applied, lambda: _VERSIONS[applied.id if applied else id])
    )


def _write(root: Path, found: Standing) -> None:
    assert found.change
    apply_changes(root, [found.change])
    record = root / RECORD_FILE_NAME
    record.write_text(update_record(read_text(record), [found]))


def test_it_is_written_kept_in_step_and_merged_with_what_was_edited(tmp_path: Path) -> None:
    assert _plan(tmp_path, _FIRST).drift is Drift.NEW
    _write(tmp_path, _plan(tmp_path, _FIRST))
    assert _plan(tmp_path, _FIRST).drift is Drift.IN_STEP
    assert _plan(tmp_path, _SECOND).drift is Drift.UPSTREAM
    (tmp_path / "ci.yml").write_text("jobs: 1\n\n\nkeep: mine\n")
    assert _plan(tmp_path, _FIRST).drift is Drift.HERE
    assert _plan(tmp_path, _SECOND).drift is Drift.BOTH
    _write(tmp_path, _plan(tmp_path, _SECOND))
    assert (tmp_path / "ci.yml").read_text() == "jobs: 2\n\n\nkeep: mine\n"


def test_lines_that_both_changed_stand_between_marks_until_somebody_decides(
    tmp_path: Path,
) -> None:
    _write(tmp_path, _plan(tmp_path, _FIRST))
    (tmp_path / "ci.yml").write_text("jobs: mine\n\n\nkeep: 1\n")
    found = _plan(tmp_path, _SECOND)
    assert found.conflicts
    _write(tmp_path, found)
    assert "<<<<<<< here\njobs: mine\n=======\njobs: 2\n" in (tmp_path / "ci.yml").read_text()
    assert _plan(tmp_path, _SECOND).drift is Drift.CONFLICT


def test_what_was_noted_before_it_was_written_is_undone(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_bytes(b"jobs: mine\r\n")
    found, record = _plan(tmp_path, _FIRST), tmp_path / "record.json"
    assert found.change
    files = as_written(tmp_path, [found.change])
    note(record, files, {"version": "1.4.0"})
    write(tmp_path, files)
    noted = recall(record)
    assert noted is not None
    assert noted[1]["version"] == "1.4.0"
    undo(tmp_path, noted[0])
    assert (tmp_path / "ci.yml").read_bytes() == b"jobs: mine\r\n"
