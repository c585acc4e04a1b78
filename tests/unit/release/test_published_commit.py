import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.release.published_commit import publish_commands, read_published
from helpers.system.process import run
from tests.builders import (
    GIT_ENVIRONMENT,
    add_submodule,
    commit_all,
    git,
    make_repo,
    write_files,
)


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


def _change_untracked(root: Path) -> None:
    write_files(root, {"new/file.txt": ""})


def _change_tracked(root: Path) -> None:
    write_files(root, {"repo_config.yaml": "name: other\n"})


def _change_staged(root: Path) -> None:
    _change_tracked(root)
    git(root, "add", "--all")


def _change_in_several_ways(root: Path) -> None:
    _change_staged(root)
    (root / "repo_config.yaml").unlink()
    _change_untracked(root)


def _change_in_submodule(root: Path) -> None:
    source = make_repo(root.parent / "source").root
    add_submodule(root, "sub dir", source)
    write_files(root / "sub dir", {"repo_config.yaml": "name: other\n", "new": ""})


def _leave(root: Path) -> None:
    """Only a push lacks."""


def _has_no_commit(root: Path) -> None:
    shutil.rmtree(root / ".git")
    git(root, "init", "--quiet")


def _follows(root: Path) -> None:
    remote = _follows_nothing(root)
    git(root, "push", "--quiet", "--set-upstream", remote, "HEAD:main")


def _follows_another_name(root: Path) -> None:
    remote = _follows_nothing(root)
    git(root, "push", "--quiet", "--set-upstream", remote, "HEAD:other")


def _follows_nothing(root: Path) -> str:
    bare = root.parent / "remote.git"
    git(root.parent, "init", "--quiet", "--bare", str(bare))
    git(root, "remote", "add", "upstream", str(bare))
    return "upstream"


def _is_detached(root: Path) -> None:
    _follows_nothing(root)
    git(root, "checkout", "--quiet", "--detach")


def _has_no_remote(root: Path) -> None:
    git(root.parent, "init", "--quiet", "--bare", "remote.git")


_CHANGES = [
    _change_untracked,
    _change_tracked,
    _change_staged,
    _change_in_several_ways,
    _change_in_submodule,
    _leave,
    _has_no_commit,
]
_REMOTES = [_follows, _follows_another_name, _follows_nothing, _is_detached, _has_no_remote]


@pytest.mark.parametrize("change", _CHANGES)
@pytest.mark.parametrize("remote", _REMOTES)
def test_what_is_typed_to_publish_a_checkout_publishes_it(
    tmp_path: Path, change: Callable[[Path], None], remote: Callable[[Path], None]
) -> None:
    root = make_repo(tmp_path / "a repo").root
    if change is _has_no_commit:
        if remote in (_follows, _follows_another_name, _is_detached):
            pytest.skip("there is no commit to push or to stand on")
        change(root)
        remote(root)
    else:
        remote(root)
        commit_all(root)
        change(root)
    for typed in publish_commands(root):
        line = typed.replace("URL", f"'{tmp_path}/remote.git'").replace("NAME", "topic")
        run(["bash", "-c", line], cwd=tmp_path, env={**GIT_ENVIRONMENT, "GIT_EDITOR": "echo A >"})
    found = read_published(root)
    assert found.pushed
    assert not found.dirty


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
