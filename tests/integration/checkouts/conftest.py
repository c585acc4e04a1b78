"""A scene for each test, made once and copied."""

from pathlib import Path

import pytest

from tests.scenes import GIT_SETTINGS, Scene, copy_scene, make_scene


@pytest.fixture(autouse=True)
def git_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's own configuration; remotes may be folders."""
    path = tmp_path_factory.mktemp("settings") / "gitconfig"
    path.write_text(GIT_SETTINGS)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")


@pytest.fixture(scope="session")
def first_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return make_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture
def scene(first_scene: Scene, tmp_path: Path) -> Scene:
    return copy_scene(first_scene, tmp_path)
