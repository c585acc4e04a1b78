import time
from pathlib import Path

from helpers.vcs.discovery import discover_dirs
from tests.builders import add_submodule, commit_all, make_repo, make_runnable_dir


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


def test_a_thousand_dirs_among_thirty_thousand_files_take_less_than_half_a_second(
    tmp_path: Path,
) -> None:
    repo = make_repo(tmp_path / "repo")
    for number in range(1000):
        folder = repo.root / f"group{number % 20}" / f"app{number}"
        (folder / "devops").mkdir(parents=True)
        (folder / "changelog.txt").touch()
        (folder / "src").mkdir()
        for name in range(28):
            (folder / "src" / f"m{name}.py").touch()
        (folder / "devops" / "os_packages.txt").touch()
    commit_all(repo.root)
    began = time.monotonic()
    found = discover_dirs(repo)
    assert len(found) == 1000
    assert time.monotonic() - began < 0.5
