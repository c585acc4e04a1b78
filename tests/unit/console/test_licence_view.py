import json
from dataclasses import replace
from datetime import date

import pytest

from helpers.console.licence_view import licences_as_json, print_exceptions, print_licences
from helpers.model.packages.licences import LicenceReport, Licensed
from helpers.model.settings.licence_config import LicenceException

BY = LicenceException("bar", "MPL-2.0", date(2026, 12, 31), "data alone")
OLD = LicenceException("old", "MPL-2.0", date(2025, 1, 1), "was so")
UNUSED = LicenceException("gone", "MPL-2.0", date(2026, 12, 31), "was so")
REPORT = LicenceReport(
    dir="apps/a",
    image="a:dev",
    digest="sha256:1",
    packages=20,
    findings=(Licensed("foo", "1", "GPL\x1b[31m"),),
    excepted=((Licensed("bar", "2", "MPL-2.0"), BY),),
    expired=(OLD,),
    unused=(UNUSED,),
)
CLEAN = replace(REPORT, dir="b", findings=(), excepted=(), unused=())


def test_findings_are_a_table_with_what_allows_them_and_a_line_for_each_image(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_licences([REPORT, CLEAN])
    assert capsys.readouterr().out.splitlines() == [
        "dir     package  version  licence",
        "apps/a  foo      1        GPL",
        "apps/a: 1 licence not allowed in 20 Python packages of a:dev, 1 excepted",
        "b: all licences allowed in 20 Python packages of a:dev",
        "  fix: use another package, or write to repo_config.yaml: licenses: {exceptions: {foo:"
        " {license: 'GPL\\x1b[31m', until: YYYY-MM-DD, reason: WHY}}}",
    ]


def test_exceptions_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    print_exceptions([REPORT, CLEAN])
    assert capsys.readouterr().err.splitlines() == [
        "apps/a: bar 2 (MPL-2.0) is allowed until 2026-12-31: data alone",
        "warning: the licence of old was allowed until 2025-01-01",
        "warning: gone needs no exception for MPL-2.0; remove it",
    ]


def test_every_key_of_the_format_is_there() -> None:
    found = json.loads(json.dumps(licences_as_json([REPORT])))
    (image,) = found.pop("images")
    assert found == {"format": 1}
    assert image["findings"] == [{"package": "foo", "version": "1", "license": "GPL\x1b[31m"}]
    assert image["excepted"][0]["by"]["until"] == "2026-12-31"
    assert (image["expired"][0]["package"], image["unused"][0]["reason"]) == ("old", "was so")
    assert (image["dir"], image["image"], image["digest"], image["packages"]) == (
        "apps/a",
        "a:dev",
        "sha256:1",
        20,
    )
