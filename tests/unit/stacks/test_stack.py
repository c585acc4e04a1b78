"""Which stack is meant, and which tests are its own."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.stacks.stack import find_stack
from helpers.stacks.tests_of import find_stack_tests
from helpers.vcs.discovery import discover_dirs
from tests.builders import make_host, make_repo, make_runnable_dir

_FILE = {"deploy/local.yml": "services: {a: {image: x}}\n"}


def test_two_checkouts_and_two_files_have_projects_of_their_own(tmp_path: Path) -> None:
    projects = set()
    for name in ("a", "b"):
        files = {**_FILE, "deploy/other.yml": ""}
        repo = make_repo(tmp_path / name, files, config="name: My.Repo\n", commit=False)
        host = make_host(repo.root)
        projects |= {find_stack(repo, host, f"deploy/{f}.yml").project for f in ("local", "other")}
    assert len(projects) == 4
    assert all(one.isascii() and one.islower() for one in projects)


def test_a_file_is_named_from_where_the_user_stands_or_from_the_root(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {**_FILE, "x/deploy/local.yml": ""}, commit=False)
    host = make_host(repo.root / "x")
    assert find_stack(repo, host, "").file == "deploy/local.yml"
    assert find_stack(repo, host, "deploy/local.yml").file == "x/deploy/local.yml"
    assert find_stack(repo, make_host(repo.root / "deploy"), "local.yml").option() == ""


@pytest.mark.parametrize("file", ["", "deploy/locl.yml"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, file: str) -> None:
    repo = make_repo(tmp_path, commit=False)
    with pytest.raises(HelpersError, match="no stack file"):
        find_stack(repo, make_host(repo.root), file)


def test_a_file_outside_the_repo_is_refused(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", commit=False)
    (tmp_path / "far.yml").touch()
    with pytest.raises(HelpersError, match="outside the repo"):
        find_stack(repo, make_host(repo.root), "../far.yml")


def test_tests_of_a_root_without_a_container_run_in_that_of_a_dir(tmp_path: Path) -> None:
    files = {**_FILE, "tests/stack/test_a.py": "", "apps/one/tests/stack/test_b.py": ""}
    repo = make_repo(tmp_path, files, commit=False)
    make_runnable_dir(repo, "apps/one")
    make_runnable_dir(repo, "apps/two")
    stack, dirs = find_stack(repo, make_host(repo.root), ""), discover_dirs(repo)
    assert find_stack_tests(stack, dirs, "apps/two") == {
        "apps/one": ("tests/stack",),
        "apps/two": ("../../tests/stack",),
    }
    with pytest.raises(HelpersError, match="in no runnable dir"):
        find_stack_tests(stack, dirs, "")


def test_a_stack_without_tests_is_refused(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, _FILE, commit=False)
    with pytest.raises(HelpersError, match="has no tests"):
        find_stack_tests(find_stack(repo, make_host(repo.root), ""), [], "")
