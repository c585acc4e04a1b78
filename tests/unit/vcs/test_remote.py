from pathlib import Path

import pytest

from helpers.vcs.remote import read_published
from tests.builders import commit_all, git, make_repo, write_files


def _with_remote(tmp_path: Path) -> Path:
    root = make_repo(tmp_path / "repo").root
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    return root


def test_a_commit_that_a_branch_of_the_remote_has_is_pushed(tmp_path: Path) -> None:
    root = _with_remote(tmp_path)
    assert not read_published(root).pushed
    git(root, "push", "--quiet", "origin", "HEAD:any")
    git(root, "fetch", "--quiet", "origin")
    found = read_published(root)
    assert found.pushed
    assert not found.dirty
    assert found.commit == git(root, "rev-parse", "HEAD")


def test_a_later_commit_is_not(tmp_path: Path) -> None:
    root = _with_remote(tmp_path)
    git(root, "push", "--quiet", "origin", "HEAD:main")
    git(root, "fetch", "--quiet", "origin")
    earlier = git(root, "rev-parse", "HEAD")
    commit_all(root)
    assert not read_published(root).pushed
    git(root, "checkout", "--quiet", earlier)  # detached
    assert read_published(root).pushed


def test_what_is_not_committed_makes_it_dirty(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo").root
    write_files(root, {"more": ""})
    assert read_published(root).dirty


def test_a_repo_without_commits_or_remotes_has_neither(tmp_path: Path) -> None:
    found = read_published(make_repo(tmp_path / "repo", commit=False).root)
    assert (found.commit, found.pushed, found.remote) == ("", False, "")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:s3cret@git.example/app.git", "https://git.example/app.git"),
        ("https://git.example/app.git", "https://git.example/app.git"),
        ("git@git.example:team/app.git", "git@git.example:team/app.git"),
    ],
)
def test_a_password_in_the_remotes_address_is_not_told(
    tmp_path: Path, url: str, shown: str
) -> None:
    root = make_repo(tmp_path / "repo").root
    git(root, "remote", "add", "origin", url)
    assert read_published(root).remote == shown
