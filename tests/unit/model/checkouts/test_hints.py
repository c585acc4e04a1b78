"""What is told of a checkout that is not in order, and what fixes it."""

from dataclasses import replace

import pytest

from helpers.model.checkouts.hints import find_hints
from helpers.model.checkouts.state import (
    CheckoutState,
    Operation,
    Recorded,
    Relation,
    Uncommitted,
)

_COMMIT = "a" * 40
_OTHER = "b" * 40
_LIB = CheckoutState(
    "libs/my lib",
    ".",
    branch="main",
    commit=_COMMIT,
    upstream="origin/main",
    recorded=Recorded(_COMMIT, _COMMIT),
    url="../lib",
    push_to="origin",
)
_DETACHED = replace(_LIB, branch="", upstream="")


def _recorded(relation: Relation, ahead: int = 0, behind: int = 0) -> Recorded:
    return Recorded(_OTHER, _OTHER, relation, ahead, behind)


def _told(state: CheckoutState) -> list[tuple[str, str]]:
    return [(hint.what, hint.fix) for hint in find_hints(state)]


@pytest.mark.parametrize(
    "state",
    [
        _LIB,
        _DETACHED,
        replace(_LIB, path=".", parent="", recorded=None, url="", ahead=2, unpushed=2),
        replace(_LIB, work=Uncommitted(staged=1, changed=1, untracked=1, stashes=1)),
        replace(_LIB, shallow=True),
        CheckoutState(".", branch="main"),
    ],
)
def test_ordinary_work_is_in_order(state: CheckoutState) -> None:
    assert _told(state) == []


