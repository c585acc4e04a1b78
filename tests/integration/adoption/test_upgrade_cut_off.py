"""Upgrades that are killed at any step: undone, or brought to their end, without a trace."""

import shlex
from pathlib import Path

import pytest

from helpers.system.process import run
from helpers.vcs.files import list_files
from tests.builders import commit_all, git, write_files
from tests.upgrades import USER, Adopter, make_adopter

pytestmark = pytest.mark.slow

_FILES = {
    "repo_config.yaml": "# of 1.3\nname: shop\n",
    "apps/pay/changelog.txt": "# pay-1.0.0\n- 2026-01-02\n- First\n",
    "apps/pay/devops/config.yaml": "sibling: true\n",
}
# Kills itself instead of the step of that number: all that changes anything is a step.
_DRIVER = """
import os, signal, sys
toolchain, deadly, task_arguments = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
sys.path.insert(0, toolchain)
from helpers.adoption.upgrades import upgrade
steps = 0
def counted(function):
    def step(*args, **options):
        global steps
        steps += 1
        if steps == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)
    return step
for name in ("write_record", "forget_record"):
    setattr(upgrade, name, counted(getattr(upgrade, name)))
upgrade.written.put_state = counted(upgrade.written.put_state)
upgrade.submodule_bump.check_out = counted(upgrade.submodule_bump.check_out)
from invoke.context import Context
from helpers.tasks.upgrade import helpers_upgrade
helpers_upgrade(Context(), **dict.fromkeys(task_arguments, True))
print("steps:", steps)
"""
# The record, the submodule, six files and links, the record.
_ALL_STEPS = 9
_ALL_UNDO_STEPS = 8
# Of the files the first, one in between, and the last.
_UPGRADE_STEPS = (1, 2, 3, 5, 8, 9)
_UNDO_STEPS = (1, 2, 4, 7, 8)


@pytest.fixture(scope="module")
def remote(releases: Path) -> Path:
    return releases


@pytest.fixture
def adopter(tmp_path: Path, remote: Path) -> Adopter:
    return make_adopter(tmp_path / "my shop", remote, _FILES)


def _killed_at(adopter: Adopter, step: int, *arguments: str) -> None:
    python = adopter.command()[0]
    command = [python, "-I", "-c", _DRIVER, str(adopter.toolchain), str(step), *arguments]
    done = run(command, cwd=adopter.root, env=USER, check=False)
    assert done.status == -9, done.stdout + done.stderr


def _upgraded(adopter: Adopter) -> dict[str, str]:
    """How it looks when nothing comes in between."""
    assert adopter.upgrade("--yes", "--no-tests").status == 0
    after = adopter.state()
    assert adopter.upgrade("--undo").status == 0
    return after


def test_the_steps_are_all_there_are(adopter: Adopter) -> None:
    python = adopter.command()[0]
    command = [python, "-I", "-c", _DRIVER, str(adopter.toolchain), "0"]
    done = run([*command, "yes", "no_tests"], cwd=adopter.root, env=USER)
    assert f"steps: {_ALL_STEPS}\n" in done.stdout
    undone = run([*command, "undo"], cwd=adopter.root, env=USER)
    assert f"steps: {_ALL_UNDO_STEPS}\n" in undone.stdout


@pytest.mark.parametrize("step", _UPGRADE_STEPS)
def test_an_upgrade_that_was_killed_is_undone(adopter: Adopter, step: int) -> None:
    before = adopter.state()
    _killed_at(adopter, step, "yes", "no_tests")
    done = adopter.upgrade("--undo")
    # Before the record is written nothing has changed.
    assert done.status == (2 if step == 1 else 0), done.stderr
    assert adopter.state() == before


@pytest.mark.parametrize("step", _UPGRADE_STEPS)
def test_an_upgrade_that_was_killed_goes_on_when_it_is_typed_again(
    adopter: Adopter, step: int
) -> None:
    before, after = adopter.state(), _upgraded(adopter)
    _killed_at(adopter, step, "yes", "no_tests")
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 0, done.stderr
    # Until the submodule moves there is nothing to go on with.
    assert ("did not come to its end" in done.stdout) is (step > 2)
    assert adopter.state() == after
    assert adopter.upgrade("--undo").status == 0
    assert adopter.state() == before


@pytest.mark.parametrize("step", _UNDO_STEPS)
def test_an_undo_that_was_killed_goes_on_when_it_is_typed_again(
    adopter: Adopter, step: int
) -> None:
    before = adopter.state()
    assert adopter.upgrade("--yes", "--no-tests").status == 0
    _killed_at(adopter, step, "undo")
    done = adopter.upgrade("--undo")
    assert done.status == 0, done.stderr
    assert adopter.state() == before


