"""A small repo, made once and copied; git as on a machine where nobody set anything up."""

import shutil
from pathlib import Path

import pytest

from tests.builders import make_repo
from tests.scenes import GIT_SETTINGS


@pytest.fixture(autouse=True)
def git_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's own configuration; remotes may be folders."""
    path = tmp_path_factory.mktemp("settings") / "gitconfig"
    path.write_text(GIT_SETTINGS)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")


@pytest.fixture(scope="session")
def first_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repo with one commit, that no test changes."""
    return make_repo(tmp_path_factory.mktemp("first") / "repo", {"a.txt": "one\n"}).root


@pytest.fixture
def root(first_root: Path, tmp_path: Path) -> Path:
    """A repo `repo` with one commit, which has `a.txt`."""
    return Path(shutil.copytree(first_root, tmp_path / "repo", symlinks=True))
