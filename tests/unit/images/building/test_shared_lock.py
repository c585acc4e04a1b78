"""The image of a project whose packages the lock file of a Polylith workspace says."""

import tomllib
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.images.building.plan import BuildOptions
from helpers.images.building.planning import Known, plan_images
from helpers.images.building.request import build_request
from helpers.images.building.under_way import Build
from helpers.images.changed.differing import plan_each
from helpers.images.changed.since import find_changed
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.images.parts import PACKAGES
from helpers.model.repo import Repo
from tests import polylith
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir

_NAMES = ("projects/api", "projects/old")


class _NoImages(Client):
    def __init__(self) -> None:
        super().__init__(Endpoint("unix:///nowhere", "test"))

    def get(self, path: str, **query: str) -> None:
        assert path.startswith("/images/"), query


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo", polylith.workspace())
    for name in _NAMES:
        make_runnable_dir(made, name)
    commit_all(made.root)
    return made


def test_the_build_gets_the_part_of_the_lock_file_as_the_projects_own(
    repo: Repo, tmp_path: Path
) -> None:
    host = make_host(repo.root)
    (plan,) = plan_images(repo, repo.runnable_dir(_NAMES[0]), host, BuildOptions(), Known())
    assert plan.args["LOCKER"] == "poetry"
    build = Build(repo, plan, host, _NoImages(), "debian", lambda _: None)
    request = build_request(build, {}, tmp_path)
    assert sorted(file.name for file in request.context.iterdir()) == [
        "poetry.lock",
        "pyproject.toml",
    ]
    part = tomllib.loads((request.context / "poetry.lock").read_text())
    assert "pysocks" not in {package["name"] for package in part["package"]}


def test_a_package_of_another_project_makes_no_other_image(repo: Repo) -> None:
    changed = {**polylith.PACKAGES, "pysocks": ("1.7.2", "")}
    (repo.root / "poetry.lock").write_text(polylith.lock(changed))
    host, inputs = make_host(repo.root), read_repo_inputs(repo)
    dirs = [repo.runnable_dir(name) for name in _NAMES]
    now = list(plan_each(repo, dirs, host, BuildOptions(), Known(inputs, {})))
    found, _ = find_changed(inputs, "HEAD", now, host, BuildOptions())
    assert [(one.runnable_dir.name, one.parts) for one in found] == [("projects/old", (PACKAGES,))]
