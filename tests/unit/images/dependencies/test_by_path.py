import os
from pathlib import Path

import pytest

from helpers.images.dependencies.change import DependencyPlan, plan_dependencies
from helpers.lockers.commands import Action, Change
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.process import run
from tests.builders import make_host, make_repo, make_runnable_dir, write_files

BUILD = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'


def project(name: str, *lines: str) -> str:
    listed = "".join(f"{line}\n" for line in lines)
    return f'[tool.poetry]\nname = "{name}"\nversion = "1"\n[tool.poetry.dependencies]\n{listed}\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo")
    make_runnable_dir(made, "apps/forecast", {"pyproject.toml": project("forecast", 'x = "*"')})
    write_files(
        made.root,
        {
            "libs/text/pyproject.toml": project("text") + BUILD,
            "libs/other/pyproject.toml": project("text") + BUILD,
            "libs/back/pyproject.toml": project("back", 'f = {path = "../../apps/forecast"}'),
            "libs/x/pyproject.toml": project("X"),
            "libs/none/pyproject.toml": "[tool.ruff]\n",
            "libs/mode/pyproject.toml": '[tool.poetry]\nname = "m"\npackage-mode = false\n',
            "ignored/pyproject.toml": project("ignored"),
            ".gitignore": "ignored\n",
        },
    )
    run(["git", "add", "."], cwd=made.root)
    return made


def plan(repo: Repo, *paths: str, action: Action = Action.ADD, group: str = "") -> DependencyPlan:
    host = make_host(repo.root)
    item = repo.runnable_dir("apps/forecast")
    return plan_dependencies(repo, item, host, Change(action, (), group, paths))


def test_a_plan_shows_the_lines_and_locks(repo: Repo) -> None:
    lines = str(plan(repo, "libs/text")).splitlines()
    assert lines[:3] == [
        "change apps/forecast/pyproject.toml:",
        '  +text = {path = "../../libs/text", develop = true}',
        "run /opt/installer/bin/poetry lock --no-interaction --no-ansi",
    ]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("..", "outside the repo"),
        ("libs/absent", "no directory 'libs/absent'"),
        ("apps/forecast", "cannot depend on itself"),
        ("libs/back", "apps/forecast -> libs/back -> apps/forecast"),
        ("libs/x", "name 'x' of libs/x is taken"),
        ("libs/none", "is no package: its pyproject.toml has no name"),
        ("libs/mode", "has package-mode = false"),
        ("libs", "is no package: it has no pyproject.toml"),
        ("ignored", "git ignores ignored/pyproject.toml"),
    ],
)
def test_what_cannot_be_depended_on_is_refused(repo: Repo, path: str, what: str) -> None:
    with pytest.raises(HelpersError, match=what.replace(".", r"\.")) as caught:
        plan(repo, path)
    assert caught.value.fix


def test_a_link_out_of_the_repo_is_outside(repo: Repo, tmp_path: Path) -> None:
    write_files(tmp_path / "away", {"pyproject.toml": project("away")})
    os.symlink("../../away", repo.root / "libs" / "away")  # noqa: PTH211
    with pytest.raises(HelpersError, match="outside the repo"):
        plan(repo, "libs/away")


def test_what_tests_alone_need_may_need_the_dir(repo: Repo) -> None:
    assert plan(repo, "libs/back", group="dev").edit is not None


def test_a_name_that_the_lock_file_has_of_an_index_is_taken(repo: Repo) -> None:
    lock = '[[package]]\nname = "text"\nversion = "1.3"\n'
    (repo.root / "apps/forecast/poetry.lock").write_text(lock)
    with pytest.raises(HelpersError, match="holds the one of an index"):
        plan(repo, "libs/text")


def test_two_packages_of_one_name_are_refused(repo: Repo) -> None:
    change_project(repo, 'text = {path = "../../libs/other"}')
    with pytest.raises(HelpersError, match="the name 'text' of libs/text is taken"):
        plan(repo, "libs/text")
    with pytest.raises(HelpersError, match="depends on libs/other already"):
        plan(repo, "libs/other")


def test_a_path_is_taken_out_by_its_folder(repo: Repo) -> None:
    change_project(repo, 'text = {path = "../../libs/text"}')
    found = plan(repo, "libs/text", action=Action.REMOVE)
    assert found.edit is not None
    assert found.edit.after == project("forecast").rstrip("\n") + "\n"


def test_what_is_not_depended_on_is_not_taken_out(repo: Repo) -> None:
    change_project(repo, 'text = {path = "../../libs/text"}')
    with pytest.raises(HelpersError, match="does not depend on libs/other") as caught:
        plan(repo, "libs/other", action=Action.REMOVE)
    assert caught.value.fix == "name one of these: libs/text"


def change_project(repo: Repo, line: str) -> None:
    (repo.root / "apps/forecast/pyproject.toml").write_text(project("forecast", line))
