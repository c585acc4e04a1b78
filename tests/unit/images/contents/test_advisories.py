import json
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from helpers.images.contents.advisories import find_in_database, is_affected
from helpers.model.errors import HelpersError
from helpers.model.packages.audit import Pin, Unchecked

FOO = Pin("foo", "1.5")


def affected(*events: dict[str, str], name: str = "foo", **more: Any) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    return {"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges, **more}


def record(id: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id, "summary": "Bad\nvery bad", "affected": list(items), **more}


def ids(path: Path, content: object, *pins: Pin) -> list[str]:
    path = path / "database.json"
    path.write_text(json.dumps(content))
    return [one.id for one in find_in_database(path, pins or (FOO,)).vulnerabilities]


ALL = affected({"introduced": "0"})


@pytest.mark.parametrize(
    ("version", "events", "hit"),
    [
        ("1.5", [{"introduced": "0"}], True),
        ("0.0a1", [{"introduced": "0"}, {"fixed": "1"}], True),
        ("1.5", [{"introduced": "1.5"}], True),
        ("1.5rc1", [{"introduced": "1.5"}], False),
        ("1.5", [{"introduced": "1"}, {"fixed": "1.5"}], False),
        ("1.5.0", [{"introduced": "1"}, {"last_affected": "1.5"}], True),
        ("1.5.post1", [{"introduced": "1"}, {"last_affected": "1.5"}], False),
        ("1.10", [{"introduced": "1.9"}, {"fixed": "1.11"}], True),
        ("3", [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}], True),
        ("2.5", [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}], False),
        ("3.5", [{"fixed": "4"}, {"introduced": "3"}, {"fixed": "2"}, {"introduced": "1"}], True),
        ("2", [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "2"}], True),
        ("1.5", [{"introduced": "0"}, {"fixed": "no version"}], False),
    ],
)
def test_a_version_is_in_a_range_as_osv_says(
    version: str, events: list[dict[str, str]], hit: bool
) -> None:
    assert is_affected(affected(*events), Version(version)) == hit


@pytest.mark.parametrize(("version", "hit"), [("1.0", True), ("1.0.0", True), ("1.1", False)])
def test_versions_that_are_listed_are_affected(version: str, hit: bool) -> None:
    listed = {"versions": ["0.9", "1.0", "not-a-version"]}
    assert is_affected(listed, Version(version)) == hit


def test_ranges_of_commits_say_nothing() -> None:
    ranges = [{"type": "GIT", "events": [{"introduced": "0"}]}]
    assert not is_affected({"ranges": ranges}, Version("1"))


VERSIONS = st.builds(
    lambda numbers, suffix: Version(".".join(map(str, numbers)) + suffix),
    st.lists(st.integers(0, 12), min_size=1, max_size=3),
    st.sampled_from(["", "a1", "rc2", ".post1", ".dev3"]),
)


@given(
    # As an event "0" means before every version, which is not what the version 0 means.
    bounds=st.lists(VERSIONS.filter(lambda bound: str(bound) != "0"), unique=True, max_size=6),
    closed=st.booleans(),
    from_the_start=st.booleans(),
    version=VERSIONS,
    order=st.randoms(),
)
def test_ranges_are_half_open_intervals_whatever_the_order_of_their_events(
    bounds: list[Version], closed: bool, from_the_start: bool, version: Version, order: Any
) -> None:
    bounds.sort()
    end = "last_affected" if closed else "fixed"
    kinds = [end, "introduced"] if from_the_start else ["introduced", end]
    events = [{kinds[n % 2]: str(bound)} for n, bound in enumerate(bounds)]
    events += [{"introduced": "0"}] if from_the_start else []
    edges: list[Version | None] = [*([None] if from_the_start else []), *bounds, None]
    # Every other interval between two neighbouring edges is affected.
    wanted = any(
        (low is None or version >= low)
        and (high is None or version < high or (closed and version == high))
        for low, high in list(pairwise(edges))[::2]
    )
    order.shuffle(events)
    assert is_affected(affected(*events), version) == wanted


