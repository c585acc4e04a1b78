from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.system.locate import find_roots


def _checkout(path: Path, marker: str = "", configured: bool = True) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    if marker:
        (path / ".git").write_text(f"gitdir: {marker}\n")
    else:
        (path / ".git").mkdir()
    if configured:
        (path / "repo_config.yaml").write_text("name: x\n")
    return path


def test_the_repo_is_found_from_any_folder_below_it(tmp_path: Path) -> None:
    repo = _checkout(tmp_path / "é repo")
    below = repo / "a" / "b"
    below.mkdir(parents=True)
    assert find_roots(below).repo == repo.resolve()


def test_a_submodule_belongs_to_the_repo_around_it(tmp_path: Path) -> None:
    repo = _checkout(tmp_path / "outer")
    inner = _checkout(repo / "inner", "../.git/modules/inner")
    nested = _checkout(inner / "deep", "../../.git/modules/inner/modules/deep")
    assert find_roots(nested).repo == repo.resolve()


def test_a_worktree_is_a_repo_of_its_own(tmp_path: Path) -> None:
    _checkout(tmp_path / "main")
    worktree = _checkout(tmp_path / "main" / "tree", str(tmp_path / "main/.git/worktrees/tree"))
    assert find_roots(worktree).repo == worktree.resolve()


def test_a_clone_inside_a_checkout_is_a_repo_of_its_own(tmp_path: Path) -> None:
    outer = _checkout(tmp_path / "outer")
    clone = _checkout(outer / "clone")
    assert find_roots(clone).repo == clone.resolve()


def test_a_submodule_stands_alone_where_the_repo_around_it_is_not_configured(
    tmp_path: Path,
) -> None:
    outer = _checkout(tmp_path / "outer", configured=False)
    inner = _checkout(outer / "inner", "../.git/modules/inner")
    assert find_roots(inner).repo == inner.resolve()


def test_outside_of_git_the_message_says_so(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="not inside a git checkout"):
        find_roots(tmp_path)


def test_a_repo_without_settings_is_told_how_to_make_them(tmp_path: Path) -> None:
    _checkout(tmp_path, configured=False)
    with pytest.raises(HelpersError, match="the repo has no") as caught:
        find_roots(tmp_path)
    assert "name:" in caught.value.fix
