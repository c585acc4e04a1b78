"""Which file that a dir's tests cannot see a failure is about."""

from pathlib import Path

import pytest

from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.repo import Repo
from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
from helpers.testing.hints.undeclared import undeclared_hints
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo", {".gitignore": "*.secret\n"})
    make_runnable_dir(made, "apps/a", {"data.csv": "1\n"})
    package = {"pyproject.toml": "[project]\nname = 'pay'\n", "pay/__init__.py": ""}
    write_files(made.root, {"shared/table.csv": "1\n", "one.secret": "x\n"})
    write_files(made.root / "libs/pay", package)
    commit_all(made.root)
    return made


def _hints(repo: Repo, said: str) -> list[str]:
    test = TestCase("test_a.py::test_a", TestOutcome.FAILED, 0.1, message=said)
    result = DirResult("apps/a", DirState.FAILED, tests=(test,))
    return undeclared_hints(result, read_repo_inputs(repo), repo.root)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("No such file or directory: '{root}/shared/table.csv'", "shared/table.csv"),
        ("cannot open '../../shared/table.csv'", "shared/table.csv"),
        ("No such directory: '../../shared'", "shared"),
        ("ModuleNotFoundError: No module named 'pay.cards'", "libs/pay"),
    ],
)
def test_what_is_no_input_is_named_with_the_setting_that_makes_it_one(
    repo: Repo, said: str, path: str
) -> None:
    assert _hints(repo, said.format(root=repo.root)) == [
        f"{path} is in the repo, but is no input of apps/a: if its tests need it, add it to"
        " depends_on in apps/a/devops/config.yaml"
    ]


def test_what_git_ignores_is_to_be_added_to_git(repo: Repo) -> None:
    (hint,) = _hints(repo, "cannot open '../../one.secret'")
    assert hint.startswith("one.secret is ignored by git, so it is no input of apps/a")
    assert hint.endswith("add it to git, or run with --no-reuse")


@pytest.mark.parametrize(
    "said",
    [
        "cannot open 'data.csv'",
        "cannot open '../../shared/nowhere.csv'",
        "cannot open '/etc/passwd'",
        "cannot open '../../../outside'",
        "No module named 'nobody'",
        "assert 1 == 2",
    ],
)
def test_nothing_is_said_of_inputs_and_of_what_the_repo_does_not_have(
    repo: Repo, said: str
) -> None:
    assert _hints(repo, said) == []


def test_each_file_is_named_once_and_no_more_than_five(repo: Repo) -> None:
    names = [f"shared/{number}.csv" for number in range(8)]
    write_files(repo.root, dict.fromkeys(names, "1\n"))
    commit_all(repo.root)
    said = " ".join(f"'../../{name}' '{repo.root}/{name}'" for name in names)
    found = _hints(repo, said)
    assert len(found) == len(set(found)) == 5


def test_tests_that_need_gits_own_folder_are_told_that_it_is_no_input(repo: Repo) -> None:
    (hint,) = _hints(repo, "fatal: not a git repository")
    assert "write 'reuse: false' in apps/a/devops/config.yaml" in hint


@pytest.mark.parametrize("brick", ["components/shop/log", "ws/bases/log/src/shop/log"])
def test_a_brick_that_a_project_does_not_list_is_named(repo: Repo, brick: str) -> None:
    write_files(repo.root, {f"{brick}/core.py": "", "components/shop/cart/core.py": ""})
    bricks = '[tool.polylith.bricks]\n"../../components/shop/cart" = "shop/cart"\n'
    write_files(repo.root, {"apps/a/pyproject.toml": bricks})
    assert _hints(repo, "ModuleNotFoundError: No module named 'shop.log.core'") == [
        f"{brick} is a brick that apps/a does not list: if its tests need it, list it in"
        " apps/a/pyproject.toml; what code outside tests imports,"
        " i package_check --dir apps/a --fix  lists"
    ]
    assert _hints(repo, "No module named 'shop.cart.nothing'") == []
    assert _hints(repo, "No module named 'shop'") == []
