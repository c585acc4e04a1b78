from pathlib import Path

from helpers.vcs.files import list_files, uncommitted
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


def test_what_no_commit_has_is_found_in_every_way(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"a b.txt": "one\n", "*.txt": "star\n"}).root
    write_files(root, {".gitignore": "ignored\n"})
    commit_all(root)
    write_files(root, {"a b.txt": "two\n", "new": "", "ignored": "", "staged": "", "other": ""})
    git(root, "add", "staged")
    paths = ["a b.txt", "*.txt", "new", "ignored", "staged", "missing"]
    assert uncommitted(root, paths, ignored=True) == ["a b.txt", "staged", "new", "ignored"]
    assert uncommitted(root, paths) == ["a b.txt", "staged", "new"]
    assert uncommitted(root, []) == []


def test_what_is_not_committed_is_found_in_odd_names_too(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"a": "1\n"}).root
    assert uncommitted(root) == []
    write_files(root, {"a": "mine\n", "new folder/ü\n": "mine\n"})
    assert uncommitted(root) == ["a", "new folder/ü\n"]
    assert uncommitted(root, ["a"]) == ["a"]
