from dataclasses import replace
from pathlib import Path

from helpers.vcs.discovery import discover_dirs, staged_dirs
from tests.builders import add_submodule, adopting, commit_all, git, make_repo, make_runnable_dir


def test_dirs_of_the_repo_its_root_and_its_submodules_are_found(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner")
    make_runnable_dir(inner, "app")
    commit_all(inner.root)
    repo = make_repo(tmp_path / "repo ü")
    make_runnable_dir(repo, ".", image_name="root")
    make_runnable_dir(repo, "apps/one two")
    add_submodule(repo.root, "lib", inner.root)
    assert [found.name for found in discover_dirs(repo)] == [".", "apps/one two", "lib/app"]


def test_a_changelog_without_devops_makes_no_runnable_dir(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"pkg/changelog.txt": "x"})
    assert discover_dirs(repo) == []


def test_an_ignored_dir_is_not_found(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {".gitignore": "old/\n"})
    make_runnable_dir(repo, "old")
    assert discover_dirs(repo) == []


def test_the_toolchains_own_dirs_are_not_those_of_a_repo_that_adopts_it(tmp_path: Path) -> None:
    toolchain = make_repo(tmp_path / "toolchain")
    make_runnable_dir(toolchain, "examples/one")
    commit_all(toolchain.root)
    repo = make_repo(tmp_path / "repo")
    make_runnable_dir(repo, "app")
    add_submodule(repo.root, "helpers_root", toolchain.root)
    adopted = adopting(repo, "helpers_root")
    assert [found.name for found in discover_dirs(adopted)] == ["app"]
    itself = replace(toolchain, toolchain=toolchain.root)
    assert [found.name for found in discover_dirs(itself)] == ["examples/one"]


def test_the_dirs_of_the_next_commit_are_those_of_the_index(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner")
    make_runnable_dir(inner, "app")
    commit_all(inner.root)
    repo = make_repo(tmp_path / "repo")
    make_runnable_dir(repo, "apps/one two")
    make_runnable_dir(repo, ".", image_name="root")
    add_submodule(repo.root, "lib", inner.root)
    make_runnable_dir(repo, "new ü")
    assert [found.name for found in staged_dirs(repo)] == [".", "apps/one two"]
    git(repo.root, "add", "--all")
    assert [found.name for found in staged_dirs(repo)] == [".", "apps/one two", "new ü"]