@pytest.mark.parametrize(
    ("state", "what", "fix"),
    [
        (
            CheckoutState("lib", ".", fault="not a git repository: x", recorded=_LIB.recorded),
            "git cannot read it: not a git repository: x",
            "git -C lib status",
        ),
        (
            CheckoutState("a/b", "a", missing=True, recorded=_LIB.recorded, url="u"),
            "it is not checked out",
            "git -C a submodule update --init --recursive -- b",
        ),
        (
            replace(_LIB, operation=Operation.REBASE, work=Uncommitted(conflicted=2)),
            "a rebase was begun and not ended, with 2 files in conflict",
            "git -C 'libs/my lib' rebase --continue",
        ),
        (
            replace(_LIB, operation=Operation.BISECT),
            "a bisect was begun and not ended",
            "git -C 'libs/my lib' bisect reset",
        ),
        (
            replace(_LIB, work=Uncommitted(conflicted=1)),
            "1 file in conflict",
            "git -C 'libs/my lib' status",
        ),
        (
            replace(_LIB, url=""),
            ".gitmodules does not say where it comes from, so nobody else can check it out",
            "git submodule add --force URL 'libs/my lib'",
        ),
        (
            replace(_LIB, modules_fault="bad config line 1"),
            "its .gitmodules cannot be read: bad config line 1",
            "git -C 'libs/my lib' checkout HEAD -- .gitmodules",
        ),
        (
            replace(_DETACHED, is_stray=True, unpushed=3),
            "no branch has what is checked out: 3 commits could be lost",
            "git -C 'libs/my lib' switch --create NAME",
        ),
        (
            replace(_LIB, unpushed=1),
            "the repo records a commit that no remote has: 1 commit not pushed",
            "git -C 'libs/my lib' push origin main",
        ),
        (
            replace(_LIB, unpushed=2, upstream="", recorded=_recorded(Relation.SAME)),
            "2 commits that no remote has",
            "git -C 'libs/my lib' push --set-upstream origin main",
        ),
        (
            replace(_DETACHED, unpushed=2, recorded=_recorded(Relation.SAME)),
            "2 commits that no remote has",
            "git -C 'libs/my lib' push origin HEAD:refs/heads/NAME",
        ),
        (
            replace(_LIB, unpushed=2, push_to="", recorded=_recorded(Relation.SAME)),
            "2 commits that no remote has",
            "git -C 'libs/my lib' remote add origin ../lib",
        ),
        (
            replace(_LIB, recorded=_recorded(Relation.AHEAD, ahead=1)),
            "it is 1 commit newer than what the repo records",
            "git add -- 'libs/my lib'",
        ),
        (
            replace(_LIB, recorded=_recorded(Relation.BEHIND, behind=2)),
            "it is 2 commits older than what the repo records",
            "git -C 'libs/my lib' merge --ff-only bbbbbbbbbbbb",
        ),
        (
            replace(_DETACHED, recorded=_recorded(Relation.BEHIND, behind=2)),
            "it is 2 commits older than what the repo records",
            "git submodule update -- 'libs/my lib'",
        ),
        (
            replace(_LIB, recorded=_recorded(Relation.DIVERGED, 1, 2)),
            "it has 1 commit that bbbbbbbbbbbb, which the repo records, lacks, and lacks 2 commits",
            "git -C 'libs/my lib' merge bbbbbbbbbbbb",
        ),
        (
            replace(_LIB, shallow=True, recorded=_recorded(Relation.DIVERGED, 1, 1)),
            "it has 1 commit that bbbbbbbbbbbb, which the repo records, lacks, and lacks 1 commit",
            "git -C 'libs/my lib' fetch --unshallow origin",
        ),
        (
            replace(_LIB, recorded=_recorded(Relation.UNKNOWN)),
            "it does not have the commit bbbbbbbbbbbb that the repo records",
            f"git -C 'libs/my lib' fetch origin {_OTHER}",
        ),
        (
            replace(_LIB, shallow=True, recorded=_recorded(Relation.UNKNOWN)),
            "it does not have the commit bbbbbbbbbbbb that the repo records",
            f"git -C 'libs/my lib' fetch --unshallow origin {_OTHER}"
            " || git -C 'libs/my lib' fetch --unshallow --tags --force origin"
            " '+refs/heads/*:refs/remotes/origin/*'",
        ),
        (
            replace(_LIB, path="a/b", parent="a", recorded=Recorded("", "", Relation.CONFLICT)),
            "a merge in a is in conflict over which commit to record",
            "git -C a add -- b",
        ),
        (
            replace(_LIB, recorded=Recorded(_COMMIT, _OTHER)),
            "what the repo records is staged and not committed",
            "git commit",
        ),
        (
            replace(_LIB, upstream_gone=True),
            "main follows origin/main, which is gone",
            "git -C 'libs/my lib' branch --unset-upstream",
        ),
        (
            replace(_LIB, behind=1),
            "main is 1 commit behind origin/main",
            "git -C 'libs/my lib' merge --ff-only origin/main",
        ),
        (
            replace(_LIB, ahead=1, behind=1),
            "main and origin/main have diverged",
            "git -C 'libs/my lib' rebase origin/main",
        ),
    ],
)
def test_what_is_not_in_order_is_told_with_what_fixes_it(
    state: CheckoutState, what: str, fix: str
) -> None:
    assert _told(state) == [(what, fix)]


def test_a_recorded_commit_that_nobody_else_has_is_told_first() -> None:
    recorded = Recorded(_OTHER, _OTHER, Relation.BEHIND, behind=1, unpushed=1)
    assert _told(replace(_LIB, recorded=recorded, push_to=""))[0] == (
        "the repo records bbbbbbbbbbbb, which no remote has",
        "git -C 'libs/my lib' push origin bbbbbbbbbbbb:refs/heads/NAME",
    )


def test_what_is_not_checked_out_and_comes_from_nowhere_is_told_twice() -> None:
    state = CheckoutState("lib", ".", missing=True, recorded=_LIB.recorded)
    assert [fix for _, fix in _told(state)] == [
        "git submodule add --force URL lib",
        "git submodule update --init --recursive -- lib",
    ]
