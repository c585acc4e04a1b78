"""The file that lists checkouts, and where a link to a shared file leads."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.sync.sync_checkouts import read_repos
from helpers.sync.synced_checkout import SyncPlace


def test_each_line_is_a_checkout_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "repos.txt"
    file.write_text("# ours\n\na b   # the shop\n../other\n")
    assert read_repos(file) == [("a b", tmp_path / "a b"), ("../other", tmp_path.parent / "other")]


def test_a_checkout_that_is_named_twice_counts_once_under_its_first_name(tmp_path: Path) -> None:
    file = tmp_path / "repos.txt"
    file.write_text("a\nb\na/\n./a\n")
    assert sorted(read_repos(file)) == [("a", tmp_path / "a"), ("b", tmp_path / "b")]


def test_a_file_without_checkouts_is_refused_with_a_command_that_writes_one(tmp_path: Path) -> None:
    file = tmp_path / "repos.txt"
    file.write_text("# none yet\n")
    with pytest.raises(HelpersError, match=r"repos\.txt lists no checkout") as caught:
        read_repos(file)
    assert caught.value.fix == f"ls -d ../*/ > '{file}'"


def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match=r"cannot read repos\.txt"):
        read_repos(tmp_path / "repos.txt")


@pytest.mark.parametrize(
    ("path", "below", "target"),
    [
        ("ruff.toml", "helpers_root", "helpers_root/ruff.toml"),
        ("ci/sub/x", "libs/helpers", "../../libs/helpers/ruff.toml"),
    ],
)
def test_a_link_reaches_the_toolchain_from_any_depth(path: str, below: str, target: str) -> None:
    place = SyncPlace(Path("/repo"), below, "c")
    assert place.link_to(path, "ruff.toml") == target
