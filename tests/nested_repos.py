"""A repo in a repo in a repo, each with a remote on the disk; and the command `i` in them."""

import shutil
from pathlib import Path

from helpers.system.process import ProcessResult, run
from tests.builders import commit_all, git, make_repo
from tests.toolchains import invoke_command

# Nothing of the user's own configuration decides what a test sees.
GIT_SETTINGS = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


def type_i(folder: Path, *words: str) -> ProcessResult:
    """Type `i` with some words in a folder."""
    return run([*invoke_command(), *words], cwd=folder, env=GIT_SETTINGS, check=False, timeout=60)


def publish(root: Path, remote: Path) -> Path:
    """A bare repo with all that a repo has."""
    git(root.parent, "clone", "--quiet", "--bare", str(root), str(remote))
    return remote


def make_top(folder: Path) -> None:
    """Make `top`, a clone of a repo that has `mid dle`, which has `leaf`, and their remotes.

    All of them follow `main` of `top.git`, `mid.git` and `leaf.git`.
    """
    publish(make_repo(folder / "leaf_work", {"a.txt": "one\n"}).root, folder / "leaf.git")
    _with_submodule(folder, "mid", "leaf", "leaf")
    _with_submodule(folder, "top", "mid", "mid dle")
    git(folder, "clone", "--quiet", "--recurse-submodules", str(folder / "top.git"), "top")
    for name in ("top", "top/mid dle", "top/mid dle/leaf"):
        git(folder / name, "switch", "--quiet", "-C", "main", "origin/main")


def copy_top(made: Path, folder: Path) -> Path:
    """Copy what `make_top` made; the root of `top`."""
    copy_repos(made, folder)
    return folder / "top"


def copy_repos(made: Path, folder: Path) -> None:
    """Copy a folder of repos that have each other as remotes and submodules."""
    shutil.copytree(made, folder, symlinks=True, dirs_exist_ok=True)
    for config in folder.rglob("config"):
        if config.is_file():
            config.write_text(config.read_text().replace(str(made), str(folder)))


def _with_submodule(folder: Path, name: str, inner: str, path: str) -> None:
    root = make_repo(folder / f"{name}_work").root
    git(root, "submodule", "--quiet", "add", f"../{inner}.git", path)
    commit_all(root)
    publish(root, folder / f"{name}.git")
