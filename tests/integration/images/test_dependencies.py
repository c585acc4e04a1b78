import errno
import os
import signal
import stat
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.images.dependencies.change import (
    StaleLockError,
    plan_dependencies,
    resolve,
    resolve_all,
)
from helpers.lockers.commands import Action, Change
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.events import BuildStarted, BuildStep, Event
from helpers.model.packages.locked import DependencyOutcome, PackageChange
from helpers.model.repo import Repo
from helpers.system.host import Host, read_host
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, make_repo, make_runnable_dir
from tests.needs import find_program

pytestmark = pytest.mark.slow

PROJECT = """\
[project]
name = "app"
version = "1"
requires-python = ">=3.11"
dependencies = ["iniconfig<2.1"]  # stays
"""
POETRY = f"{PROJECT}\n[tool.poetry]\npackage-mode = false\n"
UV = f"{PROJECT}\n[tool.uv]\npackage = false\n"
TOOLS = [("poetry.lock", POETRY), ("uv.lock", UV)]


@pytest.fixture
def repo(workspace: Path, client: Client) -> Repo:
    """One of many of a name: the image in which lock files are written is built once for all."""
    return make_repo(workspace / "repo ü", config=f"name: {TEST_REPO}-locks\n")


@pytest.fixture
def host() -> Host:
    return read_host()


def change(
    repo: Repo, host: Host, action: Action, *packages: str, group: str = ""
) -> DependencyOutcome:
    plan = plan_dependencies(repo, repo.runnable_dir("app"), host, Change(action, packages, group))
    return resolve(repo, plan, host, ignore)


def ignore(event: Event) -> None:
    """Nobody listens."""


def contents(root: Path) -> dict[str, bytes]:
    return {item.name: item.read_bytes() for item in root.iterdir() if item.is_file()}


@pytest.mark.superslow
@pytest.mark.parametrize(("lock_file", "project"), TOOLS)
def test_a_day_of_a_lock_file(repo: Repo, host: Host, lock_file: str, project: str) -> None:
    app = make_runnable_dir(repo, "app", {"pyproject.toml": project})
    (app.root / "pyproject.toml").chmod(0o640)

    locked = change(repo, host, Action.LOCK)
    assert locked.written == (lock_file,)
    assert locked.changes == (PackageChange("iniconfig", (), ("2.0.0",)),)
    if lock_file == "poetry.lock":
        assert "://" not in (app.root / lock_file).read_text()

    (outdated,) = change(repo, host, Action.OUTDATED).outdated
    assert (outdated.name, outdated.locked) == ("iniconfig", "2.0.0")

    added = change(repo, host, Action.ADD, "pluggy<1.6", group="dev")
    assert added.changes == (PackageChange("pluggy", (), ("1.5.0",)),)
    assert set(added.written) == {lock_file, "pyproject.toml"}
    content = (app.root / "pyproject.toml").read_text()
    assert "# stays" in content
    assert "pluggy" in str(tomllib.loads(content))
    assert stat.S_IMODE((app.root / "pyproject.toml").stat().st_mode) == 0o640

    widened = content.replace("iniconfig<2.1", "iniconfig<2.2")
    (app.root / "pyproject.toml").write_text(widened)
    with pytest.raises(StaleLockError) as caught:
        change(repo, host, Action.CHECK)
    assert caught.value.fix == "i dependency_lock --dir app"
    assert change(repo, host, Action.LOCK).changes == ()
    updated = change(repo, host, Action.UPDATE, "iniconfig")
    assert updated.changes == (PackageChange("iniconfig", ("2.0.0",), ("2.1.0",)),)

    removed = change(repo, host, Action.REMOVE, "pluggy", group="dev")
    assert removed.changes == (PackageChange("pluggy", ("1.5.0",), ()),)
    assert change(repo, host, Action.LOCK).written == ()
    assert change(repo, host, Action.CHECK).written == ()


@pytest.mark.superslow
@pytest.mark.parametrize(("lock_file", "project"), TOOLS)
def test_what_fails_changes_nothing_and_says_why(
    repo: Repo, host: Host, client: Client, lock_file: str, project: str
) -> None:
    app = make_runnable_dir(
        repo, "app", {"pyproject.toml": project, lock_file: "no = 'lock file'\n"}
    )
    change(repo, host, Action.LOCK)
    before = contents(app.root)
    with pytest.raises(HelpersError) as unknown:
        change(repo, host, Action.ADD, "no-such-package-of-anybody-here")
    assert "no-such-package-of-anybody-here" in unknown.value.where
    with pytest.raises(HelpersError) as unsolvable:
        change(repo, host, Action.ADD, "iniconfig>=90")
    assert "iniconfig" in unsolvable.value.where
    assert contents(app.root) == before
    mine = {labels.REPO_ROOT: str(repo.root)}
    # They are removed while the command goes on.
    until = time.monotonic() + 30
    while engine.containers(mine) and time.monotonic() < until:
        time.sleep(0.1)
    assert engine.containers(mine) == []
    assert list((repo.root / "tmp.helpers" / "dependencies").glob("app-*")) == []


