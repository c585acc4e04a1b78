"""What a clone of this repo costs is small: every adopting repo has it as a submodule."""

from pathlib import Path

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessError, run
from tests.builders import commit_all, git, make_repo

pytestmark = pytest.mark.slow

# What a shallow clone fetches. The rest is history, which only grows, so each commit has a share.
_LARGEST_TREE = 3_400_000
_LARGEST_SHARE = 4_000
_LARGEST_FILE = 300_000
_SHOWN = 5


def _git(root: Path, *args: str, stdin: str = "") -> str:
    return run(["git", "-c", f"safe.directory={root}", *args], cwd=root, stdin=stdin).stdout


def _pack_size(root: Path, what: str) -> int:
    """Bytes that a clone fetches for a commit with all of its history, or for a tree."""
    count = "git pack-objects --quiet --revs --stdout | wc --bytes"
    settings = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
    settings["GIT_CONFIG_VALUE_0"] = str(root)
    done = run(["bash", "-o", "pipefail", "-c", count], cwd=root, env=settings, stdin=f"{what}\n")
    return int(done.stdout)


def _files(root: Path) -> list[tuple[int, str]]:
    """Size and path of every content that a file ever had, the largest first."""
    objects = _git(root, "rev-list", "--objects", "HEAD")
    wanted = "%(objecttype) %(objectsize) %(rest)"
    lines = _git(root, "cat-file", f"--batch-check={wanted}", stdin=objects).splitlines()
    parts = [line.split(" ", 2) for line in lines]
    return sorted(((int(size), path) for kind, size, path in parts if kind == "blob"), reverse=True)


def _shown(files: list[tuple[int, str]]) -> str:
    return ", ".join(f"{path}: {size} bytes" for size, path in files[:_SHOWN])


@pytest.fixture
def history() -> Path:
    """This repo, with all of its history."""
    try:
        shallow = _git(TOOLCHAIN_ROOT, "rev-parse", "--is-shallow-repository").strip()
    except ProcessError as error:
        pytest.skip(f"the history is not here: {error.what}")
    if shallow == "true":
        pytest.skip("this clone is shallow (fix: git fetch --unshallow)")
    return TOOLCHAIN_ROOT


def test_a_clone_is_small(history: Path) -> None:
    tree, whole = _pack_size(history, "HEAD^{tree}"), _pack_size(history, "HEAD")
    assert tree < _LARGEST_TREE, f"{tree} bytes; the largest: {_shown(_files(history))}"
    share = (whole - tree) / int(_git(history, "rev-list", "--count", "HEAD"))
    assert share < _LARGEST_SHARE, f"{share:.0f} bytes a commit: {_shown(_files(history))}"


def test_no_file_was_ever_large(history: Path) -> None:
    large = [item for item in _files(history) if item[0] > _LARGEST_FILE]
    assert not large, _shown(large)


def test_a_large_file_is_found_also_when_it_is_gone(tmp_path: Path) -> None:
    noise = "".join(f"{number * number}\n" for number in range(200_000))
    root = make_repo(tmp_path / "repo", {"data/large.txt": noise}).root
    (root / "data" / "large.txt").unlink()
    commit_all(root, "Remove it")
    assert git(root, "ls-files", "data") == ""
    size, path = _files(root)[0]
    assert (size, path) == (len(noise), "data/large.txt")
    assert _pack_size(root, "HEAD") > 100_000
