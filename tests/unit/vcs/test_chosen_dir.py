from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.config import RepoConfig
from helpers.vcs.chosen_dir import find_dir, find_dirs
from tests.builders import git, make_repo, make_runnable_dir


def _repo(tmp_path: Path, *dirs: str) -> Repo:
    for name in dirs:
        (tmp_path / name / "devops").mkdir(parents=True)
        (tmp_path / name / "changelog.txt").write_text("# app-1.0.0\n- 2026-01-01\n")
    return Repo(tmp_path, tmp_path, RepoConfig("x"))


def test_the_nearest_dir_at_or_above_is_meant(tmp_path: Path) -> None:
    repo = _repo(tmp_path, ".", "apps/a")
    deep = tmp_path / "apps/a/src/x"
    deep.mkdir(parents=True)
    assert find_dir(repo, deep).name == "apps/a"
    assert find_dir(repo, tmp_path / "apps").name == "."


@pytest.mark.parametrize(("start", "wanted"), [("apps", "a"), ("apps", "apps/a"), (".", "apps/a/")])
def test_a_dir_is_named_from_here_or_from_the_root(tmp_path: Path, start: str, wanted: str) -> None:
    repo = _repo(tmp_path, "apps/a")
    assert find_dir(repo, tmp_path / start, wanted).name == "apps/a"


def test_a_dir_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="no directory 'nope'") as caught:
        find_dir(_repo(tmp_path), tmp_path, "nope")
    assert "i runnable_dir_create --dir nope" in caught.value.fix


def test_a_dir_without_devops_says_what_it_lacks_and_how_to_make_it(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/changelog.txt").write_text("# a-1.0.0\n- 2026-01-01\n")
    with pytest.raises(HelpersError, match="it has no devops/") as caught:
        find_dir(repo, tmp_path, "plain")
    assert "mkdir" in caught.value.fix


def test_an_empty_dir_is_made_runnable_by_one_command(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(HelpersError, match="no devops/ and no changelog") as caught:
        find_dir(repo, tmp_path, "empty")
    assert caught.value.fix == "i runnable_dir_create --dir empty"


def test_a_dir_outside_the_repo_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "repo"
    inner.mkdir()
    with pytest.raises(HelpersError, match="outside the repo"):
        find_dir(_repo(inner), inner, "..")


def test_where_no_dir_is_above_the_message_says_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="no runnable dir here") as caught:
        find_dir(_repo(tmp_path), tmp_path)
    assert "--dir" in caught.value.fix


def test_a_folder_of_dirs_names_those_below_it(tmp_path: Path) -> None:
    names = [f"apps/n{number}" for number in range(10)]
    repo = _repo(tmp_path, *names, "libs/x")
    git(tmp_path, "init", "--quiet")
    with pytest.raises(HelpersError, match="'apps' is not a runnable dir") as caught:
        find_dir(repo, tmp_path, "apps")
    shown = [line.strip() for line in caught.value.where.splitlines()]
    assert shown[2:] == [*names[:8], "and 2 more: i dirs lists them"]
    assert caught.value.fix == "--dir apps/n0"
    assert find_dir(repo, tmp_path, "apps/n0").name == "apps/n0"


def test_where_one_stands_in_a_folder_of_dirs_those_below_it_are_named(tmp_path: Path) -> None:
    repo = _repo(tmp_path, "apps/a b", "libs/x")
    git(tmp_path, "init", "--quiet")
    with pytest.raises(HelpersError, match="no runnable dir here") as caught:
        find_dir(repo, tmp_path / "apps")
    assert "apps/a b" in caught.value.where
    assert "libs" not in caught.value.where
    assert caught.value.fix == "--dir 'apps/a b'"


def test_the_repos_name_means_its_root_where_no_dir_has_that_path(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, config="name: shop\n")
    make_runnable_dir(repo, ".", {})
    (tmp_path / "shop").mkdir()
    assert find_dir(repo, tmp_path, "shop").name == "."
    make_runnable_dir(repo, "shop", {})
    assert find_dir(repo, tmp_path, "shop").name == "shop"
    assert repo.root_name(["."]) == "shop"
    assert repo.root_name([".", "shop"]) == ".", "one thing has one name"


def test_a_misspelled_dir_is_guessed_and_not_offered_to_be_made(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "shop")
    make_runnable_dir(repo, "apps/shopweb")
    for wanted in ("apps/shopwbe", "apps/shopweb2/"):
        with pytest.raises(HelpersError) as caught:
            find_dir(repo, repo.root, wanted)
        assert caught.value.fix == "perhaps you meant --dir apps/shopweb"


@pytest.fixture
def several(tmp_path: Path) -> Repo:
    """A repo of git: patterns fit the dirs that it lists."""
    repo = make_repo(tmp_path / "repo")
    for name in ("apps/a", "apps/b", "apps/deep/a", "libs/a"):
        make_runnable_dir(repo, name)
    return repo


@pytest.mark.parametrize(
    ("wanted", "start", "found"),
    [
        ("apps/*", ".", ["apps/a", "apps/b"]),
        ("apps/*", "libs", ["apps/a", "apps/b"]),
        ("*", "apps", ["apps/a", "apps/b"]),
        ("../libs/*", "apps", ["libs/a"]),
        ("apps/**", ".", ["apps/a", "apps/b", "apps/deep/a"]),
        ("**/a", ".", ["apps/a", "apps/deep/a", "libs/a"]),
        ("apps/[!a]", ".", ["apps/b"]),
        ("*/?", ".", ["apps/a", "apps/b", "libs/a"]),
        ("apps/a", ".", ["apps/a"]),
    ],
)
def test_a_pattern_means_the_dirs_that_it_fits(
    several: Repo, wanted: str, start: str, found: list[str]
) -> None:
    assert [one.name for one in find_dirs(several, several.root / start, wanted)] == found


def test_a_pattern_that_fits_nothing_is_refused(several: Repo) -> None:
    with pytest.raises(HelpersError, match="no runnable dir fits 'none/"):
        find_dirs(several, several.root, "none/*")


def test_a_command_about_one_dir_takes_a_pattern_that_fits_one(several: Repo) -> None:
    assert find_dir(several, several.root, "libs/*").name == "libs/a"
    with pytest.raises(HelpersError, match="fits 2 dirs, and this command is about one") as caught:
        find_dir(several, several.root, "apps/*")
    assert (caught.value.fix, "  apps/b" in caught.value.where) == ("--dir apps/a", True)


def test_a_directory_whose_name_is_a_pattern_is_itself(tmp_path: Path) -> None:
    repo = _repo(tmp_path, "apps/[ab]")
    assert [one.name for one in find_dirs(repo, tmp_path, "apps/[ab]")] == ["apps/[ab]"]
