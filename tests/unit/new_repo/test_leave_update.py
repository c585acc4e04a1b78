"""Ways off the branch of an update."""

from pathlib import Path

import pytest

from helpers.adoption.superproject import Submodule
from helpers.model.errors import HelpersError
from helpers.new_repo.leave_update import note_base, undo, withdraw
from helpers.new_repo.update import BRANCH, plan_update
from helpers.system.host import read_host
from tests.builders import commit_all, git, make_repo, write_files


@pytest.fixture
def adopter(tmp_path: Path) -> Submodule:
    """A repo with an update of one commit on its branch, which is checked out."""
    root = make_repo(tmp_path / "repo").root
    commit_all(root)
    git(root, "branch", "--force", "--move", "main")
    git(root, "switch", "--quiet", "--create", BRANCH)
    note_base(root, BRANCH, "main")
    write_files(root, {"gained.txt": "1\n"})
    commit_all(root)
    return Submodule(root, ".")


def _branches(adopter: Submodule) -> list[str]:
    return git(adopter.repo, "branch", "--format=%(refname:short)").splitlines()


def test_a_part_that_failed_leaves_neither_files_nor_an_empty_branch(adopter: Submodule) -> None:
    root = adopter.repo
    write_files(root, {"gained.txt": "<<<<<<<\n", "new.txt": "half\n"})
    withdraw(adopter, BRANCH, "main")
    assert git(root, "branch", "--show-current") == "main"
    assert git(root, "status", "--porcelain") == ""
    assert not (root / "new.txt").exists()
    # What parts before it committed is kept.
    assert _branches(adopter) == [BRANCH, "main"]
    git(root, "switch", "--quiet", "--force-create", "other")
    write_files(root, {"new.txt": "half\n"})
    withdraw(adopter, "other", "main")
    assert _branches(adopter) == [BRANCH, "main"]


def test_an_update_is_removed_unless_it_is_merged(adopter: Submodule) -> None:
    root, host = adopter.repo, read_host()
    write_files(root, {"mine.txt": "1\n"})
    with pytest.raises(HelpersError, match="not committed"):
        undo(adopter, host, BRANCH)
    (root / "mine.txt").unlink()
    git(root, "branch", "--force", "main", BRANCH)
    with pytest.raises(HelpersError, match="is merged into main"):
        undo(adopter, host, BRANCH)
    git(root, "branch", "--force", "main", f"{BRANCH}~")
    assert undo(adopter, host, BRANCH) == ["here"]
    assert (_branches(adopter), git(root, "branch", "--show-current")) == (["main"], "main")
    assert undo(adopter, host, BRANCH) == []


def test_one_part_has_a_branch_of_its_own(tmp_path: Path) -> None:
    found = plan_update(tmp_path, "", "templates")
    assert (found.branch, [part.name for part in found.parts]) == (
        "helpers-update-templates", ["templates"],
    )  # fmt: skip
    with pytest.raises(HelpersError, match="no part of an update") as wrong:
        plan_update(tmp_path, "", "template")
    assert wrong.value.fix == "--only templates"
    (tested,) = plan_update(tmp_path, "", "toolchain", tested=True).parts
    assert "--no-tests" not in tested.words
