from pathlib import Path

import pytest

from helpers.doctor import files
from helpers.doctor.files import read_files
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo")
    for name in ("a", "b"):
        make_runnable_dir(made, name)
    commit_all(made.root)
    return made


def test_of_a_repo_in_order_nothing_is_broken(repo: Repo) -> None:
    found = read_files(repo)
    assert [item.name for item in found.dirs] == ["a", "b"]
    assert (found.broken, found.modules) == ([], True)


def test_every_broken_file_is_told_and_the_other_dirs_are_read_all_the_same(repo: Repo) -> None:
    broken = {
        "a/changelog.txt": "none\n",
        "a/devops/config.yaml": "x: [\n",
        "a/pyproject.toml": "[",
    }
    write_files(repo.root, broken)
    found = read_files(repo)
    assert [item.name for item in found.dirs] == ["b"]
    told = "\n".join(error.where for error in found.broken)
    assert all(name in told for name in ("changelog.txt", "config.yaml", "pyproject.toml"))
    assert len(found.broken) == 3


def test_a_dir_that_lost_its_changelog_is_told(repo: Repo) -> None:
    (repo.root / "a/changelog.txt").unlink()
    (error,) = read_files(repo).broken
    assert "changelog.txt" in str(error)


def test_that_lost_dirs_could_not_be_looked_for_is_told(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Repo) -> None:
        raise HelpersError("git is broken")

    monkeypatch.setattr(files, "find_lost_dirs", fail)
    assert [error.what for error in read_files(repo).broken] == ["git is broken"]


def test_without_readable_submodules_nothing_else_is_asked_of_git(repo: Repo) -> None:
    (repo.root / ".gitmodules").write_text("[submodule\n")
    found = read_files(repo)
    assert (found.dirs, found.modules) == ([], False)
    (error,) = found.broken
    assert error.what.startswith("git cannot read .gitmodules: ")
