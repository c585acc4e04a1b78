"""Checkouts by their depth, and what is told of one that went on or would."""

from pathlib import Path

import pytest

from helpers.checkouts.git.checkout_moves import BlockedError
from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.move_many import forward, levels
from helpers.model.checkouts.move_outcomes import MoveStatus
from tests.builders import commit_all, git, write_files
from tests.nested_repos import make_top


def _newer(root: Path, number: int) -> str:
    for one in range(number):
        write_files(root, {"a.txt": f"{one}\n"})
        newer = commit_all(root)
    git(root, "reset", "--quiet", "--hard", f"HEAD~{number}")
    return newer


@pytest.mark.parametrize(
    ("number", "dry_run", "status", "words"),
    [
        (1, False, MoveStatus.MOVED, "main: {old}..{new}, 1 commit"),
        (3, False, MoveStatus.MOVED, "main: {old}..{new}, 3 commits"),
        (3, True, MoveStatus.LEFT, "would go on, main: {old}..{new}, 3 commits"),
    ],
)
def test_how_far_it_went_or_would_is_told(
    root: Path, number: int, dry_run: bool, status: MoveStatus, words: str
) -> None:
    newer = _newer(root, number)
    (state,) = read_checkouts(root)
    told = forward(root, state, newer, "main", dry_run=dry_run)
    assert told.status is status
    assert told.what == words.format(old=state.commit[:12], new=newer[:12])
    assert (git(root, "rev-parse", "HEAD") == newer) is not dry_run


def test_a_dry_run_tells_what_a_real_one_is_refused_for(root: Path) -> None:
    newer = _newer(root, 1)
    write_files(root, {"a.txt": "mine\n"})
    (state,) = read_checkouts(root)
    told = forward(root, state, newer, "main", dry_run=True)
    assert (told.status, told.fix) == (MoveStatus.REFUSED, "git stash")
    assert "a.txt" in told.what
    with pytest.raises(BlockedError):
        forward(root, state, newer, "main", dry_run=False)
    git(root, "stash")
    assert forward(root, state, newer, "main", dry_run=False).status is MoveStatus.MOVED


def test_checkouts_are_read_anew_at_each_depth(tmp_path: Path) -> None:
    make_top(tmp_path)
    read = levels(tmp_path / "top")
    assert [[one.path for one in read(depth)] for depth in range(4)] == [
        ["."],
        ["mid dle"],
        ["mid dle/leaf"],
        [],
    ]
    commit = commit_all(tmp_path / "top" / "mid dle")
    assert [one.commit for one in read(1)] == [commit]
