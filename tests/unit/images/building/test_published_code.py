"""Production images whose code published wheels bring."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from helpers.images.building.build import build_planned
from helpers.images.building.plan import BuildOptions, BuildPlan
from helpers.images.building.planning import Known
from helpers.images.building.stage_wheel import stage_wheel
from helpers.images.building.under_way import Build
from helpers.images.building.wheels import PublishedCode, PublishedWheel, Target
from helpers.images.changed.differing import Made, Planned, compare, plan_each
from helpers.images.changed.reasons import Reasons
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.model.images.parts import INDEX, SETTINGS, WHEEL, differing
from helpers.model.repo import Repo
from helpers.wheels.for_images import ImageWheels
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import every_declaration

_DIR = "projects/by_editable"
_CORE = "libs/text/src/text_lib/__init__.py"
_PLATFORMS = ("linux/amd64", "linux/arm64")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    every = every_declaration().items()
    files = {path: text for path, text in every if path.startswith((_DIR, "libs/text"))}
    made = make_repo(tmp_path / "repo", files)
    settings = "entrypoint: [python, -m, by_editable]\npython: '3.11'\nindex: team\n"
    make_runnable_dir(made, _DIR, {"devops/config.yaml": settings})
    commit_all(made.root)
    return made


class Index:
    """An index that has the dir in one version, in the place of one that is asked."""

    def __init__(self, version: str, *modules: str) -> None:
        self.version, self.modules = version, modules
        self.asked: list[tuple[str, str, Target]] = []

    def inputs_of(self, inputs: RepoInputs, name: str) -> Any:
        return ImageWheels().inputs_of(inputs, name)

    def find_published(
        self, inputs: RepoInputs, name: str, index: str, target: Target
    ) -> PublishedCode:
        assert name in inputs.tree.dirs
        self.asked.append((name, index, target))
        machine = target.platform.partition("/")[2]
        sha256 = f"{machine}-{self.version}"
        wheel = PublishedWheel("by-editable", self.version, f"x-{machine}.whl", sha256)
        return PublishedCode((wheel,), "team", is_older=self.version == "1.1")

    def install_published(self, code: PublishedCode, repo: Repo, site: Path, scripts: Path) -> None:
        assert (code.index, repo.config.name) == ("team", "demo")
        write_files(site, dict.fromkeys(self.modules, ""))
        (scripts / "shout").touch()


def planned(repo: Repo, wheels: Index, code: CodeKind | None = CodeKind.INDEX) -> Planned:
    options = BuildOptions(
        stage=Stage.PROD, platforms=_PLATFORMS, code=code, wheels=cast("Any", wheels)
    )
    dirs = [repo.runnable_dir(_DIR)]
    known = Known(read_repo_inputs(repo), {})
    (one,) = plan_each(repo, dirs, make_host(repo.root), options, known)
    assert not one.error
    return one


def differs(repo: Repo, before: Planned, now: Planned) -> list[str]:
    made = {one.platform: Made(one.made_from.parts()) for one in before.plans}
    found = compare([now], lambda plan: made[plan.platform])
    return [line for one in found for line in Reasons(read_repo_inputs(repo)).of(one)]


def test_each_platform_has_the_wheel_that_the_index_has_for_it(repo: Repo) -> None:
    index = Index("1.2")
    one, other = planned(repo, index).plans
    targets = [Target(platform, "3.11") for platform in _PLATFORMS]
    assert index.asked == [(_DIR, "team", target) for target in targets]
    said = "install by-editable 1.2 of the index team: x-amd64.whl sha256:amd64-1.2"
    assert said in str(one).splitlines()
    assert one.made_from.parts()[INDEX] == "by-editable 1.2 sha256:amd64-1.2"
    assert other.made_from.parts()[INDEX] == "by-editable 1.2 sha256:arm64-1.2"
    assert one.content != other.content


def test_what_is_copied_built_and_published_differs_in_the_code_alone(repo: Repo) -> None:
    index = Index("1.2")
    copied, wheel, published = (planned(repo, index, kind).plans[0] for kind in CodeKind)
    code = {part for part in copied.made_from.parts() if part.startswith("code ")}
    parts = [one.made_from.parts() for one in (copied, wheel, published)]
    assert set(differing(parts[0], parts[2])) == {*code, INDEX, SETTINGS}
    assert set(differing(parts[1], parts[2])) == {WHEEL, INDEX}
    assert copied.args == published.args
    assert copied.requirements == published.requirements
    assert wheel.ending == published.ending


def test_an_image_is_outdated_by_a_release_and_not_by_an_edit(repo: Repo) -> None:
    before = planned(repo, Index("1.2"))
    write_files(repo.root, {_CORE: 'NAME = "another"\n'})
    now = planned(repo, Index("1.2"))
    assert differs(repo, before, now) == []
    assert [one.content for one in before.plans] == [one.content for one in now.plans]
    line = "code from by-editable 1.3 of the index team: x-amd64.whl sha256:amd64-1.3"
    assert differs(repo, before, planned(repo, Index("1.3"))) == [line]
    copied = planned(repo, Index("1.2"), CodeKind.COPY)
    wheel = planned(repo, Index("1.2"), CodeKind.WHEEL)
    installed = "its code, which is installed from a published wheel now"
    assert installed in differs(repo, copied, before)
    assert differs(repo, wheel, before) == [installed]
    assert differs(repo, before, wheel) == ["its code, which is installed from a wheel now"]
    assert "its code is copied now" in differs(repo, before, copied)


def _build(repo: Repo, plan: BuildPlan, index: Index) -> Build:
    plan = replace(plan, options=replace(plan.options, wheels=cast("Any", index)))
    return Build(repo, plan, make_host(repo.root), cast("Any", None), "debian", lambda _: None)


def test_published_code_lies_where_a_wheel_that_is_built_does(repo: Repo, tmp_path: Path) -> None:
    index = Index("1.2", "by_editable/__init__.py")
    plan = planned(repo, index).plans[0]
    assert plan.code
    stage_wheel(_build(repo, plan, index), plan.code, tmp_path / "code")
    app = tmp_path / "code" / "app"
    assert not any((app / _DIR).iterdir())
    assert (app / ".installed" / "site" / "by_editable" / "__init__.py").is_file()
    assert (app / ".installed" / "bin" / "shout").stat().st_mode & 0o777 == 0o755


def test_a_release_without_the_module_that_the_image_runs_is_refused(
    repo: Repo, tmp_path: Path
) -> None:
    index = Index("1.2", "other.py")
    plan = planned(repo, index).plans[0]
    assert plan.code
    with pytest.raises(HelpersError, match="has no module by_editable") as caught:
        stage_wheel(_build(repo, plan, index), plan.code, tmp_path / "code")
    assert "publish that as the next version" in caught.value.fix


def test_the_command_says_what_it_took(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr("helpers.images.building.build._build", lambda *_: "image")
    for version in ("1.2", "1.1"):
        plans = planned(repo, Index(version)).plans
        build_planned(repo, plans, make_host(repo.root), told.append)
        tests = [replace(one, options=replace(one.options, for_tests=True)) for one in plans]
        build_planned(repo, tests, make_host(repo.root), told.append)
    older = ", made from other files than those that are here"
    assert [(one.dir, one.text) for one in told] == [
        (
            _DIR,
            f"code from by-editable {version} of the index team: x-{machine}.whl"
            f" sha256:{machine}-{version}{older if version == '1.1' else ''}",
        )
        for version in ("1.2", "1.1")
        for machine in ("amd64", "arm64")
    ]
