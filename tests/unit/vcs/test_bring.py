"""What an error says to type where a commit is missing is typed here, and the commit is there."""

import subprocess
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.vcs.bring import bring_commit
from helpers.vcs.history import merge_base
from helpers.vcs.refs import find_commit
from tests.builders import commit_all, git, make_repo, write_files


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A remote with five commits on main, a branch, another with a slash, a tag."""
    repo = make_repo(tmp_path / "remote")
    git(repo.root, "config", "uploadpack.allowAnySHA1InWant", "true")
    for number in range(5):
        write_files(repo.root, {"a.txt": f"{number}"})
        commit_all(repo.root)
    for branch in ("release", "team/topic"):
        git(repo.root, "switch", "--quiet", "--create", branch, "HEAD~2")
        write_files(repo.root, {"b.txt": branch})
        commit_all(repo.root)
    git(repo.root, "tag", "v1.0")
    git(repo.root, "switch", "--quiet", "main")
    return repo.root


def _clone(remote: Path, *options: str) -> Path:
    clone = remote.parent / "the clone"
    git(remote.parent, "clone", "--quiet", *options, f"file://{remote}", str(clone))
    return clone


def _follow(root: Path, ref: str) -> str:
    """Type what the errors say until there is none; the commit that is found."""
    for _ in range(3):
        try:
            return merge_base(root, ref)
        except HelpersError as error:
            if error.fix.startswith("write "):
                ref = error.fix.split()[1].rstrip(":")
                continue
            subprocess.run(error.fix, shell=True, cwd=root, check=True, capture_output=True)
    return merge_base(root, ref)


SINGLE = ("--single-branch",)
SHALLOW = ("--depth", "1")


@pytest.mark.parametrize("options", [SINGLE, SHALLOW, ("--depth", "2", "--no-single-branch")])
@pytest.mark.parametrize(
    "ref",
    [
        *("origin/release", "origin/team/topic", "refs/remotes/origin/release"),
        *("remotes/origin/release", "origin/release~1", "release", "v1.0", "v1.0^", "team/topic"),
        *("HEAD~1", "HEAD^", "HEAD~1^", "main~3"),
    ],
)
def test_following_the_fix_brings_the_commit(
    remote: Path, ref: str, options: tuple[str, ...]
) -> None:
    clone = _clone(remote, *options)
    wanted = _follow(clone, ref)
    base = ref.removeprefix("refs/remotes/").removeprefix("remotes/").removeprefix("origin/")
    assert wanted == git(remote, "merge-base", base, "main").strip()


@pytest.mark.parametrize("options", [SINGLE, SHALLOW])
@pytest.mark.parametrize("length", [40, 10])
def test_a_commit_by_its_id_is_brought(remote: Path, options: tuple[str, ...], length: int) -> None:
    commit = git(remote, "rev-parse", "v1.0").strip()
    assert _follow(_clone(remote, *options), commit[:length])


def test_a_detached_clone_without_branches_gets_what_it_lacks(remote: Path) -> None:
    """As continuous integration checks out."""
    clone = remote.parent / "ci"
    git(remote.parent, "init", "--quiet", str(clone))
    git(clone, "remote", "add", "origin", f"file://{remote}")
    git(clone, "fetch", "--quiet", "--depth=1", "origin", git(remote, "rev-parse", "main").strip())
    git(clone, "checkout", "--quiet", "FETCH_HEAD")
    assert _follow(clone, "origin/release") == git(remote, "rev-parse", "main~2").strip()


def test_a_remote_of_another_name_is_asked(remote: Path) -> None:
    clone = _clone(remote, "--single-branch", "--origin", "up/stream")
    assert bring_commit(clone, "up/stream/release") == (
        "git fetch up/stream release:refs/remotes/up/stream/release"
    )
    assert _follow(clone, "up/stream/release")
    assert _follow(clone, "v1.0")


def test_the_command_is_the_one_that_git_needs(remote: Path) -> None:
    clone = _clone(remote, *SINGLE)
    fetch = "git fetch origin release:refs/remotes/origin/release"
    assert bring_commit(clone, "origin/release") == fetch
    there = f"git -C '{clone}' fetch origin release:refs/remotes/origin/release"
    assert bring_commit(clone, "origin/release", str(clone)) == there


def test_history_that_ends_is_not_fetched(remote: Path) -> None:
    clone = _clone(remote)
    assert bring_commit(clone, "HEAD~99").startswith("git log --oneline HEAD ")
    assert not find_commit(clone, "HEAD~99")


@pytest.mark.parametrize("ref", ["0" * 40, "v9", "HEAD~1"])
def test_without_a_remote_nothing_is_fetched(tmp_path: Path, ref: str) -> None:
    repo = make_repo(tmp_path / "repo")
    commit_all(repo.root)
    assert "fetch" not in bring_commit(repo.root, ref)


def test_a_repo_without_commits_gets_one(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", commit=False)
    assert bring_commit(repo.root, "HEAD") == "git commit"
