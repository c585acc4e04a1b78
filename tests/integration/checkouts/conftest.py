"""What tests of many checkouts share: repos in repos with remotes on disk, and the command `i`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests.builders import add_submodule, git, make_repo

Typed = Callable[..., ProcessResult]


def invoke_command() -> list[str]:
    """What `i` stands for."""
    ensure = ["python3", "-I", TOOLCHAIN_ROOT / "dev_scripts" / "thin_env.py", "ensure"]
    bin_folder = Path(run(ensure).stdout.strip()) / "bin"
    python, invoke = bin_folder / "python", bin_folder / "invoke"
    return [str(python), "-I", str(invoke), "--search-root", str(TOOLCHAIN_ROOT)]


@pytest.fixture
def typed() -> Typed:
    """Type `i` with some words in a folder; nothing of the user's configuration of git counts."""
    command = invoke_command()
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    def type_words(folder: Path, *words: str) -> ProcessResult:
        return run([*command, *words], cwd=folder, env=settings, check=False, timeout=60)

    return type_words


def publish(root: Path, remote: Path) -> Path:
    """A bare repo with all that a repo has."""
    git(root.parent, "clone", "--quiet", "--bare", str(root), str(remote))
    return remote


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A clone of a repo that has `mid dle`, which has `leaf`; all follow `main` of a bare repo."""
    leaf = publish(
        make_repo(tmp_path / "leaf_work", {"a.txt": "one\n"}).root, tmp_path / "leaf.git"
    )
    middle = make_repo(tmp_path / "mid_work").root
    add_submodule(middle, "leaf", leaf)
    mid = publish(middle, tmp_path / "mid.git")
    outer = make_repo(tmp_path / "top_work").root
    add_submodule(outer, "mid dle", mid)
    remote = publish(outer, tmp_path / "top.git")
    git(tmp_path, "clone", "--quiet", "--recurse-submodules", str(remote), "top")
    root = tmp_path / "top"
    for folder in (root, root / "mid dle", root / "mid dle" / "leaf"):
        git(folder, "switch", "--quiet", "-C", "main", "origin/main")
    return root
