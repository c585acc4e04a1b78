"""The image in which jobs of CI run, as it is planned."""

from datetime import date
from pathlib import Path

import pytest

from helpers.images.building.ci_image import find_ci_dir
from helpers.images.building.plan import BuildOptions, BuildPlan, BuildSources, plan_build
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.settings.config import DirConfig
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir, write_files

_LIST = "devops/ci_packages.txt"


def _plan(repo: Repo, stage: Stage = Stage.LOCAL, config: DirConfig | None = None) -> BuildPlan:
    item = repo.runnable_dir("app")
    sources = BuildSources(item.changelog.read_text(), date(2026, 3, 4), config or DirConfig())
    options = BuildOptions(stage=stage)
    return plan_build(repo, item, make_host(repo.root), sources, options)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo")
    make_runnable_dir(made, "app")
    return made


@pytest.mark.parametrize("stage", [Stage.LOCAL, Stage.DEV])
def test_a_list_for_ci_adds_a_stage_to_the_development_image(repo: Repo, stage: Stage) -> None:
    before = _plan(repo, stage)
    assert (before.target, before.ending) == ("dev", "")
    write_files(repo.root, {f"app/{_LIST}": "jq # of the deploy\nrsync\n"})
    found = _plan(repo, stage)
    assert found.target == "ci"
    assert found.ending.startswith("\nFROM dev AS ci\n")
    assert found.args["CI_PACKAGES"] == "jq rsync"
    assert found.content != before.content
    write_files(repo.root, {f"app/{_LIST}": "# none yet\n"})
    assert "CI_PACKAGES" not in _plan(repo, stage).args


def test_the_production_image_has_nothing_of_it(repo: Repo) -> None:
    before = _plan(repo, Stage.PROD)
    write_files(repo.root, {f"app/{_LIST}": "jq\n"})
    assert _plan(repo, Stage.PROD).content == before.content


def test_a_malformed_list_is_an_error_with_its_line(repo: Repo) -> None:
    write_files(repo.root, {f"app/{_LIST}": "jq\n$(x)\n"})
    with pytest.raises(HelpersError, match="is not the name of a Debian package") as error:
        _plan(repo)
    assert error.value.where == f"app/{_LIST}:2"


def test_where_it_cannot_be_made_that_is_said(repo: Repo) -> None:
    write_files(repo.root, {f"app/{_LIST}": ""})
    old = DirConfig(base_image="python:3.11-slim-bookworm")
    with pytest.raises(HelpersError, match="has no docker-buildx") as error:
        _plan(repo, config=old)
    assert "to app/devops/config.yaml" in error.value.fix
    write_files(repo.root, {"app/devops/Dockerfile": "FROM debian:13 AS dev\n"})
    with pytest.raises(HelpersError, match="a Dockerfile of its own") as error:
        _plan(repo)
    assert error.value.where == f"app/{_LIST}"


def test_the_only_dir_with_a_list_is_meant(repo: Repo) -> None:
    make_runnable_dir(repo, "tools/ci")
    write_files(repo.root, {f"tools/ci/{_LIST}": ""})
    commit_all(repo.root)
    assert find_ci_dir(repo, repo.root).name == "tools/ci"
    assert find_ci_dir(repo, repo.root, "tools/ci").name == "tools/ci"
    with pytest.raises(HelpersError, match="app has no devops/ci_packages") as error:
        find_ci_dir(repo, repo.root, "app")
    assert str(repo.root / "app" / _LIST) in error.value.fix
    write_files(repo.root, {f"app/{_LIST}": ""})
    with pytest.raises(HelpersError, match="2 dirs have") as error:
        find_ci_dir(repo, repo.root)
    assert error.value.fix == "--dir app"


def test_without_a_list_it_is_said_how_one_begins(tmp_path: Path) -> None:
    made = make_repo(tmp_path / "my repo")
    commit_all(made.root)
    with pytest.raises(HelpersError, match="no runnable dir"):
        find_ci_dir(made, made.root)
    make_runnable_dir(made, ".")
    commit_all(made.root)
    with pytest.raises(HelpersError, match="no dir has devops/ci_packages") as error:
        find_ci_dir(made, made.root)
    assert f"> '{made.root / _LIST}'" in error.value.fix
