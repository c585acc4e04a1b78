from pathlib import Path

import pytest

from helpers.model.config import RepoConfig
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.repo_files import find_dir, read_changelog, read_dir_config
from tests.builders import make_repo, make_runnable_dir


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
    assert "i runnable_dir_create --dir 'nope'" in caught.value.mend


def test_a_dir_without_devops_says_what_it_lacks_and_how_to_make_it(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/changelog.txt").write_text("# a-1.0.0\n- 2026-01-01\n")
    with pytest.raises(HelpersError, match="it has no devops/") as caught:
        find_dir(repo, tmp_path, "plain")
    assert "mkdir" in caught.value.mend


def test_an_empty_dir_is_made_runnable_by_one_command(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(HelpersError, match="no devops/ and no changelog") as caught:
        find_dir(repo, tmp_path, "empty")
    assert caught.value.mend == "i runnable_dir_create --dir 'empty'"


def test_a_dir_outside_the_repo_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "repo"
    inner.mkdir()
    with pytest.raises(HelpersError, match="outside the repo"):
        find_dir(_repo(inner), inner, "..")


def test_where_no_dir_is_above_the_message_says_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="no runnable dir here") as caught:
        find_dir(_repo(tmp_path), tmp_path)
    assert "--dir" in caught.value.mend


def test_line_ends_of_a_changelog_are_not_an_error(tmp_path: Path) -> None:
    repo = _repo(tmp_path, "a")
    found = find_dir(repo, tmp_path, "a")
    found.changelog.write_bytes(b"# app-1.0.0\r\n- 2026-01-01\r\n")
    assert str(read_changelog(found).version) == "1.0.0"


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    found = find_dir(_repo(tmp_path, "a"), tmp_path, "a")
    found.changelog.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HelpersError, match="cannot read changelog"):
        read_changelog(found)


def test_a_dir_without_settings_has_the_defaults(tmp_path: Path) -> None:
    found = find_dir(_repo(tmp_path, "a"), tmp_path, "a")
    assert read_dir_config(found).sibling is None


def test_the_repos_name_means_its_root_where_no_dir_has_that_path(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, config="name: shop\n")
    make_runnable_dir(repo, ".", {})
    (tmp_path / "shop").mkdir()
    assert find_dir(repo, tmp_path, "shop").name == "."
    make_runnable_dir(repo, "shop", {})
    assert find_dir(repo, tmp_path, "shop").name == "shop"
    assert repo.root_name(["."]) == "shop"
    assert repo.root_name([".", "shop"]) == ".", "one thing has one name"
