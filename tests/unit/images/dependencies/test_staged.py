from pathlib import Path

import pytest

from helpers.images.dependencies.staged import dirs_with_staged_lock
from helpers.model.repo import Repo
from tests.builders import commit_all, git, make_repo, make_runnable_dir, write_files


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repo with a dir that has a lock of its own, and one that a folder around it locks."""
    made = make_repo(tmp_path / "repo", commit=False)
    make_runnable_dir(made, "space/own", {"pyproject.toml": "", "poetry.lock": ""})
    make_runnable_dir(made, "space/member", {"pyproject.toml": ""})
    write_files(made.root, {"space/pyproject.toml": "", "space/uv.lock": ""})
    return made


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ("space/own/poetry.lock", ["space/own"]),
        ("space/own/pyproject.toml", ["space/own"]),
        ("space/own/requirements-dev.txt", ["space/own"]),
        ("space/uv.lock", ["space/member"]),
        ("space/member/code.py", []),
        ("lib/pyproject.toml", []),
    ],
)
def test_dirs_are_those_whose_lock_or_project_is_staged(
    repo: Repo, changed: str, names: list[str]
) -> None:
    commit_all(repo.root)
    write_files(repo.root, {changed: "# changed\n"})
    assert dirs_with_staged_lock(repo) == []
    git(repo.root, "add", "--all")
    assert [item.name for item in dirs_with_staged_lock(repo)] == names


def test_before_the_first_commit_all_that_is_staged_counts(repo: Repo) -> None:
    git(repo.root, "add", "space/own")
    assert [item.name for item in dirs_with_staged_lock(repo)] == ["space/own"]
