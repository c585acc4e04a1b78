"""Two checkouts compared: what they have in common, and what their histories say of each other."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.sync.compare_repos import (
    TRAILER,
    IntegrationMark,
    RepoPart,
    common_commit,
    find_part,
    read_authors,
    read_content,
    read_files,
    read_marks,
)
from helpers.sync.last_integration import find_last
from tests.builders import commit_all, git, make_repo, write_files


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "here", {"lib/a b.txt": "one\n", "app.txt": "app\n"}).root


@pytest.fixture
def there(tmp_path: Path, here: Path) -> Path:
    """A clone with a commit more."""
    root = tmp_path / "there"
    git(tmp_path, "clone", "--quiet", str(here), str(root))
    write_files(root, {"lib/a b.txt": "two\n"})
    commit_all(root)
    return root


def _mark(root: Path, other: str, folder: str = "") -> str:
    return commit_all(root, f"Bring it\n\n{TRAILER}: {other}{f' {folder}' if folder else ''}")


def test_a_part_is_a_folder_of_a_checkout(here: Path) -> None:
    head = git(here, "rev-parse", "HEAD")
    assert find_part(here) == RepoPart(here, "", head)
    assert find_part(here / "lib") == RepoPart(here, "lib", head)


def test_what_is_no_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    unborn = make_repo(tmp_path / "unborn", commit=False).root
    for folder, what in (
        (tmp_path / "gone", "no directory 'gone'"),
        (tmp_path / "plain", "not a git checkout"),
        (unborn, "has no commit"),
    ):
        with pytest.raises(HelpersError, match=what) as caught:
            find_part(folder)
        assert caught.value.fix


def test_the_content_of_both_is_read_without_fetching(here: Path, there: Path) -> None:
    ours, theirs = find_part(here / "lib"), find_part(there / "lib")
    files = read_files(ours, theirs, theirs.head)
    assert sorted(files) == ["app.txt", "lib/a b.txt", "repo_config.yaml"]
    assert read_content(ours, theirs, files["lib/a b.txt"]) == "two\n"
    assert common_commit(ours, theirs) == ours.head
    assert "two\n" not in git(here, "log", "--all", "--patch")


def test_authors_are_those_since_a_commit(here: Path, there: Path) -> None:
    part = find_part(there / "lib")
    assert read_authors(part, git(here, "rev-parse", "HEAD")) == {"lib/a b.txt": ("Test",)}
    assert read_authors(part, part.head) == {}


@pytest.mark.parametrize(
    ("marked", "part", "counts"),
    [("", "lib", True), ("lib", "lib", True), ("lib", "", False), ("li", "lib", False)],
)
def test_a_mark_counts_for_its_folder_and_what_is_in_it(
    here: Path, there: Path, marked: str, part: str, counts: bool
) -> None:
    other = git(there, "rev-parse", "HEAD")
    commit = _mark(here, other, marked)
    time = int(git(here, "show", "--no-patch", "--format=%ct"))
    found = list(read_marks(find_part(here / part), find_part(there / part)))
    assert found == ([IntegrationMark(commit, time, other)] if counts else [])


def test_a_mark_of_what_the_other_does_not_have_says_nothing(here: Path, there: Path) -> None:
    _mark(here, "f" * 40)
    assert not list(read_marks(find_part(here), find_part(there)))


def test_without_a_mark_the_histories_tell_where_they_parted(here: Path, there: Path) -> None:
    ours = find_part(here)
    last = find_last(ours, find_part(there))
    assert (last.here, last.there, last.base) == (ours.head, ours.head, ours.head)
    assert last.said == f"the histories diverged at {ours.head[:12]}"


def test_repos_without_a_common_history_are_compared_as_they_are(
    here: Path, tmp_path: Path
) -> None:
    other = make_repo(tmp_path / "other", {"lib/a b.txt": "other\n"}).root
    last = find_last(find_part(here), find_part(other))
    assert (last.time, last.here, last.there, last.base) == (0, "", "", "")
