"""What an error says to type where a commit is missing is typed here, and the commit is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.vcs.bring import bring_commit, bring_history
from helpers.vcs.history import merge_base
from helpers.vcs.refs import find_commit, is_shallow
from tests.builders import commit_all, git, make_repo, write_files


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `remote` is a copy of."""
    repo = make_repo(tmp_path_factory.mktemp("made") / "remote")
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


@pytest.fixture
def remote(tmp_path: Path, made: Path) -> Path:
    """A remote with five commits on main, a branch, another with a slash, a tag."""
    return shutil.copytree(made, tmp_path / "remote")


def _clone(remote: Path, *options: str) -> Path:
    clone = remote.parent / "the clone"
    git(remote.parent, "clone", "--quiet", *options, f"file://{remote}", str(clone))
    return clone


def _follow(root: Path, ref: str) -> str:
    """Write what an error says, and type one command; the commit that is found."""
    try:
        return merge_base(root, ref)
    except HelpersError as error:
        fix = error.fix
        if fix.startswith("write "):
            return _follow(root, fix.split()[1].rstrip(":"))
        command, _, told = fix.partition("   (a branch is then ")
        subprocess.run(command, shell=True, cwd=root, check=True, capture_output=True)
        if told and not find_commit(root, ref):
            ref = told.removesuffix(")")
    return merge_base(root, ref)


SINGLE = ("--single-branch",)
SHALLOW = ("--depth", "1")


@pytest.mark.parametrize("options", [SINGLE, SHALLOW, ("--depth", "2", "--no-single-branch")])
@pytest.mark.parametrize(
    "ref",
    [
        *("origin/release", "origin/team/topic", "refs/remotes/origin/release"),
        *("remotes/origin/release", "origin/release~1", "release", "v1.0", "v1.0^", "team/topic"),
        *("HEAD~1", "HEAD^", "HEAD~1^", "main~3", "refs/tags/v1.0"),
        *("refs/heads/release", "heads/team/topic", "refs/heads/release~1"),
    ],
)
def test_following_the_fix_brings_the_commit(
    remote: Path, ref: str, options: tuple[str, ...]
) -> None:
    clone = _clone(remote, *options)
    wanted = _follow(clone, ref)
    base = re.sub("^(refs/)?((remotes/)?origin|heads)/", "", ref)
    assert wanted == git(remote, "merge-base", base, "main").strip()


@pytest.mark.parametrize("options", [SINGLE, SHALLOW])
@pytest.mark.parametrize("length", [40, 10])
@pytest.mark.parametrize("ref", ["team/topic", "team/topic~1", "main~3"])
def test_one_command_brings_a_commit_by_its_id(
    remote: Path, options: tuple[str, ...], length: int, ref: str
) -> None:
    commit = git(remote, "rev-parse", ref).strip()
    clone = _clone(remote, *options)
    if not find_commit(clone, commit):
        # As some programs show an id.
        fix = bring_commit(clone, commit[:length].upper())
        subprocess.run(fix, shell=True, cwd=clone, check=True, capture_output=True)
    assert find_commit(clone, commit[:length]) == commit


def test_a_server_that_gives_no_commit_by_its_id_is_asked_for_all_branches(remote: Path) -> None:
    git(remote, "config", "uploadpack.allowAnySHA1InWant", "false")
    commit = git(remote, "rev-parse", "release~1").strip()
    clone = _clone(remote, *SHALLOW)
    git(clone, "config", "protocol.version", "0")
    fix = bring_commit(clone, commit)
    by_id, _, rest = fix.partition(" || ")
    assert subprocess.run(by_id, shell=True, cwd=clone, capture_output=True).returncode
    assert rest
    subprocess.run(fix, shell=True, cwd=clone, check=True, capture_output=True)
    assert find_commit(clone, commit)


@pytest.mark.parametrize("tags", [False, True])
def test_a_shallow_clone_gets_the_history_that_it_lacks(remote: Path, *, tags: bool) -> None:
    """Also of a commit that no branch has, as of a pull request that was merged to test it."""
    git(remote, "switch", "--quiet", "--detach", "main")
    commit_all(remote, "merged")
    git(remote, "update-ref", "refs/pull/1/merge", "HEAD")
    clone = _clone(remote, *SHALLOW)
    git(clone, "fetch", "--quiet", "--depth=1", "origin", "refs/pull/1/merge")
    git(clone, "checkout", "--quiet", "FETCH_HEAD")
    fix = bring_history(clone, str(clone), tags=tags)
    subprocess.run(fix, shell=True, cwd=remote, check=True, capture_output=True)
    assert not is_shallow(clone)
    assert git(clone, "rev-list", "--count", "HEAD").strip() == "7"
    assert git(clone, "tag").split() == ["v1.0"] * tags


def test_a_shallow_clone_without_a_remote_is_given_one_first(remote: Path) -> None:
    clone = _clone(remote, *SHALLOW)
    git(clone, "remote", "remove", "origin")
    assert bring_history(clone) == "git remote add origin <url>"


def test_commands_that_fetch_are_made_in_one_place() -> None:
    made = {"model/fetch_command.py"}
    # These fetch themselves.
    fetch = {"vcs/deepen.py", "adoption/upgrades/submodule_bump.py", "ci/train_gitlab.py"}
    root = TOOLCHAIN_ROOT / "helpers"
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(r"--unshallow|git fetch\b|\} fetch ", path.read_text(encoding="utf-8"))
    }
    assert found - fetch == made


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
