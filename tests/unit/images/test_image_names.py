"""Two dirs with one name of an image: each is told, and the command that is printed mends it."""

import subprocess
from pathlib import Path

import pytest

from helpers.doctor.files import read_files
from helpers.images.build import plan_images
from helpers.images.build_plan import BuildOptions
from helpers.images.image_names import find_shared_names
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from tests.builders import make_host, make_repo, make_runnable_dir


def _copied(root: Path, *names: str) -> Repo:
    """A repo whose dirs are copies of `apps/shop`, and one of another name."""
    repo = make_repo(root)
    for name in ("apps/shop", *names):
        make_runnable_dir(repo, name, image_name="shop")
    make_runnable_dir(repo, "apps/other", image_name="other")
    return repo


def _mend(error: HelpersError) -> None:
    command = error.mend.split(":  ", 1)[1]
    subprocess.run(["bash", "-c", command], check=True)


def test_a_copied_dir_is_told_with_the_one_that_it_was_copied_from(tmp_path: Path) -> None:
    repo = _copied(tmp_path, "apps/bakery")
    found = find_shared_names(repo)
    assert set(found) == {"apps/shop", "apps/bakery"}
    assert "apps/shop" in found["apps/bakery"].what
    assert "apps/bakery" in found["apps/shop"].what
    assert found["apps/shop"].where == "apps/shop/changelog.txt"


@pytest.mark.parametrize(
    "names", [("apps/bakery",), ("other", "apps/bakery", "apps/bakery two", "z/shop")]
)
def test_what_is_printed_gives_each_copy_a_name_of_its_own(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    repo = _copied(tmp_path, *names)
    for _ in names:
        # Whichever of the dirs one asks for, it is a copy that gets another name.
        _mend(find_shared_names(repo)["apps/shop"])
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
