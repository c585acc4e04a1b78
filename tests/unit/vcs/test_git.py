from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.vcs.git import check_submodules, head, list_files, missing_submodules
from tests.builders import add_submodule, commit_all, git, make_repo, write_files


def test_files_are_tracked_or_untracked_but_not_ignored(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": "", ".gitignore": "*.log\n"})
    write_files(repo.root, {"new/b ä.txt": "", "c.log": ""})
    assert list_files(repo.root) == [".gitignore", "a.txt", "new/b ä.txt", "repo_config.yaml"]


def test_a_tracked_file_that_was_deleted_does_not_count(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    (repo.root / "a.txt").unlink()
    assert "a.txt" not in list_files(repo.root)


def test_files_of_nested_submodules_are_listed(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner", {"deep.txt": ""})
    middle = make_repo(tmp_path / "middle", {"mid.txt": ""})
    add_submodule(middle.root, "in ner", inner.root)
    outer = make_repo(tmp_path / "outer")
    add_submodule(outer.root, "sub", middle.root)
    git(outer.root, "submodule", "--quiet", "update", "--init", "--recursive")
    assert {"sub/mid.txt", "sub/in ner/deep.txt"} <= set(list_files(outer.root))


def test_a_submodule_that_is_not_checked_out_is_reported(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner")
    outer = make_repo(tmp_path / "outer")
    add_submodule(outer.root, "lib", inner.root)
    git(tmp_path, "clone", "--quiet", str(outer.root), "clone")
    assert missing_submodules(outer.root) == []
    assert missing_submodules(tmp_path / "clone") == ["lib"]
    with pytest.raises(HelpersError, match="lib") as caught:
        check_submodules(tmp_path / "clone")
    assert "git submodule update --init" in caught.value.mend


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
