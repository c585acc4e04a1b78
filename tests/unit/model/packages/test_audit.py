from datetime import date

import pytest

from helpers.model.errors import HelpersError
from helpers.model.packages.audit import Allowance, Pin, Vulnerability, judge, parse_allowances

TODAY = date(2026, 5, 10)
ONE = Vulnerability(Pin("foo", "1.0"), "GHSA-1", ("CVE-2026-1",))
TWO = Vulnerability(Pin("bar", "2.0"), "PYSEC-2")


def allow(id: str, until: date = TODAY) -> Allowance:
    return Allowance(id, until, "no way in", "devops/list.yaml:1")


def test_an_allow_list_is_read_with_its_lines() -> None:
    text = """\
# what we know of
- id: CVE-2026-1
  until: 2026-12-31
  reason: not reachable

- reason: the fix breaks us
  until: "2027-01-01"
  id: GHSA-2
"""
    assert parse_allowances(text, "a/list.yaml") == (
        Allowance("CVE-2026-1", date(2026, 12, 31), "not reachable", "a/list.yaml:2"),
        Allowance("GHSA-2", date(2027, 1, 1), "the fix breaks us", "a/list.yaml:8"),
    )


def test_an_empty_allow_list_allows_nothing() -> None:
    assert parse_allowances("# nothing yet\n", "list.yaml") == ()


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("id: X\n", "expected a list", 1),
        ("- id: X\n  until: 2026-01-01\n  reason: r\n- just text\n", "expected a list", 4),
        ("\n- id: X\n  reason: r\n", "key 'until' is missing", 2),
        ("- id: X\n  until: 2026-01-01\n", "key 'reason' is missing", 1),
        ("- id: X\n  until: soon\n  reason: r\n", "expected a date as YYYY-MM-DD", 2),
        ("- id: X\n  until: 2026-02-30\n  reason: r\n", "expected a date", 2),
        ("- id: X\n  until: 20260101\n  reason: r\n", "expected a date", 2),
        ("- id: X\n  untl: 2026-01-01\n  reason: r\n", "unknown key 'untl'", 2),
        ("- id: X\n  until: 2026-01-01\n  reason:\n", "expected a text, found nothing", 3),
        ("- id: X\n  id: Y\n", "occurs twice", 2),
        ("- id: [\n", "not valid YAML", 1),
    ],
)
def test_a_malformed_allow_list_is_an_error_with_file_and_line(
    text: str, what: str, line: int
) -> None:
    with pytest.raises(HelpersError, match=what) as caught:
        parse_allowances(text, "list.yaml")
    assert caught.value.where == f"list.yaml:{line}"
    assert caught.value.fix


@pytest.mark.parametrize("id", ["GHSA-1", "CVE-2026-1", "cve-2026-1"])
def test_what_is_allowed_by_any_of_its_names_does_not_count(id: str) -> None:
    judged = judge([ONE, TWO], [allow(id)], TODAY)
    assert judged.vulnerabilities == (TWO,)
    assert judged.allowed == ((ONE, allow(id)),)
    assert (judged.expired, judged.unused) == ((), ())


def test_an_allowance_holds_on_its_last_day_and_not_on_the_next() -> None:
    entry = allow("GHSA-1")
    assert judge([ONE], [entry], TODAY).vulnerabilities == ()
    after = judge([ONE], [entry], date(2026, 5, 11))
    assert after.vulnerabilities == (ONE,)
    assert after.expired == (entry,)


def test_an_expired_entry_does_not_hide_a_valid_one_of_the_same_name() -> None:
    old, new = allow("GHSA-1", date(2025, 1, 1)), allow("GHSA-1")
    assert judge([ONE], [old, new], TODAY).allowed == ((ONE, new),)


def test_an_entry_that_allows_nothing_is_told() -> None:
    assert judge([TWO], [allow("GHSA-1")], TODAY).unused == (allow("GHSA-1"),)