@pytest.mark.superslow
def test_an_index_that_cannot_be_reached_changes_nothing(repo: Repo, host: Host) -> None:
    app = make_runnable_dir(repo, "app", {"pyproject.toml": UV})
    before = contents(app.root)
    nowhere = "https://user:s3cret@127.0.0.1:9/simple"
    away = replace(host, environment={**host.environment, "PIP_INDEX_URL": nowhere})
    with pytest.raises(HelpersError, match="nothing is changed") as caught:
        change(repo, away, Action.LOCK)
    assert "127.0.0.1:9" in caught.value.where
    assert "s3cret" not in str(caught.value) + caught.value.where
    assert contents(app.root) == before


def test_packages_by_path_are_found_in_the_repo(repo: Repo, host: Host) -> None:
    make_runnable_dir(repo, "lib", {"pyproject.toml": POETRY.replace('"app"', '"lib"')})
    by_path = f'{POETRY}\n[tool.poetry.dependencies]\nlib = {{ path = "../lib" }}\n'
    make_runnable_dir(repo, "app", {"pyproject.toml": by_path})
    assert change(repo, host, Action.LOCK).changes == (PackageChange("iniconfig", (), ("2.0.0",)),)


@pytest.mark.superslow
def test_several_dirs_at_once_and_one_that_fails(repo: Repo, host: Host) -> None:
    good = make_runnable_dir(repo, "good", {"pyproject.toml": POETRY})
    bad = make_runnable_dir(
        repo, "bad", {"pyproject.toml": UV.replace("iniconfig<2.1", "iniconfig>90")}
    )
    lock = Change(Action.LOCK)
    plans = [plan_dependencies(repo, one, host, lock) for one in (good, bad)]
    first, second = resolve_all(repo, plans, host, ignore)
    assert first.error is None
    assert first.written == ("poetry.lock",)
    assert second.error
    assert not (bad.root / "uv.lock").exists()


@pytest.mark.superslow
def test_dirs_share_the_image_also_where_a_lock_file_is_broken(repo: Repo, host: Host) -> None:
    for name in ("first", "second"):
        files = {"pyproject.toml": POETRY, "poetry.lock": "[broken\n"}
        item = make_runnable_dir(repo, name, files)
        events: list[Event] = []
        resolve(
            repo, plan_dependencies(repo, item, host, Change(Action.UPDATE)), host, events.append
        )
    # It is not built again: all that is told is what resolves.
    steps = [event for event in events if isinstance(event, BuildStep | BuildStarted)]
    assert steps == [BuildStep("second", "poetry update", ended=ended) for ended in (False, True)]


