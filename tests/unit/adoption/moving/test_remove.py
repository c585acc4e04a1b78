"""What goes with a dir, and what speaks against it; on real git repos, without an engine."""

from pathlib import Path

import pytest

from helpers.adoption.moving.remove import Removed, check_removal, plan_removal, remove_dir
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from tests.builders import (
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two dirs, of which one needs the other, and one that stands alone."""
    made = make_repo(tmp_path / "repo", {".gitignore": "*.secret\n__pycache__/\n"})
    make_runnable_dir(made, "apps/user", {"devops/config.yaml": "depends_on: [libs/text]\n"})
    make_runnable_dir(made, "libs/text", {"src/text.py": "text"})
    make_runnable_dir(made, "libs/alone", {"src/alone.py": "alone"})
    commit_all(made.root)
    return made


def _check(repo: Repo, name: str) -> None:
    check_removal(plan_removal(repo, repo.runnable_dir(name), None))


def _remove(repo: Repo, name: str) -> Removed:
    return remove_dir(repo, plan_removal(repo, repo.runnable_dir(name), None), None)


def test_its_files_go_and_history_has_them(repo: Repo) -> None:
    _check(repo, "libs/alone")
    assert _remove(repo, "libs/alone").left == ()
    assert not (repo.root / "libs/alone").exists()
    git(repo.root, "restore", "--staged", "--worktree", "--", "libs/alone")
    assert (repo.root / "libs/alone/src/alone.py").read_text() == "alone"


def test_what_others_need_is_kept_and_they_are_named(repo: Repo) -> None:
    with pytest.raises(HelpersError) as caught:
        _check(repo, "libs/text")
    assert caught.value.where == "apps/user (apps/user/devops/config.yaml)"
    assert caught.value.fix.endswith("i runnable_dir_remove --dir libs/text --force")
    with pytest.raises(HelpersError) as dry:
        check_removal(plan_removal(repo, repo.runnable_dir("libs/text"), None), dry_run=True)
    assert dry.value.fix == f"{caught.value.fix} --dry-run"


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("name", ["new.py", "src/alone.py"])
def test_work_that_history_has_not_is_kept(repo: Repo, name: str, *, staged: bool) -> None:
    write_files(repo.root / "libs/alone", {name: "work"})
    if staged:
        git(repo.root, "add", "--all")
    with pytest.raises(HelpersError) as caught:
        _check(repo, "libs/alone")
    assert name in caught.value.where


def test_by_force_that_work_goes_too(repo: Repo) -> None:
    write_files(repo.root / "libs/alone", {"new.py": "work", "src/alone.py": "work"})
    assert _remove(repo, "libs/alone").left == ()
    assert not (repo.root / "libs/alone").exists()


def test_what_git_ignores_stays_and_is_said_but_for_caches(repo: Repo) -> None:
    files = {"key.secret": "mine", "src/__pycache__/alone.pyc": "", ".pytest_cache/x": ""}
    write_files(repo.root / "libs/alone", files)
    assert _remove(repo, "libs/alone").left == ("key.secret",)
    assert (repo.root / "libs/alone/key.secret").read_text() == "mine"
    assert [path.name for path in (repo.root / "libs/alone").iterdir()] == ["key.secret"]


def test_a_repo_within_it_stays_even_by_force(repo: Repo) -> None:
    make_repo(repo.root / "libs/alone/inner", {"work.py": "work"})
    with pytest.raises(HelpersError, match="not committed"):
        _check(repo, "libs/alone")
    assert _remove(repo, "libs/alone").left == ("inner/",)
    assert (repo.root / "libs/alone/inner/work.py").read_text() == "work"
    assert git(repo.root / "libs/alone/inner", "status", "--porcelain") == ""


def test_a_submodule_within_it_is_refused(repo: Repo, tmp_path: Path) -> None:
    make_repo(tmp_path / "other")
    add_submodule(repo.root, "libs/alone/other", tmp_path / "other")
    with pytest.raises(HelpersError) as caught:
        plan_removal(repo, repo.runnable_dir("libs/alone"), None)
    assert caught.value.where == "other"


def test_dirs_within_it_go_with_it_and_are_shown(repo: Repo) -> None:
    make_runnable_dir(repo, "libs/alone/inner")
    commit_all(repo.root)
    assert plan_removal(repo, repo.runnable_dir("libs/alone"), None).dirs == (
        "libs/alone",
        "libs/alone/inner",
    )


def test_the_root_is_refused(repo: Repo) -> None:
    make_runnable_dir(repo, ".")
    with pytest.raises(HelpersError, match="root"):
        plan_removal(repo, repo.runnable_dir("."), None)


def test_the_last_dir_takes_empty_folders_above_it_along(repo: Repo) -> None:
    make_runnable_dir(repo, "deep/er/one")
    commit_all(repo.root)
    _remove(repo, "deep/er/one")
    assert not (repo.root / "deep").exists()


def test_the_toolchains_own_dirs_are_refused(repo: Repo) -> None:
    make_runnable_dir(repo, "helpers_root/app")
    adopter = Repo(repo.root, repo.root / "helpers_root", repo.config)
    with pytest.raises(HelpersError, match="toolchain's own"):
        plan_removal(adopter, adopter.runnable_dir("helpers_root/app"), None)
