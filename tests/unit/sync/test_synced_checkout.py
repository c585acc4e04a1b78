"""Which toolchain a checkout has, and how a link reaches a file of it."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.sync.synced_checkout import SyncPlace, find_place
from tests.builders import git, make_repo


@pytest.mark.parametrize(
    ("below", "path", "leads"),
    [
        ("helpers_root", "ci.yml", "helpers_root/shared/ci.yml"),
        ("tools/my helpers", "a/b/ci.yml", "../../tools/my helpers/shared/ci.yml"),
        (".", "a/ci.yml", "../shared/ci.yml"),
        (".", "ci.yml", "shared/ci.yml"),
    ],
)
def test_a_link_reaches_the_toolchain_from_where_it_stands(
    below: str, path: str, leads: str
) -> None:
    place = SyncPlace(Path("/repo"), below, "a" * 40)
    assert place.link_to(path, "shared/ci.yml") == leads
    assert place.is_toolchain is (below == ".")


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="not a git checkout"):
        find_place(tmp_path)


def test_a_repo_without_the_toolchain_is_told_how_to_get_it(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "shop").root
    with pytest.raises(HelpersError, match="does not have the toolchain") as caught:
        find_place(root)
    assert caught.value.fix.startswith(f"git -C {root} submodule add")


def test_a_submodule_that_is_not_checked_out_may_be_the_toolchain(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "shop").root
    git(root, "config", "--file", ".gitmodules", "submodule.tools.path", "tools")
    git(root, "config", "--file", ".gitmodules", "submodule.tools.url", "../tools")
    with pytest.raises(HelpersError, match="not checked out: tools") as caught:
        find_place(root)
    assert caught.value.fix.endswith("-- tools")
