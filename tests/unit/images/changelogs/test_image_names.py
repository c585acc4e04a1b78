"""Two dirs with one name of an image: each is told, and the command that is printed fixes it."""

import subprocess
from pathlib import Path

import pytest

from helpers.doctor.files import read_files
from helpers.images.building.plan import BuildOptions
from helpers.images.building.planning import plan_images
from helpers.images.changelogs.image_names import find_shared_names
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from tests.builders import commit_all, git, make_host, make_repo, make_runnable_dir


def _copied(root: Path, *names: str) -> Repo:
    """A repo whose dirs are copies of `apps/shop`, and one of another name."""
    repo = make_repo(root)
    for name in ("apps/shop", *names):
        make_runnable_dir(repo, name, image_name="shop")
    make_runnable_dir(repo, "apps/other", image_name="other")
    return repo


def _commit_at(repo: Repo, moment: str) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "Work", "--date", moment)


def _fix(error: HelpersError) -> None:
    command = error.fix.split(":  ", 1)[1]
    subprocess.run(["bash", "-c", command], check=True)


def test_a_copied_dir_is_told_with_the_one_that_it_was_copied_from(tmp_path: Path) -> None:
    repo = _copied(tmp_path, "apps/bakery")
    (name, error), *others = find_shared_names(repo).items()
    assert (name, others) == ("apps/bakery", [])
    assert "apps/shop" in error.what
    assert error.where == "apps/bakery/changelog.txt"


def test_the_copy_is_what_git_has_not_or_got_later_whatever_the_names(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    make_runnable_dir(repo, "apps/till", image_name="shop")
    assert set(find_shared_names(repo)) == set()
    _commit_at(repo, "2026-01-01T00:00:00Z")
    make_runnable_dir(repo, "apps/shop")
    assert set(find_shared_names(repo)) == {"apps/shop"}
    git(repo.root, "add", "--all")
    make_runnable_dir(repo, "apps/another", image_name="shop")
    assert set(find_shared_names(repo)) == {"apps/another", "apps/shop"}
    _commit_at(repo, "2026-01-02T00:00:00Z")
    assert set(find_shared_names(repo)) == {"apps/another", "apps/shop"}


def test_where_nothing_tells_the_copy_both_are_named_by_one_error(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    for name in ("a/shop", "b/shop"):
        make_runnable_dir(repo, name)
    commit_all(repo.root)
    first, second = find_shared_names(repo).values()
    assert first is second
    assert first.where.splitlines() == ["a/shop/changelog.txt", "b/shop/changelog.txt"]
    assert {str(error) for error in read_files(repo).broken} == {str(first)}


@pytest.mark.parametrize(
    "names", [("apps/bakery",), ("other", "apps/bakery", "apps/bakery two", "z/shop")]
)
def test_what_is_printed_gives_each_copy_a_name_of_its_own(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    repo = _copied(tmp_path, *names)
    for _ in names:
        # Of the errors that are told, any: it is a copy that gets another name.
        _fix(next(iter(find_shared_names(repo).values())))
    assert find_shared_names(repo) == {}
    assert (repo.root / "apps" / "shop" / "changelog.txt").read_text().startswith("# shop-1.0.0\n")


def test_a_name_that_is_shared_is_not_built_and_a_row_of_the_doctor(tmp_path: Path) -> None:
    repo = _copied(tmp_path, "apps/bakery")
    shared = find_shared_names(repo)
    for name, error in shared.items():
        with pytest.raises(HelpersError) as caught:
            plan_images(repo, repo.runnable_dir(name), make_host(repo.root), BuildOptions())
        assert str(caught.value) == str(error)
        assert str(error) in [str(broken) for broken in read_files(repo).broken]


def test_a_changelog_that_cannot_be_read_is_said_by_its_own_dir_alone(tmp_path: Path) -> None:
    repo = _copied(tmp_path)
    (repo.root / "apps" / "other" / "changelog.txt").write_text("nothing\n")
    assert find_shared_names(repo) == {}