def test_a_withdrawn_record_is_none(tmp_path: Path) -> None:
    gone = record("B", ALL, withdrawn="2026-01-01T00:00:00Z")
    assert ids(tmp_path, [record("A", ALL), gone]) == ["A"]


def test_other_packages_and_ecosystems_are_not_meant(tmp_path: Path) -> None:
    npm = {**ALL, "package": {"ecosystem": "npm", "name": "foo"}}
    records = [record("A", npm), record("B", affected({"introduced": "0"}, name="bar"))]
    records += [record("C", {"ranges": []}), record("D", affected({"introduced": "0"}, name="FOO"))]
    assert ids(tmp_path, records) == ["D"]


def test_all_that_a_record_says_is_kept(tmp_path: Path) -> None:
    several = affected(
        {"introduced": "0"}, {"fixed": "1.6"}, {"introduced": "2"}, {"fixed": "2.10"}
    )
    other = affected({"introduced": "1.5"}, {"fixed": "1.5.1"})
    path = tmp_path / "database.json"
    path.write_text(json.dumps(record("A", several, other, aliases=["CVE-1"])))
    (found,) = find_in_database(path, [FOO, Pin("foo", "1.7")]).vulnerabilities
    assert (found.pin, found.id, found.aliases, found.summary) == (FOO, "A", ("CVE-1",), "Bad")
    assert found.fixed_in == ("1.5.1", "1.6")


def test_records_of_one_vulnerability_are_told_once(tmp_path: Path) -> None:
    records = [
        record("GHSA-1", affected({"introduced": "0"}, {"fixed": "9"}), aliases=["CVE-1"]),
        record("PYSEC-1", ALL, aliases=["CVE-1", "GHSA-1"]),
        record("GHSA-2", ALL),
    ]
    path = tmp_path / "database.json"
    path.write_text(json.dumps(records))
    found = find_in_database(path, [FOO]).vulnerabilities
    assert [one.id for one in found] == ["GHSA-2", "PYSEC-1"]
    assert found[1].aliases == ("CVE-1", "GHSA-1")
    assert found[1].fixed_in == ("9",)


def test_a_zip_as_osv_publishes_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for id in ("A", "B"):
            archive.writestr(f"{id}.json", json.dumps(record(id, ALL)))
        archive.writestr("README.md", "not a record")
    assert [one.id for one in find_in_database(path, [FOO]).vulnerabilities] == ["A", "B"]


@pytest.mark.parametrize("byte", [8, 10], ids=["encrypted", "unknown method"])
def test_a_zip_that_nobody_can_unpack_is_no_database(tmp_path: Path, byte: int) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A.json", json.dumps(record("A", ALL)))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + byte] = 97
    path.write_bytes(content)
    with pytest.raises(HelpersError, match="not a database of OSV records"):
        find_in_database(path, [FOO])


def test_a_version_that_python_does_not_know_is_told(tmp_path: Path) -> None:
    path = tmp_path / "database.json"
    path.write_text(json.dumps([record("A", ALL)]))
    odd = Pin("foo", "1.0-dfsg.x")
    found = find_in_database(path, [odd])
    assert found.vulnerabilities == ()
    assert [item.pin for item in found.unchecked] == [odd]
    assert isinstance(found.unchecked[0], Unchecked)


@pytest.mark.parametrize(
    "content",
    ["", "no json", '"text"', '[{"affected": []}]', '[{"id": "A", "affected": [{"package": 1}]}]'],
)
def test_another_file_is_no_database(content: str, tmp_path: Path) -> None:
    path = tmp_path / "database.json"
    path.write_text(content)
    with pytest.raises(HelpersError, match="not a database of OSV records") as caught:
        find_in_database(path, [FOO])
    assert str(path) in caught.value.where


def test_a_missing_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="does not exist"):
        find_in_database(tmp_path / "none.zip", [FOO])
