"""The version of a dir's code in its production image: as a label, and in its wheel."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.images.building.plan import BuildOptions, BuildPlan
from helpers.images.building.planning import Known, plan_images
from helpers.images.building.request import build_request
from helpers.images.building.under_way import Build
from helpers.images.building.wheels import PublishedCode, PublishedWheel
from helpers.images.changed.differing import plan_each
from helpers.images.changed.since import find_changed
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.model.images.parts import differing
from helpers.model.repo import Repo
from helpers.release.versions_now import VersionsNow
from helpers.wheels.for_images import ImageWheels
from tests.builders import commit_all, git, make_host, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import package

_DIR, _PLAIN, _OTHER = "apps/shop", "apps/plain", "apps/other"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A package that is released, a dir that is, and one that is not."""
    made = make_repo(tmp_path / "repo", config="name: demo\n")
    released = "entrypoint: [python, -m, shop]\nrelease: {}\n"
    files = {**package("shop", "flit"), "devops/config.yaml": released}
    make_runnable_dir(made, _DIR, files)
    make_runnable_dir(made, _PLAIN, {"plain.py": "", "devops/config.yaml": released})
    make_runnable_dir(made, _OTHER, {"devops/config.yaml": "entrypoint: [python, a.py]\n"})
    commit_all(made.root, "feat: begin")
    for tag in ("shop-v1.2.3", "plain-v1.2.3"):
        git(made.root, "tag", tag)
    return made


def _options(repo: Repo, stage: Stage = Stage.PROD, code: CodeKind | None = None) -> BuildOptions:
    versions = VersionsNow(repo, lambda _: None) if stage is Stage.PROD else None
    return BuildOptions(stage=stage, code=code, wheels=ImageWheels(versions=versions))


def _plan(repo: Repo, name: str = _DIR, code: CodeKind | None = None) -> BuildPlan:
    host = make_host(repo.root)
    return plan_images(repo, repo.runnable_dir(name), host, _options(repo, code=code))[0]


class _NoImages(Client):
    def __init__(self) -> None:
        super().__init__(Endpoint("unix:///nowhere", "test"))

    def get(self, path: str, **query: str) -> None:
        assert path.startswith("/images/"), query


def _labels(repo: Repo, plan: BuildPlan, folder: Path) -> dict[str, str]:
    build = Build(repo, plan, make_host(repo.root), _NoImages(), "debian", lambda _: None)
    folder.mkdir()
    return dict(build_request(build, {}, folder).labels)


def test_an_image_says_both_numbers(repo: Repo, tmp_path: Path) -> None:
    found = _labels(repo, _plan(repo, _PLAIN), tmp_path / "1")
    assert (found[labels.VERSION], found[labels.RELEASE_VERSION]) == ("1.0.0", "1.2.3")
    assert found[labels.OCI_VERSION] == "1.2.3"
    write_files(repo.root, {f"{_PLAIN}/more.py": ""})
    commit = commit_all(repo.root, "feat: more")
    found = _labels(repo, _plan(repo, _PLAIN), tmp_path / "2")
    assert found[labels.RELEASE_VERSION] == f"1.3.0.dev0-g{commit[:12]}"
    assert found[labels.VERSION] == "1.0.0"


def test_an_image_without_released_code_says_one(repo: Repo, tmp_path: Path) -> None:
    found = _labels(repo, _plan(repo, _OTHER), tmp_path / "1")
    assert labels.RELEASE_VERSION not in found
    assert found[labels.OCI_VERSION] == "1.0.0"
    host, item = make_host(repo.root), repo.runnable_dir(_PLAIN)
    (dev,) = plan_images(repo, item, host, _options(repo, Stage.DEV))
    assert labels.RELEASE_VERSION not in _labels(repo, dev, tmp_path / "2")


def test_a_new_number_alone_makes_another_label_and_changes_no_part(repo: Repo) -> None:
    before = _plan(repo)
    git(repo.root, "tag", "shop-v1.2.4")
    now = _plan(repo)
    assert "label it with the version of its code: 1.2.4" in str(now)
    assert now.content != before.content
    assert not differing(before.made_from.parts(), now.made_from.parts())
    assert (now.args, now.ending, now.code) == (before.args, before.ending, before.code)


def test_a_new_environment_changes_the_other_number(repo: Repo) -> None:
    changelog = "# shop-1.1.0\n- 2026-02-01\n- More\n\n# shop-1.0.0\n- 2026-01-01\n- First\n"
    write_files(repo.root, {f"{_DIR}/changelog.txt": changelog})
    commit_all(repo.root, "feat!: another environment")
    plan = _plan(repo)
    assert (str(plan.version), plan.made_from.release_version) == ("1.1.0", "1.2.3")


def test_a_wheel_in_an_image_is_of_the_same_version(repo: Repo) -> None:
    inputs = read_repo_inputs(repo)
    wheels = ImageWheels(versions=VersionsNow(repo, lambda _: None))
    before = wheels.inputs_of(inputs, _DIR)
    git(repo.root, "tag", "shop-v1.2.4")
    now = ImageWheels(versions=VersionsNow(repo, lambda _: None)).inputs_of(inputs, _DIR)
    assert now.digest != before.digest
    assert now.git != before.git
    assert now.code == before.code == ImageWheels().inputs_of(inputs, _DIR).code


def test_a_branch_changes_no_image_by_its_version_alone(repo: Repo) -> None:
    write_files(repo.root, {f"{_DIR}/tests/test_more.py": ""})
    commit_all(repo.root, "feat: a test, which no image holds")
    host, inputs = make_host(repo.root), read_repo_inputs(repo)
    for code in (CodeKind.COPY, CodeKind.WHEEL):
        options = _options(repo, code=code)
        (now,) = plan_each(repo, [repo.runnable_dir(_DIR)], host, options, Known(inputs, {}))
        assert now.error is None
        found, _ = find_changed(inputs, "HEAD~1", [now], host, options)
        # What setuptools or flit packs is not known: a test may be in a wheel.
        assert [one.parts for one in found] == ([] if code is CodeKind.COPY else [("wheel",)])


def test_published_code_says_the_version_that_it_was_published_in(repo: Repo) -> None:
    wheel = PublishedWheel("shop", "1.2.3.dev7", "shop.whl", "ab")

    class Index(ImageWheels):
        def find_published(self, *_: Any) -> PublishedCode:
            return PublishedCode((wheel,), "team", is_older=False)

    options = _options(repo, code=CodeKind.INDEX)
    options = replace(options, wheels=Index(versions=cast("Any", options.wheels).versions))
    (plan,) = plan_images(repo, repo.runnable_dir(_DIR), make_host(repo.root), options)
    assert plan.made_from.release_version == "1.2.3.dev7"


def test_what_is_wrong_with_another_dir_is_no_concern_of_this_one(repo: Repo) -> None:
    write_files(repo.root, {f"{_OTHER}/devops/config.yaml": "release: {tag: '{version}'}\n"})
    assert _plan(repo).made_from.release_version
    write_files(repo.root, {f"{_OTHER}/devops/config.yaml": "nonsense: [\n"})
    assert _plan(repo).made_from.release_version


def test_two_tags_of_one_version_are_refused_before_anything_is_built(repo: Repo) -> None:
    write_files(repo.root, {f"{_DIR}/shop/more.py": ""})
    commit_all(repo.root, "feat: more")
    git(repo.root, "tag", "shop-v1.2.3+other")
    with pytest.raises(HelpersError, match="is on two commits"):
        _plan(repo)
    assert _plan(repo, _OTHER)
