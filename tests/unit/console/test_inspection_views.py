import json
from dataclasses import replace
from datetime import date

import pytest

from helpers.console.audit_view import audits_as_json, print_allowances, print_audits
from helpers.console.diff_view import print_diff
from helpers.console.sizes import readable_size
from helpers.model.images.diff import ImageDiff
from helpers.model.images.files import FileEntry, diff_files
from helpers.model.packages.audit import Allowance, Audit, Pin, Unchecked, Vulnerability
from helpers.model.packages.installed import PackageChange, PackageKind

ONE = Vulnerability(Pin("foo", "1"), "PYSEC-1", ("CVE-1", "GHSA-1"), ("1.1",), "Bad", ("/venv",))
ALLOWED = Vulnerability(Pin("bar", "2"), "PYSEC-2")
BY = Allowance("PYSEC-2", date(2026, 12, 31), "no way in", "devops/list.yaml:3")
OLD = Allowance("PYSEC-3", date(2025, 1, 1), "was so", "devops/list.yaml:6")
UNUSED = Allowance("PYSEC-4", date(2026, 12, 31), "was so", "devops/list.yaml:9")
AUDIT = Audit(
    dir="apps/a",
    image="a:dev",
    digest="sha256:1",
    packages=20,
    vulnerabilities=(ONE,),
    allowed=((ALLOWED, BY),),
    expired=(OLD,),
    unused=(UNUSED,),
    unchecked=(Unchecked(Pin("odd", "x"), "no version"),),
)
CLEAN = replace(
    AUDIT, dir="b", vulnerabilities=(), allowed=(), expired=(OLD,), unused=(), unchecked=()
)


def test_what_counts_is_a_table_with_a_line_for_each_image(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_audits([AUDIT, CLEAN])
    assert capsys.readouterr().out.splitlines() == [
        "dir     package  version  vulnerability  also known as  fixed in",
        "apps/a  foo      1        PYSEC-1        CVE-1, GHSA-1  1.1",
        "apps/a: 1 vulnerability in 20 Python packages of a:dev, 1 allowed",
        "b: no known vulnerability in 20 Python packages of a:dev",
    ]


def test_what_the_allow_lists_do_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    print_allowances([AUDIT, CLEAN])
    assert capsys.readouterr().err.splitlines() == [
        "apps/a: PYSEC-2 of bar 2 is allowed until 2026-12-31: no way in (devops/list.yaml:3)",
        "warning: devops/list.yaml:6: PYSEC-3 was allowed until 2025-01-01",
        "warning: devops/list.yaml:9: PYSEC-4 matches no image; remove it",
        "warning: apps/a: odd x was not checked: no version",
    ]


def test_every_key_of_the_format_is_there() -> None:
    entry = {"id": "PYSEC-3", "until": "2025-01-01", "reason": "was so"}
    found = json.loads(json.dumps(audits_as_json([AUDIT])))
    (image,) = found["images"]
    assert (found["format"], image["dir"], image["digest"]) == (1, "apps/a", "sha256:1")
    assert image["vulnerabilities"] == [
        {
            "id": "PYSEC-1",
            "aliases": ["CVE-1", "GHSA-1"],
            "package": "foo",
            "version": "1",
            "fixed_in": ["1.1"],
            "summary": "Bad",
            "places": ["/venv"],
        }
    ]
    assert image["allowed"][0]["by"]["until"] == "2026-12-31"
    assert image["expired"] == [entry | {"where": "devops/list.yaml:6"}]
    assert image["unused"][0]["where"] == "devops/list.yaml:9"
    assert image["unchecked"] == [{"package": "odd", "version": "x", "reason": "no version"}]


def diff_text(capsys: pytest.CaptureFixture[str], *, paths: bool) -> str:
    files = diff_files(
        [FileEntry("/opt/a", 1_500_000), FileEntry("/opt/b", 10, checksum="x")],
        [FileEntry("/opt/b", 10, checksum="y"), FileEntry("/usr/\x1b[31mred", 999)],
    )
    packages = (
        PackageChange(PackageKind.DEB, "bash", ("5.1",), ("5.2",)),
        PackageChange(PackageKind.PYTHON, "foo", (), ("1", "2")),
    )
    print_diff(ImageDiff("a:dev", "a:prod", packages, files), paths=paths)
    return capsys.readouterr().out


def test_a_difference_is_shown_by_package_and_top_folder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert diff_text(capsys, paths=False).splitlines() == [
        "from a:dev",
        "to   a:prod",
        "",
        "kind    package  from  to",
        "deb     bash     5.1   5.2",
        "python  foo      -     1, 2",
        "",
        "folder  added  removed  changed  size of its files",
        "/opt    0      1        1        1.5 MB -> 10 B (-1.5 MB)",
        "/usr    1      0        0        0 B -> 999 B (+999 B)",
        "",
        "size: 1.5 MB -> 1.0 kB (-1.5 MB)",
    ]


def test_paths_are_shown_when_asked_for_and_cannot_draw_on_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = diff_text(capsys, paths=True).splitlines()
    shown = ["- /opt/a  1.5 MB", "~ /opt/b  10 B -> 10 B", "+ /usr/?[31mred  999 B"]
    assert lines[-5:-2] == shown


def test_images_that_do_not_differ_are_said_to_be_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_diff(ImageDiff("a", "b", (), diff_files([], [])), paths=True)
    shown = capsys.readouterr().out
    assert "packages: the same" in shown
    assert "files: the same" in shown


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (491_100_000, "491.1 MB")]
)
def test_sizes_are_said_as_people_say_them(size: int, text: str) -> None:
    assert readable_size(size, exact=True) == text
