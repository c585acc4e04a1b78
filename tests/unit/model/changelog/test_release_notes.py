"""Which release notes are new to somebody."""

import pytest

from helpers.model.changelog.release_notes import notes_since
from helpers.model.version import Version

_NOTES = """\
# Release notes

What changes.

## 1.10.0 - 2027-01-02

- Ten
### Details
- More

## v1.9.1

- Nine

## Unreleased thoughts

- None

## 1.2.0 - 2026-11-21
- Two
"""


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("1.10.0", ""),
        ("1.9.1", "## 1.10.0 - 2027-01-02\n\n- Ten\n### Details\n- More"),
        ("2.0.0", ""),
    ],
)
def test_sections_that_are_newer_are_new(since: str, found: str) -> None:
    assert notes_since(_NOTES, Version.parse(since)) == found


def test_sections_stay_in_their_order() -> None:
    found = notes_since(_NOTES, Version(1, 0, 0))
    assert [line for line in found.splitlines() if line.startswith("## ")] == [
        "## 1.10.0 - 2027-01-02",
        "## v1.9.1",
        "## Unreleased thoughts",
        "## 1.2.0 - 2026-11-21",
    ]


def test_a_file_without_sections_has_no_news() -> None:
    assert notes_since("", Version(1, 0, 0)) == ""
    assert notes_since("# Release notes\n\n## 1.2\n## 1.2.3.4\n", Version(1, 0, 0)) == ""
