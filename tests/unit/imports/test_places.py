"""Where the modules of a project are, and what it declares, read from real files."""

from pathlib import Path

import pytest

from helpers.imports.fix_bricks import plan_bricks
from helpers.imports.places import Place, is_test, module_file, read_places
from helpers.inputs.repo_inputs import read_repo_inputs
from tests.builders import make_repo, make_runnable_dir, write_files


def _places(root: Path, dirs: dict[str, dict[str, str]], **files: str) -> dict[str, Place]:
    repo = make_repo(root, commit=False)
    for name, own in dirs.items():
        make_runnable_dir(repo, name, own)
    write_files(root, files)
    return read_places(read_repo_inputs(repo, keep=False))


def test_modules_are_what_stands_at_the_top_or_in_src(tmp_path: Path) -> None:
    files = {
        "pkg/deep/er.py": "",
        "single.py": "",
        "src/other/__init__.py": "",
        "src/lonely.py": "",
        "not-a-name/a.py": "",
        "2nd/a.py": "",
        "no_code/data.txt": "",
    }
    found = _places(tmp_path, {"app": files})["app"]
    assert found.modules == {
        "pkg": "app/pkg",
        "single": "app/single.py",
        "other": "app/src/other",
        "lonely": "app/src/lonely.py",
    }


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py", "docs/conf.py", "devops/a.py", "setup.py", "conftest.py", "test_a.py",
        "a_test.py", "src/tests/a.py", "noxfile.py", "main_pytest.py",
    ],
)  # fmt: skip
def test_what_is_no_code_of_the_project_is_no_module(tmp_path: Path, path: str) -> None:
    assert _places(tmp_path, {"app": {path: ""}})["app"].modules == {}


def test_what_poetry_takes_from_a_folder_of_the_project_is_its_own_code(tmp_path: Path) -> None:
    poetry = '[tool.poetry]\nname = "app"\npackages = [{include = "app", from = "src"}]\n'
    files = {"pyproject.toml": poetry, "src/app/__init__.py": "", "src/app/a.py": ""}
    found = _places(tmp_path, {"apps/app": files})
    assert {name: dict(one.modules) for name, one in found.items()} == {
        "apps/app": {"app": "apps/app/src/app"}
    }


def test_code_of_an_inner_dir_is_its_own(tmp_path: Path) -> None:
    found = _places(tmp_path, {"app": {"a.py": ""}, "app/inner": {"b.py": ""}, ".": {"c.py": ""}})
    assert {name: set(one.modules) for name, one in found.items()} == {
        ".": {"c"},
        "app": {"a"},
        "app/inner": {"b"},
    }


@pytest.mark.parametrize(
    ("files", "main"),
    [
        ({"pyproject.toml": '[project]\ndependencies = ["PyYAML>=6 ; x == 1"]\n'}, {"pyyaml"}),
        ({"pyproject.toml": "[tool.poetry.dependencies]\nzope_Interface = '*'\n"},
         {"zope-interface"}),
        ({"requirements.in": "Flask[async]==2  # web\n", "requirements.txt": "flask==2\nx==1\n"},
         {"flask"}),
        ({"requirements.txt": "flask==2\nx==1\n"}, {"flask", "x"}),
        ({"pyproject.toml": '[project]\nname = "a"\ndynamic = ["dependencies"]\n'}, None),
        ({}, set()),
    ],
)  # fmt: skip
def test_main_dependencies_are_known_from_each_kind_of_file(
    tmp_path: Path, files: dict[str, str], main: set[str] | None
) -> None:
    found = _places(tmp_path, {"app": files})["app"]
    assert found.main == main
    assert found.is_dir


def test_a_shared_package_is_a_place_where_a_dir_depends_on_it(tmp_path: Path) -> None:
    app = '[tool.poetry.dependencies]\nlog = {path = "../libs/log"}\n'
    files = {
        "libs/log/pyproject.toml": '[project]\nname = "log"\n',
        "libs/log/log/__init__.py": "",
        "libs/unused/pyproject.toml": '[project]\nname = "unused"\n',
    }
    found = _places(tmp_path, {"app": {"pyproject.toml": app}}, **files)
    assert set(found) == {"app", "libs/log"}
    assert found["app"].internal == {"libs/log"}
    assert (found["libs/log"].is_dir, set(found["libs/log"].modules)) == (False, {"log"})


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("one", "app/one.py"),
        ("pkg", "app/src/pkg/__init__.py"),
        ("pkg.part", "app/src/pkg/part.py"),
        ("pkg.sub", "app/src/pkg/sub/__init__.py"),
        ("pkg.gone.deep", "app/src/pkg/gone/deep.py"),
    ],
)
def test_the_file_of_a_module_is_named(tmp_path: Path, module: str, file: str) -> None:
    write_files(tmp_path, {"app/src/pkg/__init__.py": "", "app/src/pkg/sub/__init__.py": ""})
    place = Place("app", modules={"one": "app/one.py", "pkg": "app/src/pkg"})
    assert module_file(tmp_path, place, module) == file


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/test_b.py", True), ("a/b_test.py", True), ("conftest.py", True), ("tests/b.py", True),
        ("a/test/b.py", True), ("a/testing/b.py", False), ("a/contest.py", False),
        ("tests.py", False), ("a/latest_b.py", False), ("my_tests/b.py", False),
    ],
)  # fmt: skip
def test_code_of_tests_is_told_by_its_path(path: str, expected: bool) -> None:
    assert is_test(path) is expected


_BRICKS = '[tool.polylith.bricks]\n"../../bases/shop/api" = "shop/api"\n'
_PACKAGES = '[tool.poetry]\npackages = [\n    {include = "shop/api", from = "../../bases"},\n]\n'


@pytest.mark.parametrize("text", [_BRICKS, _PACKAGES, f"{_PACKAGES}\n{_BRICKS}"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_bricks_are_added_in_order_and_once_and_line_ends_stay(text: str, end: str) -> None:
    before = text.replace("\n", end)
    missing = [
        ("projects/api", "components/shop/mail", "shop.mail"),
        ("projects/api", "components/shop/log", "shop.log"),
        ("projects/api", "components/shop/log", "shop.log"),
    ]
    (change,) = plan_bricks({"projects/api": before, "projects/other": ""}, missing)
    assert change.path == "projects/api/pyproject.toml"
    after = change.after or ""
    assert after.startswith(before[: before.index("api")])
    assert after.count("shop/log") == before.count("shop/api")
    assert after.index("shop/log") < after.index("shop/mail")
    assert after.replace("\r\n", "").count("\n") == (after.count("\n") if end == "\n" else 0)


def test_a_brick_at_the_top_of_the_repo_has_a_path_from_the_project() -> None:
    (change,) = plan_bricks({"api": _BRICKS}, [("api", "shop/log", "shop.log")])
    assert '"../shop/log" = "shop/log"' in (change.after or "")


def test_a_project_that_lists_no_bricks_in_any_words_is_left_alone() -> None:
    assert plan_bricks({"api": "[project]\n"}, [("api", "shop/log", "shop.log")]) == []
