"""Messages that do not count as they are meant, and how they should be written."""

import pytest

from helpers.model.commit_check import check_message, without_comments
from helpers.model.commits import read_message

ID = "1234567890123456789012345678901234567890"
NO_TYPE = "its first line has no type"
NO_TEXT = "no text follows its type"
TITLES = {
    # What people type: what is wrong with it, and what they meant.
    "": ("it is empty", "fix: round the price up"),
    "# comment\n": ("it is empty", "fix: round the price up"),
    "Round up": (NO_TYPE, "fix: round up"),
    "WIP": (NO_TYPE, "fix: WIP"),
    "GitHub answers": (NO_TYPE, "fix: GitHub answers"),
    "feat a": (NO_TYPE, "feat: a"),
    "Fix the price": (NO_TYPE, "fix: the price"),
    "feature - a": (NO_TYPE, "feat: a"),
    "[FIX] a": (NO_TYPE, "fix: a"),
    ":sparkles: feat: a": (NO_TYPE, "feat: a"),
    "\N{SPARKLES} feat(api): a": (NO_TYPE, "feat(api): a"),
    "feat(scope)! : a": (NO_TYPE, "feat(scope)!: a"),
    "feat!(api): a": (NO_TYPE, "feat(api)!: a"),
    "FIX : a": (NO_TYPE, "fix: a"),
    "fix (api): a": (NO_TYPE, "fix(api): a"),
    "fix(): a": (NO_TYPE, "fix: a"),
    "fix!": (NO_TEXT, "fix!: round the price up"),
    "fix(api):": (NO_TEXT, "fix(api): round the price up"),
    "feat:x": ("there is no blank after the colon", "feat: x"),
    "feature(api): x": ("the type 'feature' counts as a patch", "feat(api): x"),
    "features: a": ("the type 'features' counts as a patch", "feat: a"),
    "faet: x": ("the type 'faet' counts as a patch", "feat: x"),
    "BREAKING: x": ("the type 'BREAKING' counts as a patch", "feat!: x"),
    "breaking(api): x": ("the type 'breaking' counts as a patch", "feat(api)!: x"),
    "BREAKING CHANGE: x": (NO_TYPE, "feat!: x"),
    "[JIRA-1] feat: a": (
        "its first line begins with JIRA-1, and not with a type",
        "feat: a (JIRA-1)",
    ),
    "JIRA-1 feat a": ("its first line begins with JIRA-1, and not with a type", "feat: a (JIRA-1)"),
    "JIRA-1: Round up": (
        "its first line begins with JIRA-1, and not with a type",
        "fix: round up (JIRA-1)",
    ),
    "(#12) fix!: a": ("its first line begins with #12, and not with a type", "fix!: a (#12)"),
}
BODIES = {
    "fix: x\nBREAKING CHANGE: y": (
        "its second line is not empty",
        "fix: x, an empty line, and what follows",
    ),
    "fix: x\n\nBreaking changes: y": (
        "the line 'Breaking changes: y' does not count",
        "BREAKING CHANGE: y",
    ),
    "fix: x\n\nBREAKING: y": ("the line 'BREAKING: y' does not count", "BREAKING CHANGE: y"),
    "fix: x\n\nRelease-As: zwei": (
        "the line 'Release-As: zwei' asks for no version",
        "Release-As: 2.0.0",
    ),
    "fix: x\n\nRelease-As: shop-v3.1": (
        "the line 'Release-As: shop-v3.1' asks for no version",
        "Release-As: shop-v3.1.0",
    ),
    "fix: x\n\nRelease-as 3.0.0": (
        "the line 'Release-as 3.0.0' does not count",
        "Release-As: 3.0.0",
    ),
    "fix: x\n\nRelease-As: 2.0.0\nRelease-As: v3.0.0": (
        "it asks for 2.0.0 and for v3.0.0",
        "Release-As: v3.0.0, alone",
    ),
    "Release-As: 2.0.0": (
        "Release-As does not count in the first line",
        "chore: set the version, an empty line, and Release-As: 2.0.0",
    ),
}


@pytest.mark.parametrize(("message", "expected"), (TITLES | BODIES).items(), ids=str)
def test_a_message_that_does_not_count_as_meant_is_named(
    message: str, expected: tuple[str, str]
) -> None:
    assert check_message(without_comments(message)) == expected


@pytest.mark.parametrize("title", TITLES)
def test_what_is_suggested_is_right(title: str) -> None:
    assert check_message(check_message(title)[1]) == ("", "")


@pytest.mark.parametrize(
    "message",
    [
        *("fix: x", "feat(api)!: x", "deps: raise pandas", "test: x\n\nwhy", "Merge branch 'a'"),
        *("fixup! feat: x", f'Revert "x"\n\nThis reverts commit {ID}.', "fix: x\n# comment\n"),
        *("WIP: x", "feat(JIRA-1): x", "feature!: x", "fix: x (JIRA-1)"),
        "fix: x\n\nBREAKING CHANGE: y\n",
        "fix: x\n\nRelease as soon as 2 people agree.\nRelease-As: v3.0.0\nRelease-As: 3.0.0",
        "fix: x\n\nRelease-As: shop-v3.0.0\nRelease-As: api-v2.0.0",
        f"fix: x\n\n# {'-' * 24} >8 {'-' * 24}\ndiff\nBreaking change: y\n",
    ],
)
def test_a_message_that_counts_as_meant_passes(message: str) -> None:
    assert check_message(without_comments(message)) == ("", "")


def test_any_text_can_be_checked() -> None:
    for text in (
        "\0",
        ": ",
        "()!: x",
        "feat(" * 1000,
        "A-1 " * 5000,
        f"feat( {' ' * 5000}",
        "[A-1] ",
        "fix: \ud800",
    ):
        assert len(check_message(text)) == 2
        assert read_message(text).title == text.strip()
