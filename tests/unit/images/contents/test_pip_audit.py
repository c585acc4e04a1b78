import json

import pytest

from helpers.images.contents.auditable_pins import split_pins
from helpers.images.contents.pip_audit import groups_of_unique, read_answer
from helpers.model.packages.audit import Pin, Unchecked, Vulnerability

OLD, NEW, OTHER = Pin("foo-bar", "1"), Pin("foo-bar", "2"), Pin("other", "1")


def test_no_list_holds_a_package_twice() -> None:
    assert groups_of_unique([OLD, NEW, OTHER]) == [[OLD, OTHER], [NEW]]
    assert groups_of_unique([]) == []


def test_what_is_no_name_or_no_version_is_asked_of_nobody() -> None:
    good, odd, option = Pin("foo-bar", "1.0+x"), Pin("foo", "1.0-dfsg.x"), Pin("-r /etc/list", "1")
    found, unchecked = split_pins([good, odd, option])
    assert list(found) == [good]
    assert [item.pin for item in unchecked] == [option, odd]


def test_the_report_is_read() -> None:
    vulnerability = {
        "id": "PYSEC-1",
        "fix_versions": ["1.1", "2.0"],
        "aliases": ["GHSA-1", "CVE-1"],
        "description": "Bad\nand long",
    }
    report = {
        "dependencies": [
            {"name": "foo-bar", "version": "1", "vulns": [vulnerability]},
            {"name": "other", "skip_reason": "not there"},
        ],
        "fixes": [],
    }
    found = read_answer(json.dumps(report), [OLD, OTHER])
    assert found.vulnerabilities == (
        Vulnerability(OLD, "PYSEC-1", ("CVE-1", "GHSA-1"), ("1.1", "2.0"), "Bad"),
    )
    assert found.unchecked == (Unchecked(OTHER, "not there"),)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"dependencies": [{"name": "unasked"}]}'])
def test_anything_else_is_no_report(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_answer(text, [OLD])
