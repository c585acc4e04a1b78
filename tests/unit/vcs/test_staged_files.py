from pathlib import Path

from helpers.model.data import version_of, version_text
from helpers.vcs.staged_files import read_staged, toplevel
from tests.builders import add_submodule, commit_all, git, make_repo, make_runnable_dir, write_files

_NOTEBOOK = '{"cells": []}\n'


def test_the_index_is_read_and_not_the_work_tree(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "ä repo", {"old.txt": "1\n", "gone.txt": "2\n"})
    make_runnable_dir(repo, "apps/app")
    version = version_text("p", version_of([]))
    name = 'with "quotes"\n\tand lines ü.ipynb'
    staged = {name: _NOTEBOOK, "apps/app/data/p.version": version, "large.bin": "x" * 1000}
    write_files(repo.root, staged)
    git(repo.root, "rm", "--quiet", "gone.txt")
    git(repo.root, "add", "--all")
    write_files(repo.root, {"large.bin": "", "untracked.bin": "x", name: "changed"})
    files, texts, layout = read_staged(repo.root)
    sizes = {file.path: file.size for file in files}
    assert sizes["large.bin"] == 1000
    assert not {"old.txt", "gone.txt", "untracked.bin"} & sizes.keys()
    assert texts == {name: _NOTEBOOK, "apps/app/data/p.version": version}
    assert layout.dirs == ("apps/app",)


def test_a_repo_without_commits_has_everything_before_it(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a": "1"}, commit=False)
    assert read_staged(repo.root)[0] == []
    git(repo.root, "add", "--all")
    assert [file.path for file in read_staged(repo.root)[0]] == ["a", "repo_config.yaml"]


def test_submodules_have_no_content_of_their_own(tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other")
    repo = make_repo(tmp_path / "repo")
    add_submodule(repo.root, "sub", other.root)
    write_files(repo.root / "sub", {"x": "1"})
    commit_all(repo.root / "sub")
    git(repo.root, "add", "sub")
    assert read_staged(repo.root)[0] == []
    assert toplevel(repo.root / "sub") == repo.root / "sub"
