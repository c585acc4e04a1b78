"""What is told of many checkouts, and what a commit says of what came in."""

import pytest

from helpers.checkouts.clean import Litter, grouped
from helpers.checkouts.roll_plan import RollStep, roll_message, would_roll
from helpers.console.moves import print_branches, print_litter, print_outcomes
from helpers.model.checkouts.move_outcomes import MoveOutcome, MoveStatus
from helpers.model.checkouts.state import CheckoutState, Recorded
from helpers.model.numbers import list_few

_OLD, _NEW = "a" * 40, "b" * 40


def _step(path: str, commits: tuple[str, ...], number: int) -> RollStep:
    state = CheckoutState(path, ".", recorded=Recorded(_OLD, _OLD))
    return RollStep(state, (), "origin/main", _NEW, commits, number)


def test_the_message_lists_what_came_in_by_submodule() -> None:
    steps = [_step("a b", ("1 One",), 1), _step("c", ("3 Three", "2 Two"), 30)]
    assert roll_message(steps) == (
        "Roll a b, c forward\n\n"
        "a b (origin/main): aaaaaaaaaaaa..bbbbbbbbbbbb, 1 commit\n  1 One\n\n"
        "c (origin/main): aaaaaaaaaaaa..bbbbbbbbbbbb, 30 commits\n  3 Three\n  2 Two\n"
        "  and 28 more\n"
    )


def test_a_dry_run_is_no_failure() -> None:
    assert not any(one.is_bad for one in would_roll([_step("a", (), 0)]))


@pytest.mark.parametrize(
    ("status", "bad"),
    [
        (MoveStatus.SAME, False),
        (MoveStatus.MOVED, False),
        (MoveStatus.LEFT, False),
        (MoveStatus.REFUSED, True),
        (MoveStatus.FAILED, True),
    ],
)
def test_only_what_was_refused_or_failed_is_bad(status: MoveStatus, bad: bool) -> None:
    assert MoveOutcome("b", status, "").is_bad is bad


def test_outcomes_are_a_table_and_then_what_fixes_them(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [
        MoveOutcome.same(".", "fine"),
        MoveOutcome.refused("a b", "no", "git x"),
    ]
    print_outcomes(outcomes)
    assert capsys.readouterr().out == (
        "path           what\n.     same     fine\na b   refused  no\n\na b: no\n  fix: git x\n"
    )


def test_a_repo_without_submodules_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcomes([])
    assert capsys.readouterr().out == "there is no submodule\n"


def test_many_names_are_cut() -> None:
    assert list_few("abcde") == "a, b, c, d, e"
    assert list_few("abcdefg") == "a, b, c, d, e and 2 more"


def test_files_are_counted_by_topmost_folder() -> None:
    litter = Litter(".", ("a/b/c", "a/d", "e"), (), 0)
    assert grouped(litter) == [("a/", 2), ("e", 1)]


def test_nothing_to_show_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_branches([])
    print_litter([], ["cloned"], 0)
    assert capsys.readouterr().out == (
        "no branch was merged\nnothing is untracked\n"
        "stays: cloned is a separate repo, not a submodule\n"
    )


def test_litter_is_shown_with_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    print_litter([(".", "a/", 2), ("lib", "e", 1)], [], 10)
    assert capsys.readouterr().out == (
        "path  untracked\n.     a/         2 files\nlib   e          1 file\n\n10 B in 3 files\n"
    )
