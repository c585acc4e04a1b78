"""Repos shaped like real ones: two commands adopt each, nobody edits a file, all pass."""

from pathlib import Path

import pytest

from helpers.system.process import ProcessResult, run
from tests.adopters import in_shell, make_adopter, run_adopt
from tests.builders import commit_all, git, write_files
from tests.projects import notebook
from tests.real_repos import NOTEBOOKS, REAL_REPOS, UV_WORKSPACE, RealRepo

pytestmark = pytest.mark.superslow


# The workspace of uv goes on in a test of its own, and so do the notebooks.
@pytest.mark.parametrize(
    "name", [name for name in REAL_REPOS if name not in (UV_WORKSPACE, NOTEBOOKS)]
)
def test_every_package_becomes_a_dir_that_passes_its_tests(
    root: Path, remote: Path, name: str
) -> None:
    _adopt_and_test(root, remote, REAL_REPOS[name])


def test_notebooks_run_in_the_image_that_they_get(root: Path, remote: Path) -> None:
    _adopt_and_test(root, remote, REAL_REPOS[NOTEBOOKS])
    write_files(root, {"studies/waves/third.ipynb": notebook("1 / 0")})
    failed = _tested(root, "--no-build", "--", "-k", "third")
    assert failed.status == 1, failed.stdout + failed.stderr
    assert "ZeroDivisionError" in failed.stdout


def _adopt_and_test(root: Path, remote: Path, real: RealRepo) -> None:
    write_files(root, dict(real.files))
    commit_all(root, "Theirs")
    if real.tag:
        git(root, "tag", real.tag)
    make_adopter(root, remote, adopt=False)
    adopted = run_adopt(root, "--yes")
    assert adopted.status == 0, adopted.stdout + adopted.stderr
    for folder in real.packages:
        how = real.options.get(folder, "--from-pyproject")
        made = in_shell(
            root, f"source ./setenv.sh; i runnable_dir_create --dir {folder} {how} --yes"
        )
        assert made.status == 0, made.stdout + made.stderr
    tested = _tested(root)
    assert tested.status == 0, tested.stdout + tested.stderr
    for folder, number in real.packages.items():
        assert f"{folder}: passed ({number} passed, 0 failed, 0 skipped" in tested.stdout
    assert real.lost(root) == []


def _tested(root: Path, *args: str) -> ProcessResult:
    command: list[str | Path] = [root / "main_pytest.py", "--suite", "all", *args]
    return run(command, cwd=root, check=False, timeout=900)