def _cut_off_checkout(adopter: Adopter) -> None:
    """What git leaves that is killed while it writes files: the index and HEAD are as before."""
    _killed_at(adopter, 2, "yes", "no_tests")
    new = git(adopter.toolchain, "show", "v1.4.0:CHANGELOG.md")
    write_files(adopter.toolchain, {"CHANGELOG.md": new + "\n", "new.txt": "new\n"})


@pytest.mark.parametrize("undone", [True, False])
def test_a_checkout_that_was_cut_off_is_fixed(adopter: Adopter, undone: bool) -> None:
    expected = adopter.state() if undone else _upgraded(adopter)
    _cut_off_checkout(adopter)
    done = adopter.upgrade("--undo") if undone else adopter.upgrade("--yes", "--no-tests")
    assert done.status == 0, done.stderr
    assert adopter.state() == expected


def test_the_lock_of_a_git_that_was_killed_is_told(adopter: Adopter) -> None:
    before = adopter.state()
    _cut_off_checkout(adopter)
    lock = Path(git(adopter.toolchain, "rev-parse", "--absolute-git-dir")) / "index.lock"
    lock.touch()
    for arguments in (("--undo",), ("--yes", "--no-tests")):
        done = adopter.upgrade(*arguments)
        assert done.status == 2
        assert f"rm {shlex.quote(str(lock))}," in done.stderr
    lock.unlink()
    assert adopter.upgrade("--undo").status == 0
    assert adopter.state() == before


@pytest.mark.parametrize(
    ("path", "content"),
    [("helpers_root/README.md", "mine\n"), ("apps/pay/devops/config.yaml", "sibling: own\n")],
)
@pytest.mark.parametrize("arguments", [("--undo",), ("--yes", "--no-tests")])
def test_what_was_changed_meanwhile_is_not_lost(
    adopter: Adopter, path: str, content: str, arguments: tuple[str, ...]
) -> None:
    _killed_at(adopter, 4, "yes", "no_tests")
    write_files(adopter.root, {path: content})
    before = adopter.state()
    done = adopter.upgrade(*arguments)
    assert done.status == 2
    assert f"{path} was changed since the upgrade began; that would be lost" in done.stderr
    assert adopter.state() == before


def test_an_undo_does_not_follow_a_submodule_that_was_moved_on(adopter: Adopter) -> None:
    assert adopter.upgrade("--yes", "--no-tests").status == 0
    git(adopter.toolchain, "checkout", "--quiet", "v1.2.0")
    done = adopter.upgrade("--undo")
    assert done.status == 2
    assert "helpers_root was moved to another commit since" in done.stderr


def test_git_alone_undoes_what_the_message_says(adopter: Adopter) -> None:
    before = adopter.state()
    _killed_at(adopter, 4, "yes", "no_tests")
    write_files(adopter.root, {"apps/pay/devops/config.yaml": "sibling: own\n"})
    told = adopter.upgrade("--undo").stderr
    command = told.partition("in the repo's root: ")[2].splitlines()[0]
    run(["sh", "-c", command], cwd=adopter.root)
    assert adopter.state() == before
    # Nothing is left to go on with.
    again = adopter.upgrade("--yes", "--no-tests")
    assert (again.status, "did not come to its end" in again.stdout) == (0, False)


def test_another_target_is_refused_until_the_first_came_to_its_end(adopter: Adopter) -> None:
    _killed_at(adopter, 3, "yes", "no_tests")
    done = adopter.upgrade("--yes", "--no-tests", "--to", "v1.3.0")
    assert done.status == 2
    assert "the upgrade to 1.4.0 did not come to its end" in done.stderr
    assert adopter.upgrade("--yes", "--no-tests", "--to", "v1.4.0").status == 0


def test_the_branch_of_the_submodule_comes_back(adopter: Adopter) -> None:
    git(adopter.toolchain, "checkout", "--quiet", "-B", "main", "v1.3.0")
    before = adopter.state()
    assert before["branch"] == "main"
    assert adopter.upgrade("--yes", "--no-tests").status == 0
    assert adopter.upgrade("--undo").status == 0
    assert adopter.state() == before


def test_an_upgrade_that_was_committed_is_undone_in_the_work_tree(adopter: Adopter) -> None:
    files = _files(adopter)
    assert adopter.upgrade("--yes", "--no-tests", "--commit").status == 0
    assert git(adopter.root, "status", "--porcelain") == ""
    assert adopter.upgrade("--undo").status == 0
    assert _files(adopter) == files
    commit_all(adopter.root, "Back")
    assert adopter.upgrade("--yes", "--no-tests").status == 0


def _files(adopter: Adopter) -> dict[str, object]:
    """The files of the work tree alone, whatever git keeps."""
    state = adopter.state()
    return {name: state[name] for name in list_files(adopter.root)}
