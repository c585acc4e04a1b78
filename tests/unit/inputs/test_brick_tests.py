"""Which tests are of the bricks that a project lists, and who is affected by them."""

from pathlib import Path

import pytest

from helpers.inputs.affected_dirs import changes_since
from helpers.inputs.brick_tests import Brick, find_brick
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.repo import Repo
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files

_CLASSIC = (
    '[tool.poetry]\nname = "api"\npackages = [{include = "shop/cart", from = "../../components"}]\n'
)
_HATCH = (
    '[project]\nname = "api"\n[tool.polylith.bricks]\n"../../components/shop/cart" = "shop/cart"\n'
)
_TDD = (
    '[project]\nname = "api"\n[tool.polylith.bricks]\n'
    '"../../components/cart/src/shop/cart" = "shop/cart"\n'
)
_WORKSPACE = {"workspace.toml": '[tool.polylith]\nnamespace = "shop"\n'}
_LOOSE = {
    **_WORKSPACE,
    "components/shop/cart/core.py": "",
    "components/shop/log/core.py": "",
    "test/components/shop/cart/test_core.py": "",
    "test/components/shop/log/test_core.py": "",
}
_TESTS = "test/components/shop/cart"


def _inputs(tmp_path: Path, project: str, files: dict[str, str]) -> RepoInputs:
    repo = make_repo(tmp_path / "repo", files, commit=False)
    make_runnable_dir(repo, "projects/api", {"pyproject.toml": project})
    commit_all(repo.root)
    return read_repo_inputs(repo)


@pytest.mark.parametrize(
    ("project", "source", "include", "found"),
    [
        (
            "projects/api", "../../bases", "shop/till",
            Brick(".", "bases/shop/till", "test/bases/shop/till"),
        ),
        (
            "ws/projects/api", "../../components", "shop/cart",
            Brick("ws", "ws/components/shop/cart", "ws/test/components/shop/cart"),
        ),
        (
            "projects/api", "../../components/cart/src", "shop/cart/",
            Brick(".", "components/cart/src/shop/cart", "components/cart/test/shop/cart"),
        ),
        (".", "bases", "shop/till", Brick(".", "bases/shop/till", "test/bases/shop/till")),
        (
            "projects/api", "../../components", "shop/**/*.py",
            Brick(".", "components/shop", "test/components/shop"),
        ),
        ("projects/api", "../../libs", "shop/cart", None),
        ("projects/api", "../../libs/cart/src", "shop/cart", None),
        ("projects/api", "../../../components", "shop/cart", None),
        ("projects/api", "../../components", "", None),
    ],
)  # fmt: skip
def test_a_brick_is_known_by_where_it_is_listed(
    project: str, source: str, include: str, found: Brick | None
) -> None:
    assert find_brick(project, source, include) == found


@pytest.mark.parametrize("project", [_CLASSIC, _HATCH])
def test_tests_of_bricks_that_a_project_lists_are_its_inputs(tmp_path: Path, project: str) -> None:
    above = ("conftest.py", "test/conftest.py", "test/components/__init__.py")
    inputs = _inputs(tmp_path, project, {**_LOOSE, **dict.fromkeys(above, "")})
    assert inputs.brick_tests("projects/api") == (_TESTS,)
    assert inputs.bricks("projects/api") == ("components/shop/cart",)
    files = set(inputs.of("projects/api").files)
    assert {f"{_TESTS}/test_core.py", *above} <= files
    assert not [path for path in files if "log" in path and path.startswith("test/")]


def test_tests_beside_a_brick_and_in_it_are_found(tmp_path: Path) -> None:
    files = {
        **_WORKSPACE,
        "components/cart/src/shop/cart/core.py": "",
        "components/cart/src/shop/cart/test_inside.py": "",
        "components/cart/test/shop/cart/test_core.py": "",
    }
    inputs = _inputs(tmp_path, _TDD, files)
    assert inputs.brick_tests("projects/api") == (
        "components/cart/src/shop/cart",
        "components/cart/test/shop/cart",
    )


def test_settings_of_pytest_above_a_bricks_tests_are_inputs(tmp_path: Path) -> None:
    settings = "[tool.pytest.ini_options]\n"
    files = {f"ws/{name}": text for name, text in _LOOSE.items()} | {
        "conftest.py": "",
        "pyproject.toml": settings,
    }
    repo = make_repo(tmp_path / "repo", files, commit=False)
    make_runnable_dir(repo, "ws/projects/api", {"pyproject.toml": _CLASSIC + settings})
    commit_all(repo.root)
    above = {"conftest.py", "pyproject.toml"}
    assert above <= set(read_repo_inputs(repo).of("ws/projects/api").files)
    # The workspace's own are nearer.
    write_files(repo.root, {"ws/pyproject.toml": settings})
    found = set(read_repo_inputs(repo).of("ws/projects/api").files)
    assert "ws/pyproject.toml" in found
    assert not above & found


def test_outside_of_a_workspace_nothing_is_a_bricks_test(tmp_path: Path) -> None:
    files = {name: text for name, text in _LOOSE.items() if name != "workspace.toml"}
    assert _inputs(tmp_path, _CLASSIC, files).brick_tests("projects/api") == ()


def test_no_package_and_no_production_image_has_them(tmp_path: Path) -> None:
    from helpers.images.building.prod_code import code_inputs
    from helpers.images.installed.projects import plan_projects

    inputs = _inputs(tmp_path, _CLASSIC, {**_LOOSE, "test/pyproject.toml": _HATCH})
    assert [one.place for one in plan_projects(inputs, "projects/api")] == ["projects/api"]
    assert not [path for path in code_inputs(inputs, "projects/api").files if "test" in path]


def _affected(repo: Repo) -> tuple[str, ...]:
    return changes_since(repo, "", read_repo_inputs(repo)).dirs


def test_a_change_affects_who_lists_the_brick(tmp_path: Path) -> None:
    repo = _inputs(tmp_path, _CLASSIC, {**_LOOSE, "test/__init__.py": ""}).repo
    write_files(repo.root, {"test/components/shop/log/test_core.py": "# changed"})
    assert _affected(repo) == ()
    for change in (f"{_TESTS}/test_core.py", f"{_TESTS}/test_more.py", "test/conftest.py"):
        write_files(repo.root, {change: "# changed"})
        assert _affected(repo) == ("projects/api",), change
        commit_all(repo.root)
    for gone in ("test/__init__.py", f"{_TESTS}/test_core.py", f"{_TESTS}/test_more.py"):
        (repo.root / gone).unlink()
        assert _affected(repo) == ("projects/api",), gone
        commit_all(repo.root)
