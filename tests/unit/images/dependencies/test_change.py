import re
import shlex
from pathlib import Path
from typing import cast

import pytest

from helpers.images.dependencies.builder_image import plan_builder_image
from helpers.images.dependencies.change import (
    _run,
    dirs_with_resolver,
    plan_dependencies,
    read_conflicts,
)
from helpers.images.installing.builder_container import BuilderContainer, Finished
from helpers.lockers.commands import Action, Change
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import Conflict
from tests.builders import make_host, make_repo, make_runnable_dir

PROJECT = '[project]\nname = "a"\nversion = "1"\n'


def test_a_plan_says_the_command_and_where_it_runs(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, commit=False)
    app = make_runnable_dir(repo, "app", {"pyproject.toml": PROJECT})
    change = Change(Action.ADD, ("requests>=2",))
    plan = plan_dependencies(repo, app, make_host(tmp_path), change, "linux/arm64")
    assert str(plan).splitlines() == [
        "run /opt/installer/bin/poetry add --no-interaction --no-ansi --lock 'requests>=2'",
        f"in {app.root}",
        f"in a container of {plan.image.reference} for linux/arm64",
        "write pyproject.toml and poetry.lock, once both are complete",
    ]


def test_dirs_share_the_image_unless_what_it_is_made_from_differs(tmp_path: Path) -> None:
    repo, host = make_repo(tmp_path, commit=False), make_host(tmp_path)

    def name(dir: str, packages: str, platform: str = "linux/amd64", *settings: str) -> str:
        files = {"pyproject.toml": PROJECT, "devops/os_packages.txt": packages}
        files["devops/config.yaml"] = "\n".join(settings)
        item = make_runnable_dir(repo, dir, files)
        return plan_builder_image(repo, item, host, platform).reference

    plain = name("app", "")
    assert re.fullmatch(r"helpers-builder:[0-9a-f]{12}", plain)
    assert name("tool", "# none\n") == plain
    others = {
        name("jq", "jq\n"),
        name("old", "", "linux/amd64", "base_image: python:3.12-slim-trixie"),
        name("arm", "", "linux/arm64"),
    }
    assert len(others - {plain}) == 3
    assert [one for one in others if one.endswith("-arm64")]


def test_the_image_knows_the_dirs_os_packages_and_no_lock_file(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, commit=False)
    files = {"pyproject.toml": PROJECT, "poetry.lock": "[broken", "devops/os_packages.txt": "jq\n"}
    app = make_runnable_dir(repo, "app", files)
    plan = plan_dependencies(repo, app, make_host(tmp_path), Change(Action.LOCK))
    assert plan.image.args == {"OS_PACKAGES": "jq"}


def test_all_dirs_are_those_that_poetry_or_uv_lock(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, commit=False)
    app = make_runnable_dir(repo, "app", {"pyproject.toml": PROJECT})
    pip = make_runnable_dir(repo, "pip", {"requirements.txt": "x==1\n"})
    assert dirs_with_resolver([app, pip], Action.LOCK) == [app]
    with pytest.raises(HelpersError, match="no tool"):
        dirs_with_resolver([pip], Action.LOCK)


def test_conflicts_are_read_from_every_kind_of_lock_file(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, commit=False)
    package = '[[package]]\nname = "x"\nversion = "{}"\n'
    files = {"uv.lock": package.format("2"), "pyproject.toml": PROJECT}
    dirs = [
        make_runnable_dir(repo, "a", {"poetry.lock": package.format("1")}),
        make_runnable_dir(repo, "b", files),
        make_runnable_dir(repo, "c", {"requirements.txt": "X==1\n"}),
        make_runnable_dir(repo, "d"),
    ]
    assert read_conflicts(dirs) == (Conflict("x", (("1", ("a", "c")), ("2", ("b",)))),)


def test_requirements_that_are_compiled_leave_pyproject_alone(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, commit=False)
    files = {"pyproject.toml": PROJECT, "requirements.in": "x\n"}
    app = make_runnable_dir(repo, "app", files)
    plan = plan_dependencies(repo, app, make_host(tmp_path), Change(Action.LOCK))
    assert plan.files == ("requirements.txt",)
    assert str(plan).splitlines()[-1] == "write requirements.txt, once it is complete"
    assert dirs_with_resolver([app], Action.UPDATE) == [app]
    with pytest.raises(HelpersError):
        dirs_with_resolver([app], Action.OUTDATED)


class _Recorder:
    """In place of the container in which the command would run."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []

    def run(self, args: tuple[str, ...], _: object) -> Finished:
        self.commands.append(args)
        return Finished(0, "", ())


@pytest.mark.parametrize(
    ("lock", "actions"),
    [
        ({"pyproject.toml": PROJECT, "poetry.lock": ""}, ["lock", "update", "add", "remove"]),
        ({"pyproject.toml": PROJECT, "uv.lock": ""}, ["lock", "update", "add", "remove"]),
        ({"requirements.in": "attrs\n", "requirements.txt": ""}, ["lock", "update"]),
    ],
)
def test_the_command_that_a_plan_shows_is_the_one_that_is_run(
    tmp_path: Path, lock: dict[str, str], actions: list[str]
) -> None:
    repo = make_repo(tmp_path, commit=False)
    app = make_runnable_dir(repo, "app", lock)
    for action in actions:
        packages = () if action == "lock" else ("attrs", "id na>=1")
        change = Change(Action(action), packages)
        plan = plan_dependencies(repo, app, make_host(tmp_path), change)
        recorder = _Recorder()
        _run(cast("BuilderContainer", recorder), plan, lambda: False)
        shown = str(plan).splitlines()[0].removeprefix("run ")
        assert [tuple(shlex.split(shown))] == recorder.commands
        assert all(any(name in word for word in shlex.split(shown)) for name in packages)
