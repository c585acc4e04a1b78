"""A bump never writes what the check refuses, wherever and with whatever message it is made."""

from datetime import UTC, date, datetime, timedelta

import pytest

from helpers.images.changelogs.check import latest_day
from helpers.model.changelog.history_rules import CheckedDir, Committed, check_dir
from helpers.model.changelog.parse import bump_changelog, entry_day, parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.version import Part

_TEXT = "# app-1.0.0\n- 2026-11-01\n- First\n"


def _found(text: str, before: str, now: datetime) -> list[str]:
    checked = CheckedDir("app", "app/changelog.txt", text, (Committed("c" * 40, before),))
    return [finding.what for finding in check_dir(checked, latest_day(now))]


@pytest.mark.parametrize(
    "message",
    [
        *("Add pandas", "- Add pandas", "# no heading", "#", "-", "- ", "-- x", "* a\n  * b"),
        *("one\n\n\ntwo", "one\r\ntwo\r\n", "\n\n  lead", "\U0001f600 \u65e5\u672c", "a\tb"),
        *("a\x0bb\x0cc", "a\x85b\u2028c", "# app-9.9.9\n- 2020-01-01", "\ufeffx", "\x1b[31mred"),
        *("long " * 20_000, "\n".join(["line"] * 2_000), "- 2099-01-01", "\u00e9" * 500),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_any_message_is_written_so_that_it_is_read(message: str, ending: str, mark: str) -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    before = mark + _TEXT.replace("\n", ending)
    after = bump_changelog(before, "changelog.txt", Part.MINOR, message, entry_day(now))
    assert str(parse_changelog(after, "").version) == "1.1.0"
    assert after.endswith(before.removeprefix("\ufeff"))
    assert _found(after, before, now) == []
    again = bump_changelog(after, "changelog.txt", Part.PATCH, message, entry_day(now))
    assert _found(again, after, now) == []


@pytest.mark.parametrize("message", ["", "  ", "\n\n", "\r\n\t"])
def test_a_message_that_says_nothing_is_refused(message: str) -> None:
    with pytest.raises(HelpersError, match="needs a message"):
        bump_changelog(_TEXT, "changelog.txt", Part.MINOR, message, date(2026, 11, 28))


def test_a_message_that_no_file_can_hold_is_refused() -> None:
    with pytest.raises(HelpersError, match="no UTF-8"):
        bump_changelog(_TEXT, "changelog.txt", Part.MINOR, "caf\udce9", date(2026, 11, 28))


@pytest.mark.parametrize("hours", [*range(-12, 15)])
def test_a_colleague_anywhere_may_have_written_the_entry_below(hours: int) -> None:
    """Around midnight, with an entry of the day that the colleague's own clock shows."""
    for minute in (-1, 0, 1):
        for midnight in (0, 10, 12, 14, 23):
            now = datetime(2026, 11, 28, tzinfo=UTC) + timedelta(hours=midnight, minutes=minute)
            theirs = (now + timedelta(hours=hours)).date()
            before = f"# app-1.0.0\n- {theirs}\n- First\n"
            assert _found(before, before, now) == []
            after = bump_changelog(before, "c", Part.MINOR, "Mine", entry_day(now))
            assert _found(after, before, now) == []


def test_an_entry_of_the_far_future_does_not_move_what_is_written() -> None:
    before = _TEXT.replace("2026-11-01", "2062-11-01")
    after = bump_changelog(before, "c", Part.MINOR, "Mine", date(2026, 11, 28))
    assert parse_changelog(after, "").entries[0].date == date(2026, 11, 28)


def test_the_day_of_an_entry_is_the_same_for_everybody() -> None:
    now = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
    assert {entry_day(now.astimezone()), entry_day(now)} == {date(2026, 11, 28)}


@pytest.mark.parametrize("part", list(Part))
def test_a_number_at_its_largest_is_not_raised(part: Part) -> None:
    most = "999999999.999999999.999999999"
    text = _TEXT.replace("1.0.0", most)
    with pytest.raises(HelpersError, match="not a version"):
        bump_changelog(text, "c", part, "x", date(2026, 11, 28))


@pytest.mark.parametrize(
    "line",
    [
        f"# app-{'9' * 5000}.0.0",
        "#" + "-1" * 100_000 + " x",
        f"# {'a' * 200_000}-1.0.0",
        "# app-1.0.0 " + " " * 100_000 + "x",
        "# \u0661-1.0.0",
        "# app-\u0661.0.0",
        "# app-1.0.0\n- \u0662\u0660\u0662\u0666-01-01",
        "# app-1.0.0\n- 2026-13-01",
        "# app-1.0.0\n- " + "2" * 100_000,
        "# app\x00-1.0.0",
        "x" * 1_000_000,
    ],
)
def test_a_line_that_is_none_is_an_error_of_one_screen_at_once(line: str) -> None:
    began = datetime.now(UTC)
    with pytest.raises(HelpersError) as caught:
        parse_changelog(f"{line}\n- 2026-11-01\n- First\n", "changelog.txt")
    assert len(str(caught.value)) < 600
    assert datetime.now(UTC) - began < timedelta(seconds=1)
