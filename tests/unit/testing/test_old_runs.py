from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpers.system.lease import Lease
from helpers.testing.run_folder import old_run_folders, open_run_folder

_NOW = datetime(2026, 3, 31, tzinfo=UTC)
_MONTH = _NOW - timedelta(days=30)


def test_only_runs_that_ended_long_ago_are_old_and_never_the_latest(tmp_path: Path) -> None:
    old = [open_run_folder(tmp_path, _NOW - timedelta(days=days)) for days in (90, 60, 40)]
    (tmp_path / "tmp.main_pytest" / "repro.sh").touch()
    (tmp_path / "tmp.main_pytest" / "20200101-notes").mkdir()
    # The last of them is the latest.
    assert old_run_folders(tmp_path, _MONTH) == [old[0].path, old[1].path]
    open_run_folder(tmp_path, _NOW)
    assert old_run_folders(tmp_path, _MONTH) == [folder.path for folder in old]
    with Lease(tmp_path, old[1].run):
        assert old_run_folders(tmp_path, _MONTH) == [old[0].path, old[2].path]


def test_a_repo_without_runs_has_no_old_ones(tmp_path: Path) -> None:
    assert old_run_folders(tmp_path, _NOW) == []
    assert list(tmp_path.iterdir()) == []
