"""Repos that have adopted the toolchain, as users make them: with a remote to clone it from."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from helpers.vcs.files import list_files
from tests.builders import GIT_ENVIRONMENT, commit_all, git

# Submodules are cloned from disk, which git allows nobody but who says so.
CLONES_FROM_DISK = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
}

# What no adopter uses is half of the files that each test would check out. Some tests stay: runs of
# an adopter's must not take them for its own.
_LEFT_OUT = ("tests/", "runnable_dirs/", "benchmarks/")
_TESTS_THAT_STAY = "tests/unit/model/images/"


def toolchain_files() -> list[str]:
    """Files of the work tree that git does not ignore, without `_LEFT_OUT`."""
    names = list_files(TOOLCHAIN_ROOT)
    return [n for n in names if n.startswith(_TESTS_THAT_STAY) or not n.startswith(_LEFT_OUT)]


def toolchain_remote(folder: Path) -> Path:
    """A bare repo, made in `folder`, of the toolchain as it stands in the work tree: one commit."""
    work = folder / "toolchain"
    for name in toolchain_files():
        target = work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOOLCHAIN_ROOT / name, target, follow_symlinks=False)
    git(work, "init", "--quiet")
    commit_all(work, "The toolchain")
    bare = folder / "toolchain.git"
    git(folder, "clone", "--quiet", "--bare", str(work), str(bare))
    shutil.rmtree(work)
    return bare


def make_adopter(
    root: Path, remote: Path, *, submodule: str = "helpers_root", adopt: bool = True
) -> Path:
    """A repo at `root`, made where it is missing, with the toolchain as a submodule; not committed.

    Args:
        adopt: `adopt.sh --yes` is run, too.
    """
    root.mkdir(parents=True, exist_ok=True)
    if not (root / ".git").exists():
        git(root, "init", "--quiet")
    git(root, "submodule", "--quiet", "add", str(remote), submodule)
    if adopt:
        done = run_adopt(root, "--yes", submodule=submodule)
        assert done.status == 0, done.stdout + done.stderr
    return root


def run_adopt(
    root: Path,
    *args: str,
    submodule: str = "helpers_root",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> ProcessResult:
    """`adopt.sh`, as typed in `cwd`, by default at the repo's root."""
    script = root / submodule / "dev_scripts" / "adopt.sh"
    settings = {**GIT_ENVIRONMENT, **CLONES_FROM_DISK, **(env or {})}
    return run([script, *args], cwd=cwd or root, env=settings, check=False, timeout=600)


def in_shell(
    root: Path, script: str, *, shell: str = "bash", cwd: Path | None = None
) -> ProcessResult:
    """A script in a shell that reads no start files, by default at the repo's root."""
    flag = "--norc" if shell == "bash" else "-f"
    settings = {**GIT_ENVIRONMENT, **CLONES_FROM_DISK}
    command = [shell, flag, "-c", script]
    return run(command, cwd=cwd or root, env=settings, check=False, timeout=300)