_AS_USER = """\
import sys
from pathlib import Path
from helpers.images.dependencies.change import plan_dependencies, resolve
from helpers.lockers.commands import Action, Change
from helpers.system.host import read_host
from helpers.system.repo_files import load_repo
host, repo = read_host(), load_repo(Path(sys.argv[1]))
plan = plan_dependencies(repo, repo.runnable_dir("app"), host, Change(Action.LOCK))
resolve(repo, plan, host, lambda event: None)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_what_is_written_belongs_to_the_user(repo: Repo, client: Client) -> None:
    setpriv = find_program("setpriv", "util-linux")
    app = make_runnable_dir(repo, "app", {"pyproject.toml": POETRY})
    home = repo.root / "home"
    home.mkdir()
    for path in (repo.root, *repo.root.rglob("*")):
        os.chown(path, 4321, 4322, follow_symlinks=False)
    group = Path("/var/run/docker.sock").stat().st_gid
    identity = ["--reuid=4321", "--regid=4322", f"--groups={group}"]
    environment = {"PYTHONPATH": str(TOOLCHAIN_ROOT), "HOME": str(home), "USER": "somebody"}
    command = [setpriv, *identity, sys.executable, "-c", _AS_USER, str(repo.root)]
    done = run(command, env=environment, cwd=repo.root, check=False)
    if "PermissionError" in done.stderr and str(TOOLCHAIN_ROOT) in done.stderr:
        pytest.skip("another user cannot read this checkout")
    assert done.status == 0, done.stderr
    written = (app.root / "poetry.lock").stat()
    assert (written.st_uid, written.st_gid) == (4321, 4322)
    caches = repo.root / "tmp.helpers" / "dependencies" / "caches"
    assert {path.stat().st_uid for path in caches.rglob("*")} == {4321}


_AS_TASK = """\
import sys
from invoke.context import Context
from helpers.tasks import dependencies
dependencies.dependency_add(Context(), package=sys.argv[1:], dir="app")
"""


def start_task(repo: Repo, *packages: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _AS_TASK, *packages],
        cwd=repo.root,
        env={**os.environ, "PYTHONPATH": str(TOOLCHAIN_ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def open_for_reader(pipe: Path, seconds: float) -> int:
    """Open a named pipe once a process reads it, which then waits for as long as this is open."""
    until = time.monotonic() + seconds
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > until:
                raise
        time.sleep(0.02)


@pytest.mark.superslow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_leaves_everything_as_it_was(
    repo: Repo, host: Host, client: Client, number: signal.Signals
) -> None:
    app = make_runnable_dir(repo, "app", {"pyproject.toml": POETRY})
    change(repo, host, Action.LOCK)
    beside = app.root / "beside"
    beside.mkdir()
    os.mkfifo(beside / "pyproject.toml")  # so that the tool cannot end before the signal
    before = contents(app.root)
    mine = {labels.REPO_ROOT: str(repo.root)}
    task = start_task(repo, "./beside")
    held = open_for_reader(beside / "pyproject.toml", seconds=60)
    assert any(item.running for item in engine.containers(mine))
    task.send_signal(number)
    task.communicate(timeout=60)
    os.close(held)
    assert task.returncode == 130
    assert engine.containers(mine) == []
    assert contents(app.root) == before


@pytest.mark.superslow
def test_the_task_tells_what_changed_and_what_failed(repo: Repo) -> None:
    make_runnable_dir(repo, "app", {"pyproject.toml": POETRY})
    good = start_task(repo, "pluggy<1.6", "packaging<25")
    shown, _ = good.communicate(timeout=120)
    assert good.returncode == 0
    assert "pluggy     added  1.5.0" in shown
    assert "i docker_build_local_image --dir app --bump" in shown
    bad = start_task(repo, "no-such-package-of-anybody-here")
    _, said = bad.communicate(timeout=120)
    assert bad.returncode == 2
    assert "error: poetry failed with status 1; nothing is changed" in said
    assert "Traceback" not in said


def test_the_root_of_the_repo_is_a_dir_like_others(repo: Repo, host: Host) -> None:
    made = make_runnable_dir(repo, ".", {"pyproject.toml": UV, "src/a.py": ""})
    plan = plan_dependencies(repo, made, host, Change(Action.LOCK))
    assert resolve(repo, plan, host, ignore).written == ("uv.lock",)


@pytest.mark.superslow
@pytest.mark.parametrize(("lock_file", "project"), TOOLS)
def test_a_package_of_the_repo_is_added_locked_and_taken_out(
    repo: Repo, host: Host, lock_file: str, project: str
) -> None:
    app = make_runnable_dir(repo, "app", {"pyproject.toml": project})
    text = repo.root / "libs" / "text"
    text.mkdir(parents=True)
    build = '[build-system]\nrequires = ["flit-core"]\nbuild-backend = "flit_core.buildapi"\n'
    named = '[project]\nname = "text"\nversion = "1"\ndependencies = ["packaging"]\n\n'
    (text / "pyproject.toml").write_text(named + build)
    here = replace(host, directory=repo.root)

    def by_path(action: Action) -> DependencyOutcome:
        plan = plan_dependencies(repo, app, here, Change(action, (), "", ("libs/text",)))
        return resolve(repo, plan, here, ignore)

    added = by_path(Action.ADD)
    assert added.written == (lock_file, "pyproject.toml")
    assert [one.name for one in added.changes] == ["iniconfig", "packaging"]
    content = tomllib.loads((app.root / "pyproject.toml").read_text())
    assert content["project"]["dependencies"] == ["iniconfig<2.1", "text"]
    assert "libs/text" in (app.root / lock_file).read_text()

    removed = by_path(Action.REMOVE)
    assert [one.name for one in removed.changes] == ["packaging"]
    assert "libs/text" not in (app.root / lock_file).read_text()

    there = contents(app.root)
    (text / "pyproject.toml").write_text(named.replace("packaging", "packaging<0") + build)
    with pytest.raises(HelpersError, match="nothing is changed"):
        by_path(Action.ADD)
    assert contents(app.root) == there
