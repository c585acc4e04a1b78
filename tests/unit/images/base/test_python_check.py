from pathlib import Path

import pytest

from helpers.images.base.python_check import base_image_of, check_python
from helpers.images.dependencies.builder_image import plan_builder_image
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.config import DirConfig
from helpers.system.repo_files import read_dir_config
from tests.builders import make_host, make_repo, make_runnable_dir, write_files

_OLD = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10,<3.12"\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo")
    make_runnable_dir(made, "app")
    return made


def _check(repo: Repo, files: dict[str, str], config: DirConfig | None = None) -> None:
    write_files(repo.root / "app", files)
    check_python(repo, repo.runnable_dir("app"), config or DirConfig())


def test_what_the_image_cannot_run_is_refused_with_the_setting_to_write(repo: Repo) -> None:
    with pytest.raises(HelpersError) as caught:
        _check(repo, {"pyproject.toml": _OLD})
    assert caught.value.what == "the image has Python 3.13, app asks for >=3.10,<3.12"
    assert 'python: "3.11"' in caught.value.fix
    assert "app/devops/config.yaml" in caught.value.fix
    assert "base_image: python:3.11-slim-bookworm" in caught.value.fix


def test_the_setting_that_is_named_helps(repo: Repo) -> None:
    write_files(repo.root / "app", {"devops/config.yaml": 'python: "3.11"\n'})
    config = read_dir_config(repo.runnable_dir("app"))
    _check(repo, {"pyproject.toml": _OLD}, config)
    assert base_image_of(repo, "app", config) == "python:3.11-slim-bookworm"


def test_a_python_that_no_debian_has_needs_a_registry(repo: Repo) -> None:
    text = _OLD.replace(">=3.10,<3.12", "==3.12.*")
    with pytest.raises(HelpersError) as caught:
        _check(repo, {"pyproject.toml": text})
    assert 'python: "3.12"' in caught.value.fix
    assert "needs a registry" in caught.value.fix


@pytest.mark.parametrize("pin", ["3.12", "3.14"])
def test_a_pin_is_no_obstacle_where_the_project_allows_the_image(repo: Repo, pin: str) -> None:
    allowing = _OLD.replace(",<3.12", "")
    _check(repo, {"pyproject.toml": allowing, ".python-version": pin})


def test_a_pin_by_itself_may_be_older_and_not_newer(repo: Repo) -> None:
    _check(repo, {".python-version": "3.9"})
    with pytest.raises(HelpersError, match=r"Python 3\.13, app asks for 3\.14"):
        _check(repo, {".python-version": "3.14"})
    _check(repo, {}, DirConfig(base_image="python:3.13-slim-trixie"))


def test_of_an_image_whose_name_tells_no_python_nothing_is_known(repo: Repo) -> None:
    _check(repo, {"pyproject.toml": _OLD}, DirConfig(base_image="ubuntu:24.04"))


def test_it_is_said_before_anything_is_locked(repo: Repo) -> None:
    write_files(repo.root / "app", {"pyproject.toml": _OLD})
    with pytest.raises(HelpersError, match="the image has Python"):
        plan_builder_image(repo, repo.runnable_dir("app"), make_host(repo.root), "linux/amd64")
