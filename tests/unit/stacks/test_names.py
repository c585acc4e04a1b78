"""By which names a stack, its file and its containers are found again."""

import shlex
from pathlib import Path

import pytest

from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.stack.places import STACK_FILES
from helpers.model.stack.services import Service
from helpers.stacks.stack import find_stack
from helpers.stacks.tests_of import find_stack_tests, first_dir
from tests.builders import make_host, make_repo, make_runnable_dir, write_files


def test_the_first_of_the_usual_places_is_meant(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, commit=False)
    for place in reversed(STACK_FILES):
        write_files(repo.root, {place: ""})
        stack = find_stack(repo, make_host(repo.root), "")
        assert (stack.file, stack.option()) == (place, "")
    other = find_stack(repo, make_host(repo.root), STACK_FILES[1])
    assert shlex.split(other.option()) == ["--file", STACK_FILES[1]]


@pytest.mark.parametrize("file", ["deploy/it's my.yml", "ü.yml", "$HOME.yml", "a;b.yml"])
def test_a_file_of_any_name_is_named_as_one_word(tmp_path: Path, file: str) -> None:
    repo = make_repo(tmp_path / "o'brien", {file: ""}, commit=False)
    stack = find_stack(repo, make_host(repo.root), file)
    assert shlex.split(stack.option()) == ["--file", file]
    assert stack.path == repo.root / file
    assert set(stack.project) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert stack.project[0].isalnum()
    assert stack.labels[labels.STACK] == file


def test_what_is_laid_over_is_one_file_for_each_stack_out_of_gits_sight(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"a.yml": "", "b.yml": ""}, commit=False)
    host = make_host(repo.root)
    over = {find_stack(repo, host, name).over for name in ("a.yml", "b.yml", "./a.yml")}
    assert len(over) == 2
    assert all(one.parent.is_dir() and one.parts[-3] == "tmp.helpers" for one in over)


@pytest.mark.parametrize(
    ("there", "fix"),
    [
        ({"deploy/local.yml": "", "compose.yaml": ""}, "--file compose.yaml"),
        ({}, "write it, or leave --file out"),
    ],
)
def test_a_misspelt_file_is_answered_with_the_nearest(
    tmp_path: Path, there: dict[str, str], fix: str
) -> None:
    repo = make_repo(tmp_path, there, commit=False)
    with pytest.raises(HelpersError, match=r"no stack file 'compse\.yaml'") as caught:
        find_stack(repo, make_host(repo.root), "compse.yaml")
    assert caught.value.fix == fix


def test_a_folder_is_no_stack_file(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"compose.yaml/x": ""}, commit=False)
    with pytest.raises(HelpersError, match="no stack file"):
        find_stack(repo, make_host(repo.root), "")


def _service(name: str, dir: str) -> Service:
    return Service(name, dir, built=False, once=False, ports=(), where="")


@pytest.mark.parametrize(
    ("dirs", "first"), [([], ""), (["", ""], ""), (["", "apps/b", "apps/a"], "apps/b")]
)
def test_the_first_service_with_a_dir_lends_its_container(dirs: list[str], first: str) -> None:
    assert first_dir([_service(f"s{number}", dir) for number, dir in enumerate(dirs)]) == first


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app/tests/stack/test_a.py": ""}, {"app": ("tests/stack",)}),
        ({"app/tests/stack/deep/a_test.py": ""}, {"app": ("tests/stack",)}),
        ({"tests/stack/test_a.py": ""}, {"app": ("../tests/stack",)}),
        ({"app/tests/stack/helpers.py": ""}, None),
        ({"app/tests/stack": "no folder"}, None),
        ({".gitignore": "test_a.py\n", "app/tests/stack/test_a.py": ""}, None),
    ],
)
def test_tests_of_a_stack_are_files_that_pytest_collects_and_git_does_not_ignore(
    tmp_path: Path, files: dict[str, str], expected: dict[str, tuple[str, ...]] | None
) -> None:
    repo = make_repo(tmp_path, {"compose.yaml": "", **files}, commit=False)
    app = make_runnable_dir(repo, "app")
    stack = find_stack(repo, make_host(repo.root), "")
    if expected is None:
        with pytest.raises(HelpersError, match="the stack has no tests"):
            find_stack_tests(stack, [app], "app")
    else:
        assert find_stack_tests(stack, [app], "app") == expected


def test_tests_of_the_root_need_somebody_who_lends_a_container(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"compose.yaml": "", "tests/stack/test_a.py": ""}, commit=False)
    stack = find_stack(repo, make_host(repo.root), "")
    with pytest.raises(HelpersError, match="no service runs a dir's image") as caught:
        find_stack_tests(stack, [], "")
    assert caught.value.fix.startswith("i stack_test --dir ")
    root = make_runnable_dir(repo, ".")
    assert find_stack_tests(stack, [root], "") == {".": ("tests/stack",)}
