import subprocess
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.vcs.git import (
    check_out_command,
    check_submodules,
    head,
    list_files,
    missing_submodules,
    unwanted_submodules,
)
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
    assert "git submodule update --init" in caught.value.fix


def _follow(root: Path) -> None:
    with pytest.raises(HelpersError) as caught:
        check_submodules(root)
    allowed = "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow"
    script = f"{allowed} GIT_CONFIG_VALUE_0=always; set -e\n{caught.value.fix}"
    subprocess.run(["bash", "-c", script], cwd=root, check=True, capture_output=True)
    check_submodules(root)


def _nested(tmp_path: Path) -> Path:
    """A clone, without submodules, of a repo with one that has one itself."""
    inner = make_repo(tmp_path / "inner", {"deep.txt": ""})
    middle = make_repo(tmp_path / "middle", {"mid.txt": ""})
    add_submodule(middle.root, "in ner", inner.root)
    commit_all(middle.root)
    outer = make_repo(tmp_path / "outer")
    add_submodule(outer.root, "sub", middle.root)
    add_submodule(outer.root, "other", inner.root)
    commit_all(outer.root)
    git(tmp_path, "clone", "--quiet", str(outer.root), "clone")
    return tmp_path / "clone"


@pytest.mark.parametrize("settings", [(), ("submodule.active", "nothing"), ("fetch.prune", "1")])
def test_following_the_fix_checks_submodules_out(tmp_path: Path, settings: tuple[str, ...]) -> None:
    clone = _nested(tmp_path)
    if settings:
        git(clone, "config", *settings)
    _follow(clone)
    assert (clone / "sub" / "in ner" / "deep.txt").is_file()


def test_following_the_fix_checks_out_a_submodule_of_a_submodule(tmp_path: Path) -> None:
    clone = _nested(tmp_path)
    allow = ("-c", "protocol.file.allow=always")
    git(clone, *allow, "submodule", "--quiet", "update", "--init")
    assert missing_submodules(clone) == ["sub/in ner"]
    _follow(clone)
    assert (clone / "sub" / "in ner" / "deep.txt").is_file()


@pytest.mark.parametrize("file", [("--file", ".gitmodules"), ()])
def test_a_submodule_that_nobody_checks_out_is_named_with_what_checks_it_out(
    tmp_path: Path, file: tuple[str, ...]
) -> None:
    clone = _nested(tmp_path)
    git(clone, "config", *file, "submodule.other.update", "none")
    assert missing_submodules(clone) == ["sub"]
    assert unwanted_submodules(clone) == ["other"]
    command = check_out_command(clone, ["other"])
    git(clone, "-c", "protocol.file.allow=always", *command.split()[1:])
    assert (clone / "other" / "deep.txt").is_file()
    assert unwanted_submodules(clone) == []


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
