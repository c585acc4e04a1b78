"""The table of rules: what a message of a commit says of a version.

Of each row: where the rule comes from. CC is Conventional Commits 1.0.0, by the number of the rule.
What python-semantic-release and commitizen make of the same messages stands in
`tests/integration/release/test_peers_of_versions.py`.
"""

import pytest

from helpers.model.commits import (
    Meaning,
    Reason,
    greatest,
    read_message,
    taken_back,
)
from helpers.model.version import Part

ID = "1234567890123456789012345678901234567890"
GITHUB_SQUASH = "Prices (#12)\n\n* fix: round up\n\n* feat: discounts"
GIT_SQUASH = (
    "Squashed commit of the following:\n\ncommit 12\nAuthor: A <a@b.c>\n\n    feat!: prices\n\n"
    "commit 13\n\n    fix: round up\n"
)
RULES = {
    "fix: round up": Part.PATCH,  # CC 3
    "feat: discounts": Part.MINOR,  # CC 2
    "feat(api): discounts": Part.MINOR,  # CC 4
    "feat(ui, api): discounts": Part.MINOR,  # CC 4
    "Feat: discounts": Part.MINOR,  # CC 15: a type is not told by its case
    "feat:discounts": Part.MINOR,  # CC 5 wants a blank; people forget it
    "feat!: new prices": Part.MAJOR,  # CC 13
    "refactor(api)!: new prices": Part.MAJOR,  # CC 13, 14
    "fix: a\n\nBREAKING CHANGE: prices are numbers": Part.MAJOR,  # CC 11, 12
    "fix: a\n\nBREAKING-CHANGE: prices are numbers": Part.MAJOR,  # CC 16
    "fix: a\n\nBREAKING CHANGE #12": Part.MAJOR,  # CC 8: a footer may be told by ` #`
    "fix: a\n\nwhy\n\nRefs: #1\nBREAKING CHANGE: b": Part.MAJOR,  # CC 8
    "Prices\r\n\r\nBREAKING CHANGE: b\r\n": Part.MAJOR,  # written on Windows
    "BREAKING CHANGE: b": Part.MAJOR,
    "BREAKING-CHANGE: b": Part.MAJOR,
    "fix: a\n\nbreaking change: b": Part.PATCH,  # CC 15: in capitals
    "fix: a\n\nno BREAKING CHANGE: b": Part.PATCH,  # CC 8: at the start of a line
    "fix: a\n\nBREAKING CHANGE:": Part.PATCH,  # CC 12: what it is must follow
    "docs: prices": Part.PATCH,  # issue 15: anything else is a patch
    "Discounts": Part.PATCH,  # the same
    "": Part.PATCH,
    "feature: discounts": Part.PATCH,  # no type of CC's; `i commit_check` says so
    "feat": Part.PATCH,
    "feat(: discounts": Part.PATCH,
    "feat: discounts (#12)\n\n* fix: a\n* feat!: b": Part.MINOR,  # a squash title decides
    GITHUB_SQUASH: Part.MINOR,  # of no form: the titles that it lists do
    GIT_SQUASH: Part.MAJOR,
    "Prices\n\n* a list\n* of words": Part.PATCH,
    f'Revert "feat: discounts"\n\nThis reverts commit {ID}.': Part.PATCH,
    'Revert "feat!: prices" (#13)\n\nReverts shop/prices#12': Part.PATCH,
}


@pytest.mark.parametrize(("message", "part"), RULES.items(), ids=lambda one: str(one)[:30])
def test_what_a_message_raises(message: str, part: Part) -> None:
    assert read_message(message).reason.part is part


def test_the_greatest_part_counts() -> None:
    assert greatest([Part.PATCH, Part.MAJOR, Part.MINOR]) is Part.MAJOR
    assert greatest([]) is None


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("chore: a\n\nRelease-As: 2.0.0", ("2.0.0",)),
        ("chore: a\n\nrelease-as:  2.0.0 \nSigned-off-by: A <a@b.c>", ("2.0.0",)),
        ("chore: a\n\nRelease-As: 1.0.0\nRelease-As: shop-v2.0.0", ("1.0.0", "shop-v2.0.0")),
        ("chore: a\n\nRelease-As: 1.0.0\n\nRelease-As: 1.0.0", ("1.0.0",)),
        ("chore: a\n\nRelease-As: version two \n", ("version two",)),
        ("chore: a\n\nRelease-As:", ("",)),
        ("chore: a\n\nsee Release-As: 2.0.0", ()),
        ("Release-As: 2.0.0", ()),
    ],
)
def test_a_footer_asks_for_a_version(message: str, asked: tuple[str, ...]) -> None:
    assert read_message(message).release_as == asked


def _counted(*messages: tuple[str, str]) -> list[str]:
    """The ids that count, of commits from the oldest to the newest."""
    read = [(id, read_message(message)) for id, message in messages]
    return sorted(dict(read).keys() - taken_back(read[::-1]))


A, B, C, D = (letter * 40 for letter in "abcd")
FEATURE = (A, "feat: discounts (#12)")


@pytest.mark.parametrize(
    "revert",
    [
        f'Revert "feat: discounts (#12)"\n\nThis reverts commit {A}.',
        f'Revert "feat: discounts (#12)"\n\nThis reverts commit {A[:8]}, which was wrong.',
        'Revert "feat: discounts (#12)" (#13)\n\nReverts shop/prices#12',
        'Revert "feat: discounts" (#13)',
        f"revert: discounts\n\nRefs: {A[:7]}",
        "revert: feat: discounts",
    ],
)
def test_a_revert_and_what_it_reverts_count_for_nothing(revert: str) -> None:
    assert _counted(FEATURE, (B, revert), (C, "fix: x")) == [C]
    # What was released before is taken back by a change like any other.
    assert _counted((B, revert), (C, "fix: x")) == [B, C]


def test_a_revert_of_a_revert_brings_the_change_back() -> None:
    revert = f'Revert "feat: discounts"\n\nThis reverts commit {A}.'
    again = f'Revert "Revert "feat: discounts""\n\nThis reverts commit {B}.'
    assert _counted(FEATURE, (B, revert), (C, again)) == [A]
    third = f"Revert again\n\nThis reverts commit {C}."
    assert _counted(FEATURE, (B, revert), (C, again), (D, third)) == []


def test_a_revert_of_two_commits_counts_while_one_of_them_was_released() -> None:
    both = f"revert: two\n\nRefs: {A}, {D}"
    assert _counted(FEATURE, (B, both)) == [A, B]
    assert _counted(FEATURE, (D, "fix: x"), (B, both)) == []


def test_a_commit_that_carries_a_version_is_known() -> None:
    found = read_message("chore: version 1.2.0\n\nRelease-Version: shop-v1.2.0")
    assert found.writes_version
    assert not read_message("chore: Release-Version: x").writes_version


def test_any_text_is_a_message() -> None:
    for text in ("\0", ": ", "()!: x", "feat(" * 1000, "\n" * 50, "fix: \ud800"):
        found = read_message(text)
        assert isinstance(found, Meaning)
        assert found.reason in Reason
