"""Lists of repos: paths, addresses, comments."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.vcs.listed_repos import ListedRepo, read_repos


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_has_a_path_in_each_line_and_comments(tmp_path: Path, coding: str, end: str) -> None:
    file = tmp_path / "repos.txt"
    text = "  shop  # sells\n\n# ours\n../other one\n#off\n".replace("\n", end)
    file.write_bytes(text.encode(coding))
    assert read_repos(file, {}) == [
        ListedRepo("shop", tmp_path / "shop", line=f"{file}:1"),
        ListedRepo("../other one", tmp_path.parent / "other one", line=f"{file}:4"),
    ]


def test_a_checkout_that_is_listed_twice_counts_once_as_it_was_named_first(tmp_path: Path) -> None:
    file = tmp_path / "repos.txt"
    file.write_text("shop\nother\n./other/../shop/\n")
    assert [one.name for one in read_repos(file, {})] == ["shop", "other"]


@pytest.mark.parametrize("content", [None, b"", b"# none\n", b"\xff"])
def test_a_list_without_checkouts_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "repos.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(HelpersError, match=r"repos\.txt") as caught:
        read_repos(file, {})
    assert caught.value.fix == f"ls -d ../*/ > {file}"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("https://forge.example/team/shop.git", "shop-"),
        ("ssh://git@forge.example:22/team/shop", "shop-"),
        ("git@forge.example:team/Ünser shop.git", ""),
        ("git@forge.example:team/ünser.git", "ünser-"),
        ("forge.example:shop", "shop-"),
        ("file:///srv/git/a b", ""),
        ("file:///srv/git/shop/", "shop-"),
        ("./a:b", ""),
        ("-u:path", ""),
    ],
)
def test_an_address_is_cloned_into_the_users_cache(tmp_path: Path, line: str, kept: str) -> None:
    file = tmp_path / "repos.txt"
    file.write_text(f"{line}\n", encoding="utf-8")
    (one,) = read_repos(file, {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert bool(one.address) is bool(kept)
    if kept:
        assert one.root.parent == tmp_path / "cache" / "helpers" / "repos"
        assert one.root.name.startswith(kept)
    else:
        assert one.root == (tmp_path / line).resolve()


def test_a_directory_that_looks_like_an_address_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "a:b").mkdir()
    (tmp_path / "repos.txt").write_text("a:b\n")
    (one,) = read_repos(tmp_path / "repos.txt", {})
    assert (one.root, one.address) == (tmp_path / "a:b", "")


def test_a_cache_that_is_no_absolute_path_is_not_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "repos.txt").write_text("host:shop\n")
    (one,) = read_repos(tmp_path / "repos.txt", {"XDG_CACHE_HOME": "elsewhere"})
    assert one.root.parent == tmp_path / ".cache" / "helpers" / "repos"
