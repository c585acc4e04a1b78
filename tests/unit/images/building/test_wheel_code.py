"""Production images whose code a wheel brings."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.images.building.many import requests_of
from helpers.images.building.plan import BuildOptions
from helpers.images.building.planning import Known
from helpers.images.building.stage_wheel import _remove_research, stage_wheel
from helpers.images.building.under_way import Build
from helpers.images.building.wheels import WantedWheel, WheelInputs
from helpers.images.changed.differing import Differing, Made, Planned, compare, plan_each
from helpers.images.changed.reasons import Reasons
from helpers.images.changed.since import find_changed
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.model.images.parts import SETTINGS, WHEEL, differing
from helpers.model.repo import Repo
from helpers.vcs.git import head
from helpers.wheels.for_images import ImageWheels
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import build_system, every_declaration

_DIR = "projects/by_editable"
_RUNS = "entrypoint: [python, -m, by_editable]\n"
_CORE = "libs/text/src/text_lib/__init__.py"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    every = every_declaration().items()
    files = {path: text for path, text in every if path.startswith((_DIR, "libs/text"))}
    made = make_repo(tmp_path / "repo", files)
    make_runnable_dir(made, _DIR, {"devops/config.yaml": _RUNS, "tool.py": ""})
    commit_all(made.root)
    return made


def planned(repo: Repo, code: CodeKind | None = None) -> tuple[Planned, RepoInputs]:
    inputs = read_repo_inputs(repo)
    options = BuildOptions(stage=Stage.PROD, code=code, wheels=ImageWheels())
    dirs = [repo.runnable_dir(_DIR)]
    (one,) = plan_each(repo, dirs, make_host(repo.root), options, Known(inputs, {}))
    if one.error:
        raise one.error
    return one, inputs


def differs(repo: Repo, before: Planned, code: CodeKind | None = None) -> list[str]:
    """Why an image would differ from one that was planned before; nothing where it would not."""
    now, inputs = planned(repo, code)
    made = Made(before.plans[0].made_from.parts(), commit=head(repo.root).id)
    found: list[Differing] = compare([now], lambda _: made)
    return [line for one in found for line in Reasons(inputs).of(one)]


def test_what_is_copied_and_what_a_wheel_brings_differ_in_the_code_alone(repo: Repo) -> None:
    (copied,), (brought,) = planned(repo)[0].plans, planned(repo, CodeKind.WHEEL)[0].plans
    before, now = copied.made_from.parts(), brought.made_from.parts()
    codes = {part for part in before if part.startswith("code ")}
    assert codes == {f"code {_DIR}", "code libs/text"}
    assert set(differing(before, now)) == {*codes, WHEEL, SETTINGS}
    assert (copied.args, copied.requirements) == (brought.args, brought.requirements)
    lines = zip(copied.ending.splitlines(), brought.ending.splitlines(), strict=True)
    changed = {one.partition("=")[0] for one, other in lines if one != other}
    assert changed == {"ENV PYTHONPATH"}
    assert "built from what is there" in str(brought)


def test_the_settings_say_it_where_the_command_does_not(repo: Repo) -> None:
    write_files(repo.root, {f"{_DIR}/devops/config.yaml": f"{_RUNS}code: wheel\n"})
    assert WHEEL in planned(repo)[0].plans[0].made_from.parts()
    assert WHEEL not in planned(repo, CodeKind.COPY)[0].plans[0].made_from.parts()


def test_a_wheel_is_outdated_by_its_packages_and_not_by_the_environment(repo: Repo) -> None:
    before, _ = planned(repo, CodeKind.WHEEL)
    assert differs(repo, before, CodeKind.WHEEL) == []
    write_files(repo.root, {f"{_DIR}/devops/os_packages.txt": "libpq5\n"})
    now, _ = planned(repo, CodeKind.WHEEL)
    assert now.plans[0].made_from.parts()[WHEEL] == before.plans[0].made_from.parts()[WHEEL]
    write_files(repo.root, {_CORE: 'NAME = "another"\n'})
    assert differs(repo, now, CodeKind.WHEEL) == [
        f"{_CORE}, through {_DIR} -> libs/text (main, {_DIR}/requirements.txt)"
    ]
    settings = f"{_DIR}/devops/os_packages.txt, its own"
    assert differs(repo, now) == [settings, "its code is copied now"]
    copied, _ = planned(repo)
    assert differs(repo, copied, CodeKind.WHEEL) == [
        settings,
        "its code, which is installed from a wheel now",
    ]


@pytest.mark.parametrize(
    "line", ["entrypoint: [python, tool.py]", "entrypoint: [x]\nhealth_check: [./tool.py]"]
)
def test_an_image_cannot_run_a_file_that_no_wheel_has(repo: Repo, line: str) -> None:
    write_files(repo.root, {f"{_DIR}/devops/config.yaml": f"{line}\ncode: wheel\n"})
    with pytest.raises(HelpersError, match=r"tool\.py is a file of the dir") as caught:
        planned(repo)
    assert caught.value.where == f"{_DIR}/devops/config.yaml"
    assert "--code copy" in caught.value.fix
    assert planned(repo, CodeKind.COPY)


def test_a_dir_that_is_no_package_is_refused_with_what_to_add(repo: Repo) -> None:
    write_files(repo.root, {f"{_DIR}/pyproject.toml": '[project]\nname = "x"\nversion = "1"\n'})
    with pytest.raises(HelpersError, match="build-system"):
        planned(repo, CodeKind.WHEEL)


class _Installed:
    """A wheel with some files, in the place of one that is built."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.wanted: list[WantedWheel] = []

    def inputs_of(self, inputs: RepoInputs, name: str) -> WheelInputs:
        return ImageWheels().inputs_of(inputs, name)

    def install(self, wanted: WantedWheel, site: Path, scripts: Path) -> None:
        self.wanted.append(wanted)
        write_files(site, dict.fromkeys(self.names, ""))
        (scripts / "shout").touch()


