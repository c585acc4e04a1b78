"""What a repo gets, decided from its files alone."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from helpers.adoption.adopting.adopt import (
    AdoptRequest,
    carry_out,
    config_text,
    default_name,
    image_name,
    plan_adopt,
)
from helpers.model.changelog.parse import parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.settings.config import parse_repo_config
from tests.builders import git, write_files

_REQUEST = AdoptRequest("helpers_root", "shop", date(2026, 1, 31))


@pytest.mark.parametrize(
    ("folder", "name", "image"),
    [
        ("shop", "shop", "shop"),
        ("My Shop (2)", "My_Shop_2", "my-shop_2"),
        ("_x-", "x", "x"),
        ("läden", "laden", "laden"),
        ("...", "repo", "repo"),
        ("A__b..c", "A__b..c", "a-b-c"),
    ],
)
def test_names_are_made_of_that_of_the_folder(folder: str, name: str, image: str) -> None:
    assert default_name(Path("/x", folder)) == name
    assert image_name(name) == image
    parse_repo_config(f"name: '{name}'\n", "x")
    parse_changelog(f"# {image}-1.0.0\n- 2026-01-31\n", "x")


@pytest.mark.parametrize("name", ["no", "123", "1.5", "null", "2026-01-31", "shop"])
def test_a_name_is_read_as_it_was_given(name: str) -> None:
    assert parse_repo_config(config_text(replace(_REQUEST, name=name)), "x").name == name


@pytest.mark.parametrize(
    "change",
    [{"name": "a b"}, {"name": ""}, {"registry": "https://x"}, {"base_image": ""}],
    ids=str,
)
def test_a_value_that_is_none_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(HelpersError) as caught:
        config_text(replace(_REQUEST, **change))  # type: ignore[arg-type]
    assert "--" in caught.value.fix


def test_a_file_that_stands_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "setenv.sh").mkdir()
    with pytest.raises(HelpersError, match=r"cannot read setenv\.sh"):
        plan_adopt(tmp_path, _REQUEST)


def test_what_changed_after_it_was_shown_is_not_written(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    plan = plan_adopt(tmp_path, _REQUEST)
    (tmp_path / "tasks.py").write_text("mine\n")
    with pytest.raises(HelpersError, match="changed while"):
        carry_out(tmp_path, plan)
    assert [path.name for path in tmp_path.iterdir() if path.name != ".git"] == ["tasks.py"]


@pytest.mark.parametrize("line", ["tmp.*/", "tmp.*", "/tmp.*/", "  tmp.*/  "])
def test_what_git_ignores_already_is_not_said_again(tmp_path: Path, line: str) -> None:
    write_files(tmp_path, {".gitignore": f"a\n{line}\nb\n"})
    assert ".gitignore" not in [change.path for change in plan_adopt(tmp_path, _REQUEST).changes]


@pytest.mark.parametrize(
    ("before", "byte_code"), [("", True), ("*.log\n", True), ("__pycache__/\n", False)]
)
def test_byte_code_is_ignored_where_the_repo_does_not_do_so_itself(
    tmp_path: Path, before: str, byte_code: bool
) -> None:
    write_files(tmp_path, {".gitignore": before})
    (change,) = [c for c in plan_adopt(tmp_path, _REQUEST).changes if c.path == ".gitignore"]
    added = str(change.after).removeprefix(before)
    assert ("__pycache__/" in added, "tmp.*/" in added) == (byte_code, True)


@pytest.mark.parametrize("name", ["pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"])
def test_settings_of_pytest_count_wherever_they_are(tmp_path: Path, name: str) -> None:
    text = {
        "pytest.ini": "[pytest]\n",
        "tox.ini": "[pytest]\n",
        "setup.cfg": "[tool:pytest]\n",
        "pyproject.toml": "[tool.pytest.ini_options]\n",
    }[name]
    write_files(tmp_path, {name: text})
    paths = {change.path for change in plan_adopt(tmp_path, _REQUEST).changes}
    assert not paths & {"pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"}


def test_a_project_whose_settings_cannot_be_added_to_has_them_beside_it(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": "tool = {a = 1}\n"})
    written = {change.path for change in plan_adopt(tmp_path, _REQUEST).changes}
    assert "pytest.ini" in written
    assert "pyproject.toml" not in written


def test_hooks_that_cannot_be_added_are_shown(tmp_path: Path) -> None:
    write_files(tmp_path, {".pre-commit-config.yaml": "repos: []\n"})
    (shown,) = plan_adopt(tmp_path, _REQUEST).by_hand
    assert shown.path == ".pre-commit-config.yaml"
    assert "changelog_check --staged" in shown.add


def test_a_folder_called_devops_that_holds_something_is_left(tmp_path: Path) -> None:
    write_files(tmp_path, {"devops/Dockerfile": "FROM scratch\n"})
    assert "devops/os_packages.txt" not in {
        change.path for change in plan_adopt(tmp_path, _REQUEST).changes
    }
