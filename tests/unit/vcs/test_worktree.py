from pathlib import Path

from helpers.vcs.worktree import git_folder, git_folders, shared_folder
from tests.builders import add_submodule, git, make_repo


def test_a_plain_checkout_has_its_history_in_itself(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo").root
    assert git_folder(root) == shared_folder(git_folder(root)) == root / ".git"
    assert git_folders(root) == ()


def test_a_linked_worktree_shares_the_history_of_the_main_one(tmp_path: Path) -> None:
    root, tree = make_repo(tmp_path / "re po").root, tmp_path / "tree"
    git(root, "worktree", "add", "--quiet", "--detach", str(tree))
    assert git_folder(tree).resolve() == root / ".git" / "worktrees" / "tree"
    assert shared_folder(git_folder(tree)).resolve() == root / ".git"
    assert git_folders(tree) == (root / ".git",)


def test_a_submodule_is_kept_by_the_repo_around_it(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner").root
    outer = make_repo(tmp_path / "outer").root
    add_submodule(outer, "lib", inner)
    kept = outer / ".git" / "modules" / "lib"
    assert git_folder(outer / "lib").resolve() == kept
    assert git_folders(outer / "lib") == (kept,)