class _NoImages(Client):
    def __init__(self) -> None:
        super().__init__(Endpoint("unix:///nowhere", "test"))

    def get(self, path: str, **query: str) -> None:
        assert path.startswith("/images/"), query


def a_build(repo: Repo, wheels: _Installed) -> Build:
    plan = planned(repo, CodeKind.WHEEL)[0].plans[0]
    plan = replace(plan, options=replace(plan.options, wheels=cast("Any", wheels)))
    return Build(repo, plan, make_host(repo.root), _NoImages(), "debian", lambda _: None)


def stage(repo: Repo, wheels: _Installed, folder: Path) -> None:
    build = a_build(repo, wheels)
    assert build.plan.code
    stage_wheel(build, build.plan.code, folder)


def test_the_wheel_is_laid_out_where_copied_code_has_its_metadata(
    repo: Repo, tmp_path: Path
) -> None:
    wheels = _Installed("by_editable/__init__.py", "text_lib/__init__.py")
    stage(repo, wheels, tmp_path / "code")
    app = tmp_path / "code" / "app"
    assert (app / _DIR).is_dir()
    assert not any((app / _DIR).iterdir())
    assert (app / ".installed" / "site" / "text_lib" / "__init__.py").is_file()
    assert (app / ".installed" / "bin" / "shout").stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in app.rglob("*") if path.is_dir()} == {0o755}
    (wanted,) = wheels.wanted
    assert wanted.name == _DIR
    assert wanted.inputs == ImageWheels().inputs_of(read_repo_inputs(repo), _DIR)


def test_a_wheel_without_the_module_that_its_image_runs_is_refused(
    repo: Repo, tmp_path: Path
) -> None:
    with pytest.raises(HelpersError, match="no module by_editable, which its image is to run"):
        stage(repo, _Installed("text_lib/__init__.py"), tmp_path / "code")


def test_a_wheel_that_cannot_be_built_leaves_the_other_images_of_one_build(
    repo: Repo, tmp_path: Path
) -> None:
    wrong, right = a_build(repo, _Installed()), a_build(repo, _Installed("by_editable.py"))
    ((build, request),) = requests_of([wrong, right], {}, tmp_path)
    assert build is right
    assert (Path(request.contexts["code"]) / "app/.installed/site/by_editable.py").is_file()


def test_a_commit_that_changes_no_code_changes_the_version_from_git_alone(repo: Repo) -> None:
    text = '[project]\nname = "by_editable"\ndynamic = ["version"]\n\n[tool.setuptools_scm]\n'
    text += build_system("setuptools", "setuptools-scm")
    write_files(repo.root, {f"{_DIR}/pyproject.toml": text})
    commit_all(repo.root)
    before, _ = planned(repo, CodeKind.WHEEL)
    write_files(repo.root, {"README.md": "Nothing that a wheel holds\n"})
    commit_all(repo.root)
    assert differs(repo, before, CodeKind.WHEEL) == ["the version that its packages take from git"]
    now, inputs = planned(repo, CodeKind.WHEEL)
    host = make_host(repo.root)
    options = BuildOptions(stage=Stage.PROD, code=CodeKind.WHEEL, wheels=ImageWheels())
    assert find_changed(inputs, "HEAD~1", [now], host, options)[0] == []
    write_files(repo.root, {_CORE: 'NAME = "another"\n'})
    now, inputs = planned(repo, CodeKind.WHEEL)
    (found,), changes = find_changed(inputs, "HEAD", [now], host, options)
    assert found.parts == (WHEEL,)
    assert Reasons(inputs, changes).of(found) == [
        f"{_CORE}, through {_DIR} -> libs/text (main, {_DIR}/requirements.txt)"
    ]


def test_what_research_leaves_is_taken_out_of_what_wheels_installed(tmp_path: Path) -> None:
    research = {"app/deep.ipynb": "", "app/dummy_data/rows.csv": ""}
    write_files(tmp_path, {"app/__init__.py": "", "app/artifacts/__init__.py": "", **research})
    _remove_research(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert left == {"app/__init__.py", "app/artifacts/__init__.py"}
