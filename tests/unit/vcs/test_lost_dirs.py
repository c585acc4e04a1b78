"""A dir that lost its changelog or its `devops/` is told, and what is printed brings it back."""

import subprocess
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.vcs.chosen_dir import find_dir
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.lost_dirs import check_lost_dirs, find_lost_dirs, find_staged_lost
from tests.builders import (
    GIT_ENVIRONMENT,
    add_submodule,
    adopting,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)

_NAMES = [".", "apps/one two", "apps/three"]


def _repo(root: Path) -> Repo:
    repo = make_repo(root)
    for name in _NAMES:
        make_runnable_dir(repo, name, {"code.py": ""})
    commit_all(root)
    return repo


def _type(error: HelpersError, elsewhere: Path) -> None:
    subprocess.run(["bash", "-c", error.fix], cwd=elsewhere, check=True, env=GIT_ENVIRONMENT)


@pytest.mark.parametrize(
    "lost",
    [
        ("rm", "changelog.txt"),
        ("git rm --quiet", "changelog.txt"),
        ("rm -r", "devops"),
        ("git rm -r --quiet", "devops"),
    ],
)
@pytest.mark.parametrize("name", [".", "apps/one two"])
def test_what_git_has_is_missed_and_brought_back(
    tmp_path: Path, name: str, lost: tuple[str, str]
) -> None:
    repo = _repo(tmp_path / "repo")
    assert find_lost_dirs(repo) == {}
    command = " ".join(lost)
    subprocess.run(["bash", "-c", command], cwd=repo.root / name, check=True)
    assert name not in [found.name for found in discover_dirs(repo)]
    (error,) = find_lost_dirs(repo).values()
    assert lost[1] in error.what
    _type(error, tmp_path)
    assert find_lost_dirs(repo) == {}
    assert [found.name for found in discover_dirs(repo)] == sorted(_NAMES)
    assert git(repo.root, "status", "--short") == ""


def test_a_deletion_that_is_committed_is_missed_since_the_branch_began(tmp_path: Path) -> None:
    repo = _repo(tmp_path / "repo")
    before = (repo.root / "apps/three/changelog.txt").read_bytes()
    git(repo.root, "branch", "main2")
    (repo.root / "apps/three/changelog.txt").unlink()
    commit_all(repo.root)
    # Nothing of it says that it was runnable: a list of packages may be anybody's.
    assert find_lost_dirs(repo) == {}
    (error,) = find_lost_dirs(repo, "main2").values()
    _type(error, tmp_path)
    assert (repo.root / "apps/three/changelog.txt").read_bytes() == before


@pytest.mark.parametrize(
    "files",
    [
        {"devops/deploy.sh": "", "pyproject.toml": ""},
        {"devops/config.yaml": "clusters: [one]\n", "pyproject.toml": ""},
        {"devops/config.yaml": "# none\n", "requirements.txt": ""},
        {"devops/config.yaml": "]", "requirements.txt": ""},
        {"devops/os_packages.txt": "", "pyproject.toml": ""},
        {"devops/Dockerfile": "", "devops/compose.yaml": ""},
        {"changelog.txt": "", "pyproject.toml": ""},
    ],
)
def test_folders_of_that_name_that_are_nobodys_runnable_dir_raise_no_alarm(
    tmp_path: Path, files: dict[str, str]
) -> None:
    repo = make_repo(tmp_path / "repo")
    write_files(repo.root / "other", files)
    assert find_lost_dirs(repo) == {}
    commit_all(repo.root)
    assert find_lost_dirs(repo) == {}


def test_what_is_removed_moved_or_left_out_is_not_lost(tmp_path: Path) -> None:
    repo = _repo(tmp_path / "repo")
    git(repo.root, "mv", "apps/three", "apps/four")
    git(repo.root, "rm", "-r", "--quiet", "apps/one two")
    assert find_lost_dirs(repo) == find_staged_lost(repo) == {}
    git(repo.root, "reset", "--quiet", "--hard")
    git(repo.root, "sparse-checkout", "set", "apps/three")
    assert not (repo.root / "devops").exists()
    assert find_lost_dirs(repo) == {}


def test_dirs_of_submodules_are_missed_and_those_of_the_toolchain_are_not(tmp_path: Path) -> None:
    inner = _repo(tmp_path / "inner")
    repo = make_repo(tmp_path / "repo")
    for place in ("lib", "helpers_root"):
        add_submodule(repo.root, place, inner.root)
        (repo.root / place / "apps/three/changelog.txt").unlink()
    found = find_lost_dirs(adopting(repo, "helpers_root"))
    assert list(found) == ["lib/apps/three"]
    _type(found["lib/apps/three"], tmp_path)
    assert git(repo.root / "lib", "status", "--short") == ""


def test_a_commit_that_takes_a_changelog_away_is_told(tmp_path: Path) -> None:
    repo = _repo(tmp_path / "repo")
    (repo.root / "apps/three/changelog.txt").unlink()
    assert find_staged_lost(repo) == {}
    git(repo.root, "add", "--all")
    _type(find_staged_lost(repo)["apps/three"], tmp_path)
    assert find_staged_lost(repo) == {}
    assert find_staged_lost(make_repo(tmp_path / "new", commit=False)) == {}


def test_from_within_a_dir_that_lost_its_changelog_the_one_above_is_not_meant(
    tmp_path: Path,
) -> None:
    repo = _repo(tmp_path / "repo")
    (repo.root / "apps/three/changelog.txt").unlink()
    for wanted in ("", "apps/three"):
        with pytest.raises(HelpersError, match=r"apps/three.* changelog\.txt") as caught:
            find_dir(repo, repo.root / "apps/three", wanted)
        assert caught.value.fix == find_lost_dirs(repo)["apps/three"].fix


def test_many_are_one_error_whose_lines_bring_all_back(tmp_path: Path) -> None:
    repo = _repo(tmp_path / "repo")
    for name in _NAMES:
        (repo.root / name / "changelog.txt").unlink()
    with pytest.raises(HelpersError, match="3 runnable dirs lack a part") as caught:
        check_lost_dirs(find_lost_dirs(repo).values())
    _type(caught.value, tmp_path)
    assert len(discover_dirs(repo)) == len(_NAMES)
