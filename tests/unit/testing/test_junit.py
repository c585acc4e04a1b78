import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from lxml import etree

from helpers.model.results.results import (
    DirResult,
    DirState,
    Reused,
    RunResult,
    TestCase,
    TestOutcome,
)
from helpers.testing.junit import write_dir_junit, write_merged_junit

_TESTS = (
    TestCase("tests/test_a.py::test_one", TestOutcome.PASSED, 0.25),
    TestCase(
        "tests/test_a.py::TestB::test_two[x::y]", TestOutcome.FAILED, 0.5, "1 != 2", "trace\x00"
    ),
    TestCase("tests/test_a.py::test_three", TestOutcome.ERROR, 0.0, "no fixture", "trace"),
    TestCase("tests/test_a.py::test_four", TestOutcome.SKIPPED, 0.0, "not today"),
)
_RESULT = DirResult(
    "apps/a", DirState.FAILED, "a:local-ann-1.0.0", 2.0, _TESTS, started="2026-01-02T03:04:05+00:00"
)


def _read(path: Path) -> ET.Element:
    return ET.parse(path).getroot()


def test_a_dir_is_a_suite_with_its_counts(tmp_path: Path) -> None:
    write_dir_junit(_RESULT, tmp_path / "junit.xml")
    suite = _read(tmp_path / "junit.xml")[0]
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    assert (suite.get("name"), suite.get("timestamp")) == ("apps/a", "2026-01-02T03:04:05")


def test_a_test_is_named_by_dir_module_and_class(tmp_path: Path) -> None:
    write_dir_junit(_RESULT, tmp_path / "junit.xml")
    cases = _read(tmp_path / "junit.xml").iter("testcase")
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert names[:2] == [
        ("apps.a.tests.test_a", "test_one"),
        ("apps.a.tests.test_a.TestB", "test_two[x::y]"),
    ]


def test_a_bricks_test_has_a_name_of_its_own_in_each_dir(tmp_path: Path) -> None:
    path = "test/components/shop/cart/test_core.py"
    test = TestCase(f"../../{path}::test_x", TestOutcome.PASSED, 0.1, file=f"../../{path}", line=3)
    write_dir_junit(DirResult("projects/a", DirState.PASSED, tests=(test,)), tmp_path / "junit.xml")
    (case,) = _read(tmp_path / "junit.xml").iter("testcase")
    assert case.get("classname") == "projects.a.test.components.shop.cart.test_core"
    assert (case.get("file"), case.get("line")) == (path, "3")


def test_what_xml_cannot_hold_is_written_out(tmp_path: Path) -> None:
    write_dir_junit(_RESULT, tmp_path / "junit.xml")
    failure = _read(tmp_path / "junit.xml").find(".//failure")
    assert failure is not None
    assert failure.text == "trace\\x00"


@pytest.mark.parametrize(
    ("result", "tag"),
    [
        (DirResult("a", DirState.ERROR, problem="the image\ncannot be built"), "error"),
        (DirResult("a", DirState.STOPPED), "error"),
    ],
)
def test_a_dir_that_is_no_pass_shows_as_such(tmp_path: Path, result: DirResult, tag: str) -> None:
    write_dir_junit(result, tmp_path / "junit.xml")
    assert _read(tmp_path / "junit.xml").find(f".//testcase/{tag}") is not None


def test_a_dir_without_tests_is_an_empty_suite_and_counts_as_no_test(tmp_path: Path) -> None:
    write_dir_junit(DirResult("a", DirState.NO_TESTS), tmp_path / "junit.xml")
    suite = _read(tmp_path / "junit.xml")[0]
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["0", "0", "0", "0"]
    said = {item.get("name"): item.get("value") for item in suite.iter("property")}
    assert (said["state"], said["verdict"]) == ("no tests", "notice")


def test_a_failure_has_the_file_from_the_repos_root_and_the_line_that_failed(
    tmp_path: Path,
) -> None:
    test = TestCase("t.py::b", TestOutcome.FAILED, 0.1, file="t.py", line=3, raised_in="c/h.py",
                    raised_at=9)  # fmt: skip
    write_dir_junit(DirResult("apps/a", DirState.FAILED, tests=(test,)), tmp_path / "junit.xml")
    case = _read(tmp_path / "junit.xml").find(".//testcase")
    assert case is not None
    assert (case.get("file"), case.get("line")) == ("apps/a/c/h.py", "9")


def test_the_root_is_called_by_the_repos_name_and_keeps_its_path(tmp_path: Path) -> None:
    root = DirResult(".", DirState.ERROR, problem="no image", root_name="shop")
    write_dir_junit(root, tmp_path / "junit.xml")
    suite = _read(tmp_path / "junit.xml")[0]
    said = {item.get("name"): item.get("value") for item in suite.iter("property")}
    assert (suite.get("name"), suite.get("package")) == ("shop", ".")
    assert (said["name"], said["dir"]) == ("shop", ".")


def test_the_merged_file_has_a_suite_for_each_dir_and_the_sums(tmp_path: Path) -> None:
    other = DirResult("b", DirState.PASSED, seconds=1.0, tests=_TESTS[:1])
    write_merged_junit(RunResult("id", "f", (_RESULT, other), 3.0), tmp_path / "junit.xml")
    root = _read(tmp_path / "junit.xml")
    assert [suite.get("name") for suite in root] == ["apps/a", "b"]
    assert (root.get("tests"), root.get("failures"), root.get("time")) == ("5", "1", "3.000")


def test_the_file_is_what_consumers_take(tmp_path: Path) -> None:
    flaky = TestCase("t.py::shaky", TestOutcome.PASSED, 0.1, "once", "trace", attempts=2)
    noted = TestCase("t.py::noted", TestOutcome.PASSED, 0.1, properties=(("key", "value"),))
    dirs = (
        _RESULT,
        DirResult("b", DirState.ERROR, problem="no image"),
        DirResult("c", DirState.NO_TESTS),
        DirResult("d", DirState.PASSED, "reg/d:local-ann-2.0.0", tests=(flaky, noted),
                  version="2.0.0", reused=Reused("r", "2026-01-02T03:04:05+00:00")),
    )  # fmt: skip
    write_merged_junit(RunResult("r", "f", dirs, 1.0), tmp_path / "junit.xml")
    schema = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
    schema.assertValid(etree.parse(tmp_path / "junit.xml"))
    names = [suite.get("name") for suite in _read(tmp_path / "junit.xml")]
    assert names == ["apps/a", "b", "c", "d-2.0.0"], "image and version, where they are known"
