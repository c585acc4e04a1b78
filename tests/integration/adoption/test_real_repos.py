"""Twelve repos shaped like real ones: two commands adopt each, nobody edits a file, all pass."""

from pathlib import Path

import pytest

from helpers.system.process import run
from tests.adopters import in_shell, make_adopter, run_adopt
from tests.builders import commit_all, git, write_files
from tests.real_repos import REAL_REPOS, RealRepo

pytestmark = pytest.mark.superslow


@pytest.mark.parametrize("real", REAL_REPOS.values(), ids=REAL_REPOS)
def test_every_package_becomes_a_dir_that_passes_its_tests(
    root: Path, remote: Path, real: RealRepo
) -> None:
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
    assert _untouched(root, real) == []


def _untouched(root: Path, real: RealRepo) -> list[str]:
    """Files of theirs that are not there any more, or whose lines are not."""
    gone = []
    for name, content in real.files.items():
        path = root / name
        kept = path.read_text().splitlines() if path.is_file() else []
        gone += [f"{name}: {line}" for line in content.splitlines() if line not in kept]
    return gone
