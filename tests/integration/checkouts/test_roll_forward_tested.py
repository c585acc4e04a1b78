"""A submodule goes on only when the tests that its new commits affect pass, on a real engine."""

from pathlib import Path

import pytest

from tests.builders import (
    TEST_REPO,
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.integration.conftest import Workplace
from tests.scenes import head

pytestmark = pytest.mark.slow

_PASSES = "def test_it():\n    assert True\n"
_FAILS = "def test_it():\n    assert False, 'broken by the new commit'\n"


def test_what_breaks_a_test_is_put_back_and_what_fixes_it_is_committed(
    workplace: Workplace, tmp_path: Path
) -> None:
    root = workplace.repo.root
    theirs = make_repo(tmp_path / "theirs", config=f"name: {TEST_REPO}\n")
    requirements = (Path(__file__).parents[1] / "pytest_requirements.txt").read_text()
    files = {
        "requirements.txt": requirements, "pytest.ini": "[pytest]\n", "test_it.py": _PASSES,
    }  # fmt: skip
    # The image that many tests share.
    make_runnable_dir(theirs, "app", files, image_name="helpers-test-app")
    commit_all(theirs.root)
    git(tmp_path, "clone", "--quiet", "--bare", "theirs", "lib.git")
    git(theirs.root, "remote", "add", "origin", str(tmp_path / "lib.git"))
    add_submodule(root, "lib", tmp_path / "lib.git")
    before, recorded = head(root), head(root / "lib")

    def push(content: str) -> str:
        write_files(theirs.root, {"app/test_it.py": content})
        commit = commit_all(theirs.root, "Change the test")
        git(theirs.root, "push", "--quiet", "origin", "HEAD:main")
        return commit

    push(_FAILS)
    done = workplace.invoke("submodule_roll_forward")
    assert done.status == 1, done.stderr
    assert "the affected tests failed with status 1" in done.stdout
    assert "put back to main" in done.stdout
    assert (head(root), head(root / "lib")) == (before, recorded)

    new = push(_PASSES + "\n\ndef test_more():\n    assert True\n")
    done = workplace.invoke("submodule_roll_forward")
    assert done.status == 0, done.stdout + done.stderr
    assert git(root, "rev-parse", "HEAD:lib") == head(root / "lib") == new
    assert "Change the test" in git(root, "log", "-1", "--format=%B")
    summary = (root / "tmp.main_pytest" / "latest" / "summary.json").read_text()
    assert "lib/app" in summary
