"""What the table and the other views of checkouts show."""

import json
from dataclasses import replace
from io import StringIO

import pytest

from helpers.console.checkouts import (
    print_details,
    print_differences,
    print_names,
    print_status,
    status_json,
)
from helpers.model.checkouts.diff import CheckoutDiff
from helpers.model.checkouts.hints import Hint, find_hints
from helpers.model.checkouts.state import CheckoutState, Operation, Recorded, Relation, Uncommitted

_COMMIT = "a" * 40
_OTHER = "b" * 40
_LIB = CheckoutState(
    "lib",
    ".",
    branch="main",
    commit=_COMMIT,
    upstream="origin/main",
    recorded=Recorded(_COMMIT, _COMMIT),
    url="u",
)


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def _cells(state: CheckoutState) -> list[str]:
    stream = StringIO()
    print_status([state], [], stream=stream)
    return [cell.strip() for cell in stream.getvalue().splitlines()[1].split("  ") if cell]


@pytest.mark.parametrize(
    ("state", "cells"),
    [
        (_LIB, ["lib", "main", "aaaaaaaa", "= origin/main", "clean", "same"]),
        (
            replace(_LIB, ahead=2, behind=1, shallow=True),
            ["lib", "main", "aaaaaaaa (shallow)", "+2 -1 origin/main", "clean", "same"],
        ),
        (
            replace(_LIB, upstream_gone=True),
            ["lib", "main", "aaaaaaaa", "origin/main is gone", "clean", "same"],
        ),
        (
            replace(_LIB, branch="", upstream="", unpushed=3),
            ["lib", "(detached)", "aaaaaaaa", "3 not pushed", "clean", "same"],
        ),
        (
            replace(_LIB, work=Uncommitted(1, 2, 3, 4, 5), operation=Operation.MERGE),
            [
                *("lib", "main", "aaaaaaaa", "= origin/main"),
                "merge, 4 in conflict, 1 staged, 2 changed, 3 new, 5 stashes",
                "same",
            ],
        ),
        (
            replace(_LIB, work=Uncommitted(stashes=1)),
            ["lib", "main", "aaaaaaaa", "= origin/main", "1 stash", "same"],
        ),
        (
            replace(_LIB, recorded=Recorded(_OTHER, _COMMIT, Relation.DIVERGED, 1, 2)),
            [
                *("lib", "main", "aaaaaaaa", "= origin/main", "clean"),
                "bbbbbbbb, here +1 -2, staged",
            ],
        ),
        (
            replace(_LIB, recorded=Recorded(_OTHER, _OTHER, Relation.UNKNOWN)),
            ["lib", "main", "aaaaaaaa", "= origin/main", "clean", "bbbbbbbb, not here"],
        ),
        (
            replace(_LIB, recorded=Recorded("", "", Relation.CONFLICT)),
            ["lib", "main", "aaaaaaaa", "= origin/main", "clean", "conflict"],
        ),
        (
            CheckoutState("lib", ".", missing=True, recorded=_LIB.recorded, url="u"),
            ["lib", "not checked out", "aaaaaaaa"],
        ),
        (
            CheckoutState("lib", ".", fault="bad", recorded=_LIB.recorded),
            ["lib", "cannot be read", "aaaaaaaa"],
        ),
        (CheckoutState(".", branch="main"), [".", "main", "none yet", "clean"]),
    ],
)
def test_a_row_says_how_a_checkout_stands(state: CheckoutState, cells: list[str]) -> None:
    assert [cell for cell in _cells(state) if cell] == cells


def test_hints_follow_the_table_and_say_where_they_are_typed() -> None:
    stream = StringIO()
    print_status([_LIB], [Hint("lib", "wrong", "git x")], "/the/root", stream=stream)
    assert stream.getvalue().endswith(
        "same\n\ncommands are meant to be typed in /the/root\n\nlib: wrong\n  fix: git x\n"
    )


def test_a_terminal_gets_the_same_cells_in_colours() -> None:
    stream = _Terminal()
    print_status([_LIB], [], stream=stream)
    assert "= origin/main" in stream.getvalue()
    assert "\x1b[" in stream.getvalue()


def test_json_has_the_hints_of_each_checkout() -> None:
    state = replace(_LIB, behind=1)
    told = json.loads(status_json([_LIB, replace(state, path="other")], find_hints(state)))
    assert [len(one["hints"]) for one in told["checkouts"]] == [1, 0]
    assert told["checkouts"][0]["recorded"]["relation"] == "same"


def test_details_count_what_has_nothing_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    states = [
        CheckoutState(".", branch="main", commit=_COMMIT),
        CheckoutState("gone", ".", missing=True, recorded=_LIB.recorded, url="u"),
        CheckoutState("bad", ".", fault="no repo", recorded=_LIB.recorded, url="u"),
        replace(_LIB, operation=Operation.REBASE, upstream="", unpushed=2, is_stray=True),
    ]
    print_details(states, {"gone": [], "bad": [], "lib": ["## HEAD"]}, colours=False)
    assert capsys.readouterr().out.split("\n\n") == [
        "gone\nnot checked out",
        "bad\ncannot be read: no repo",
        "lib\n## HEAD\nin the middle of: rebase\n2 not pushed, on no branch",
        "1 other has nothing to tell\n",
    ]


def test_differences_are_told_under_their_paths(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        CheckoutDiff("."),
        CheckoutDiff("lib", "+x\n", ("lib/new",), note="new, at aaaa"),
        CheckoutDiff("far", fault="not here: git fetch"),
    ]
    print_differences(found, colours=False)
    told = capsys.readouterr()
    assert told.out == "lib (new, at aaaa)\n+x\nnot known to git: lib/new\n\n"
    assert told.err == "far is not compared: not here: git fetch\n"


def test_names_stand_alone_in_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    print_names(
        [CheckoutDiff("z", names=("z/a",), note="new, at b"), CheckoutDiff(".", names=("b",))]
    )
    told = capsys.readouterr()
    assert told.out == "b\nz/a\n"
    assert told.err == "notice: z is new, at b\n"
