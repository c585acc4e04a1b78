from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.config import RepoConfig
from helpers.model.settings.deprecated import DeprecatedSetting
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.system.files import write_atomic
from helpers.system.repo_files import read_changelog, read_dir_config


def _repo(tmp_path: Path, *dirs: str) -> Repo:
    for name in dirs:
        (tmp_path / name / "devops").mkdir(parents=True)
        (tmp_path / name / "changelog.txt").write_text("# app-1.0.0\n- 2026-01-01\n")
    return Repo(tmp_path, tmp_path, RepoConfig("x"))


def test_line_ends_of_a_changelog_are_not_an_error(tmp_path: Path) -> None:
    repo = _repo(tmp_path, "a")
    found = repo.runnable_dir("a")
    found.changelog.write_bytes(b"# app-1.0.0\r\n- 2026-01-01\r\n")
    assert str(read_changelog(found).version) == "1.0.0"


def test_a_changelog_is_read_again_once_it_is_another_file(tmp_path: Path) -> None:
    found = _repo(tmp_path, "a").runnable_dir("a")
    first = read_changelog(found)
    assert read_changelog(found) is first
    write_atomic(found.changelog, "# app-1.0.1\n- 2026-01-02\n")
    assert str(read_changelog(found).version) == "1.0.1"
    found.changelog.unlink()
    with pytest.raises(HelpersError, match="there is no changelog"):
        read_changelog(found)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    found = _repo(tmp_path, "a").runnable_dir("a")
    found.changelog.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HelpersError, match="cannot read changelog"):
        read_changelog(found)


def test_a_dir_without_settings_has_the_defaults(tmp_path: Path) -> None:
    found = _repo(tmp_path, "a").runnable_dir("a")
    assert read_dir_config(found).sibling is None


def test_settings_of_an_earlier_version_are_told_each_time_they_are_read(tmp_path: Path) -> None:
    found = _repo(tmp_path, "a").runnable_dir("a")
    found.config.write_text("sibling: true\n")
    for _ in range(2):
        with pytest.warns(DeprecatedSetting, match="form of 1.0"):
            assert read_dir_config(found).sibling is SocketPolicy.FULL
    found.config.write_text("sibling: own\n")
    assert read_dir_config(found).sibling is SocketPolicy.OWN
