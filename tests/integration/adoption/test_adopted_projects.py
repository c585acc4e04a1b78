"""Repos as people have them adopt the toolchain in two commands, and their tests pass."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.system.process import run
from tests.adopters import in_shell, make_adopter, run_adopt
from tests.builders import commit_all, git
from tests.projects import (
    write_poetry_application,
    write_setuptools_library,
    write_uv_workspace,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def folder_name() -> str:
    """With a blank, as people have it."""
    return "their repo "


@pytest.mark.superslow
@pytest.mark.parametrize(
    ("write", "lock_file", "tests"),
    [
        pytest.param(write_poetry_application, "poetry.lock", 1, id="a Poetry application"),
        pytest.param(write_uv_workspace, "uv.lock", 2, id="a uv workspace"),
        pytest.param(write_setuptools_library, "requirements.txt", 1, id="a setuptools library"),
    ],
)
def test_a_repo_adopts_in_two_commands_passes_and_is_as_it_was_once_it_unadopts(
    root: Path, remote: Path, write: Callable[[Path], None], lock_file: str, tests: int
) -> None:
    write(root)
    commit_all(root)
    before = git(root, "ls-tree", "-r", "HEAD")
    make_adopter(root, remote, adopt=False)
    adopted = run_adopt(root, "--yes")
    assert adopted.status == 0, adopted.stdout + adopted.stderr
    assert (root / lock_file).is_file()
    tested = run([root / "main_pytest.py", "--suite", "all"], cwd=root, check=False, timeout=600)
    assert tested.status == 0, tested.stdout + tested.stderr
    assert f"{tests} passed, 0 failed" in tested.stdout.splitlines()[-1]
    commit_all(root)
    again = run_adopt(root, "--yes")
    assert "nothing to write" in again.stdout, again.stdout
    assert git(root, "status", "--porcelain") == ""
    checked = in_shell(root, "source ./setenv.sh && i adopt_check")
    assert checked.status == 0, checked.stdout + checked.stderr
    done = in_shell(root, "source ./setenv.sh && i unadopt --yes")
    assert done.status == 0, done.stdout + done.stderr
    commit_all(root)
    assert git(root, "ls-tree", "-r", "HEAD") == before
