from pathlib import Path

import pytest

from helpers.images.dependencies.changed_locks import dirs_with_changed_lock
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files


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
def test_dirs_are_those_whose_lock_or_project_changed(
    repo: Repo, changed: str, names: list[str]
) -> None:
    commit_all(repo.root)
    assert dirs_with_changed_lock(repo, "HEAD") == []
    write_files(repo.root, {changed: "# changed\n"})
    assert [item.name for item in dirs_with_changed_lock(repo, "HEAD")] == names
    commit_all(repo.root)
    assert dirs_with_changed_lock(repo, "HEAD") == []
    assert [item.name for item in dirs_with_changed_lock(repo, "HEAD~1")] == names


def test_before_the_first_commit_everything_changed(repo: Repo) -> None:
    names = [item.name for item in dirs_with_changed_lock(repo, "HEAD")]
    assert names == ["space/member", "space/own"]


def test_a_ref_that_is_not_there_is_an_error_that_says_how_to_get_it(repo: Repo) -> None:
    commit_all(repo.root)
    with pytest.raises(HelpersError, match="elsewhere") as caught:
        dirs_with_changed_lock(repo, "elsewhere")
    assert caught.value.fix
