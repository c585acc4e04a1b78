"""Which wheels are built, of which files, and what is refused before anything is."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.wheel import Mode
from helpers.wheels.options import BuildOptions
from helpers.wheels.pins import read_pins
from helpers.wheels.plan import WheelPlan, is_package, plan_wheels
from helpers.wheels.stage import commit_time, stage
from tests.builders import commit_all, git, make_repo, make_runnable_dir, write_files
from tests.projects import uv_workspace_lock
from tests.wheel_repos import DECLARATIONS, build_system, every_declaration, package, whole


def made(root: Path, files: Mapping[str, str], *dirs: str) -> Repo:
    repo = make_repo(root, files=files)
    for name in dirs:
        make_runnable_dir(repo, name)
    commit_all(root)
    return repo


def options(root: Path, **given: object) -> BuildOptions:
    return replace(BuildOptions(out=root / "dist"), **given)  # type: ignore[arg-type]


def planned(repo: Repo, name: str, **given: object) -> tuple[RepoInputs, tuple[WheelPlan, ...]]:
    inputs = read_repo_inputs(repo)
    wanted = options(repo.root, **given)
    return inputs, plan_wheels(inputs, name, wanted)


def test_a_version_of_the_code_is_that_of_each_dir_and_the_user_s_stands_above_it(
    tmp_path: Path,
) -> None:
    repo = made(tmp_path / "repo", whole(), "projects/api", "libs/log")
    given = {"projects/api": "2.0", "libs/log": "3.0"}

    def versions(**more: object) -> dict[str, str]:
        plans = planned(repo, "projects/api", versions=given, **more)[1]
        return {one.place: one.version for plan in plans for one in plan.packages}

    assert versions() == {
        "projects/api": "2.0",
        "libs/log": "3.0",
        "libs/text": "1.2",
        "libs/store": "1.2",
    }
    assert versions(version="4.0")["projects/api"] == "4.0"


@pytest.fixture
def api(tmp_path: Path) -> Repo:
    return made(tmp_path / "repo", whole(), "projects/api")


def test_all_packages_are_in_one_wheel_or_each_in_its_own(api: Repo) -> None:
    (plan,) = planned(api, "projects/api")[1]
    places = {one.place for one in plan.packages}
    assert places == {"projects/api", "libs/text", "libs/store", "libs/log"}
    assert not any("devops" in path for path in plan.files)
    plans = planned(api, "projects/api", mode=Mode.PIN)[1]
    order = [one.place for one in plans]
    assert order[-1] == "projects/api"
    assert order.index("libs/log") < order.index("libs/store")
    assert {one.place for one in plans[order.index("libs/store")].packages} == {
        "libs/store",
        "libs/log",
    }


@pytest.mark.parametrize("name", DECLARATIONS)
def test_every_tools_words_for_a_package_by_path_count(name: str, tmp_path: Path) -> None:
    repo = made(tmp_path / "repo", every_declaration(), f"projects/{name}")
    (plan,) = planned(repo, f"projects/{name}")[1]
    assert "libs/text" in [one.place for one in plan.packages]
    assert (plan.own.name, plan.own.version) == (name.replace("_", "-"), "1.2")
    bricks = ("bases/shop/till", "components/shop/price") if name.startswith("bricks") else ()
    assert plan.own.bricks == bricks


def test_the_hash_is_that_of_what_the_wheel_is_made_from(api: Repo) -> None:
    def digest(**given: object) -> str:
        return planned(api, "projects/api", **given)[1][-1].inputs

    first = digest()
    commit_all(api.root, "Nothing")
    write_files(api.root, {"libs/other/x.py": "", "dist/x.whl": "", "projects/api/devops/x": ""})
    assert digest() == first
    assert len({first, digest(version="9"), digest(mode=Mode.PIN), digest(locked=True)}) == 4
    write_files(api.root, {"libs/log/src/log_lib/__init__.py": "x = 2\n"})
    assert digest() != first


def test_the_copy_has_the_version_and_the_work_tree_stays(api: Repo, tmp_path: Path) -> None:
    inputs, plans = planned(api, "projects/api", version="2.0")
    stage(inputs, plans, tmp_path / "tree")
    assert 'version = "2.0"' in (tmp_path / "tree/projects/api/pyproject.toml").read_text()
    assert 'version = "1.2"' in (tmp_path / "tree/libs/text/pyproject.toml").read_text()
    assert not git(api.root, "status", "--porcelain")


DYNAMIC = '[project]\nname = "x"\ndynamic = ["version", "readme"]\n'
VERSIONS = [
    (DYNAMIC + '[tool.hatch.version]\npath = "x.py"\n' + build_system("hatch"), "hatch"),
    (
        DYNAMIC
        + '[tool.setuptools.dynamic]\nversion = {attr = "x.v"}\n'
        + build_system("setuptools"),
        "setuptools",
    ),
    (DYNAMIC + '[tool.poetry]\nversion = "1"\n' + build_system("poetry"), "poetry"),
    ('[tool.poetry]\nname = "x"\nversion = "1"\n' + build_system("poetry"), "poetry"),
]


@pytest.mark.parametrize(("text", "tool"), VERSIONS)
def test_a_version_is_set_wherever_it_came_from(text: str, tool: str, tmp_path: Path) -> None:
    repo = made(tmp_path / "repo", {"app/pyproject.toml": text, "app/x.py": "v = '1'\n"}, "app")
    inputs, plans = planned(repo, "app", version="2.0")
    stage(inputs, plans, tmp_path / "tree")
    found = tomllib.loads((tmp_path / "tree/app/pyproject.toml").read_text())
    if tool == "poetry":
        assert found["tool"]["poetry"]["version"] == "2.0"
    else:
        assert (found["project"]["version"], found["project"]["dynamic"]) == ("2.0", ["readme"])
        left = found.get("tool", {}).get(tool, {})
        assert "version" not in {**left, **left.get("dynamic", {})}


def test_bricks_beside_a_project_of_poetrys_are_in_its_copy(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo", every_declaration(), "projects/bricks_poetry")
    inputs, plans = planned(repo, "projects/bricks_poetry")
    stage(inputs, plans, tmp_path / "tree")
    copy = tmp_path / "tree/projects/bricks_poetry"
    assert (copy / "_bricks/bases/shop/till/core.py").is_file()
    assert 'from = "_bricks/components"' in (copy / "pyproject.toml").read_text()


def test_the_time_is_that_of_the_last_commit_that_changed_it(api: Repo) -> None:
    inputs, (plan,) = planned(api, "projects/api")
    time = commit_time(inputs, plan)
    commit_all(api.root, "Nothing")
    assert (
        commit_time(inputs, plan)
        == time
        == int(git(api.root, "log", "-1", "--format=%ct", "--", "libs", "projects"))
    )


def error(repo: Repo, name: str, **given: object) -> HelpersError:
    with pytest.raises(HelpersError) as caught:
        planned(repo, name, **given)
    return caught.value


@pytest.mark.parametrize(
    ("tool", "backend"),
    [
        ("[tool.poetry]\n", "poetry.core.masonry.api"),
        ("[tool.uv]\n", "uv_build"),
        ("", "hatchling.build"),
    ],
)
def test_without_a_build_system_its_three_lines_are_said(
    tool: str, backend: str, tmp_path: Path
) -> None:
    text = f'[project]\nname = "plain"\nversion = "1"\n{tool}'
    repo = made(tmp_path / "repo", {"libs/plain/pyproject.toml": text}, "apps/other")
    found = error(repo, "libs/plain")
    assert found.where.endswith("libs/plain/pyproject.toml")
    assert found.fix.splitlines()[1:] == [
        "[build-system]",
        found.fix.splitlines()[2],
        f'build-backend = "{backend}"',
    ]
    assert is_package(read_repo_inputs(repo), "libs/plain").startswith("no [build-system]")


@pytest.mark.parametrize("built", [False, True])
def test_what_says_that_it_is_no_package_is_told_all_that_makes_it_one(
    tmp_path: Path, *, built: bool
) -> None:
    text = '[project]\nname = "app"\nversion = "1"\n[tool.poetry]\npackage-mode = false\n'
    text += build_system("poetry") if built else ""
    found = error(made(tmp_path / "repo", {"app/pyproject.toml": text}, "app"), "app")
    assert found.where.endswith("app/pyproject.toml, tool.poetry.package-mode")
    first, *lines = found.fix.splitlines()
    assert first.startswith("remove  package-mode = false")
    assert lines[:1] == ([] if built else ["[build-system]"])


def test_a_shallow_clone_does_not_know_a_version_that_comes_from_git(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\ndynamic = ["version"]\n[tool.hatch.version]\nsource = "vcs"\n'
    text += build_system("hatch", "hatch-vcs")
    repo = made(tmp_path / "repo", {"app/pyproject.toml": text}, "app")
    commit_all(repo.root, "Second")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo.root}", "shallow")
    shallow = replace(repo, root=tmp_path / "shallow")
    fetch = f"git -C {shallow.root}/app fetch --unshallow --tags --force origin"
    assert error(shallow, "app").fix.startswith(f"{fetch}   (or ")
    (plan,) = planned(shallow, "app", version="1.0")[1]
    assert not plan.own.from_git
    (plan,) = planned(repo, "app")[1]
    assert plan.own.from_git


def test_a_project_of_polyliths_without_bricks_is_refused(tmp_path: Path) -> None:
    files = every_declaration()
    text = '[project]\nname = "empty"\nversion = "1"\n' + build_system("hatch")
    files["projects/empty/pyproject.toml"] = text
    repo = made(tmp_path / "repo", files, "projects/empty")
    assert "without bricks" in error(repo, "projects/empty").what


def test_a_cycle_of_main_dependencies_is_refused(tmp_path: Path) -> None:
    def one(name: str, other: str) -> str:
        more = f'[tool.uv.sources]\n{other} = {{ path = "../{other}" }}\n'
        return package(name, "uv", needs=f'["{other}"]', more=more)["pyproject.toml"]

    files = {"libs/a/pyproject.toml": one("a", "b"), "libs/b/pyproject.toml": one("b", "a")}
    repo = made(tmp_path / "repo", files, "libs/a")
    assert error(repo, "libs/a").where == "libs/a -> libs/b -> libs/a"


@pytest.mark.parametrize("version", ["1.x", "v?", "../1"])
def test_a_version_that_is_none_is_refused(version: str, api: Repo) -> None:
    assert "is no version" in error(api, "projects/api", version=version).what


def test_locks_of_all_tools_are_read(tmp_path: Path) -> None:
    poetry = '[[package]]\nname = "Attrs"\nversion = "23.1"\nmarkers = "os_name == \'nt\'"\n'
    write_files(tmp_path / "a", {"poetry.lock": poetry})
    write_files(tmp_path / "b", {"requirements.txt": "attrs==23.1 --hash=sha256:0\n-e ../x\n"})
    write_files(tmp_path / "c", {"uv.lock": uv_workspace_lock({}, {"attrs": "23.1"})})
    for name in "abc":
        assert read_pins(tmp_path / name, name).versions["attrs"][0][0] == "23.1"
    with pytest.raises(HelpersError, match="no lock file"):
        read_pins(tmp_path, "x")


def test_a_package_is_built_in_the_container_of_a_dir_that_uses_it(api: Repo) -> None:
    (plan,) = planned(api, "libs/store")[1]
    assert [one.place for one in plan.packages] == ["libs/store", "libs/log"]
    assert plan.builder.name == "projects/api"


def test_a_package_that_no_dir_uses_is_built_where_the_nearest_dir_is(tmp_path: Path) -> None:
    files = {
        **whole(),
        **{f"libs/idle/{path}": text for path, text in package("idle", "hatch").items()},
        "libs/user/pyproject.toml": '[project]\nname = "user"\nversion = "1"\n'
        'dependencies = ["idle"]\n\n[tool.uv.sources]\nidle = { path = "../idle" }\n'
        f"{build_system('flit')}",
        "libs/user/user.py": "",
    }
    repo = made(tmp_path / "repo", files)

    def plan(name: str) -> WheelPlan:
        inputs = read_repo_inputs(repo, besides=[name])
        return plan_wheels(inputs, name, options(repo.root))[0]

    with pytest.raises(HelpersError, match="the repo has no runnable dir") as caught:
        plan("libs/idle")
    assert caught.value.fix.startswith("i runnable_dir_create")
    make_runnable_dir(repo, "projects/api")
    make_runnable_dir(repo, "apps/one")
    assert plan("libs/idle").builder.name == "apps/one"
    assert plan("libs/text").builder.name == "projects/api"
    # What it depends on by path is in its wheel all the same.
    assert [one.place for one in plan("libs/user").packages] == ["libs/user", "libs/idle"]
    make_runnable_dir(repo, ".")
    assert plan("libs/user").builder.name == "."
