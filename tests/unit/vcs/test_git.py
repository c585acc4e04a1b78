from pathlib import Path

from helpers.vcs.git import head
from tests.builders import commit_all, git, make_repo, write_files


def test_head_of_a_clean_tree_and_of_a_changed_one(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    commit = commit_all(repo.root)
    assert (head(repo.root).id, head(repo.root).dirty) == (commit, False)
    write_files(repo.root, {"new.txt": ""})
    assert head(repo.root).dirty


def test_head_of_a_repo_without_commits_is_empty(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", commit=False)
    assert (head(repo.root).id, head(repo.root).dirty) == ("", True)


def test_head_when_detached_and_in_a_worktree(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    commit = commit_all(repo.root)
    git(repo.root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    git(repo.root, "checkout", "--quiet", "--detach")
    assert head(repo.root).id == commit
    assert head(tmp_path / "tree").id == commit
