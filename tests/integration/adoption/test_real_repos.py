"""Repos shaped like real ones: two commands adopt each, nobody edits a file, all pass."""

from pathlib import Path

import pytest

from helpers.system.process import run
from tests.adopters import in_shell, make_adopter, run_adopt
from tests.builders import commit_all, git, write_files
from tests.real_repos import REAL_REPOS, UV_WORKSPACE

pytestmark = pytest.mark.superslow


# The workspace of uv goes on in a test of its own.
@pytest.mark.parametrize("name", [name for name in REAL_REPOS if name != UV_WORKSPACE])
def test_every_package_becomes_a_dir_that_passes_its_tests(
    root: Path, remote: Path, name: str
) -> None:
    real = REAL_REPOS[name]
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
    tested = run([root / "main_pytest.py", "--suite", "all"], cwd=root, check=False, timeout=900)
    assert tested.status == 0, tested.stdout + tested.stderr
    for folder, number in real.packages.items():
        assert f"{folder}: passed ({number} passed, 0 failed, 0 skipped" in tested.stdout
    assert real.lost(root) == []
