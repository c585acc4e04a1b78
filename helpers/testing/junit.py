"""Results as JUnit XML, in the form that Jenkins and other consumers read.

Schema: https://github.com/jenkinsci/xunit-plugin (junit-10.xsd).
"""

import re
import socket
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path

from helpers.model.results.results import (
    DirResult,
    DirState,
    RunResult,
    TestCase,
    TestOutcome,
    Verdict,
)
from helpers.model.runnable_dir import ROOT, path_in_repo
from helpers.system.files import write_atomic

# What XML 1.0 cannot hold, even escaped: https://www.w3.org/TR/xml/#charsets
_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_dir_junit(result: DirResult, path: Path) -> None:
    """Write the tests of one dir.

    Raises:
        OSError: it cannot be written.
    """
    _write(_suites([result]), path)


def write_merged_junit(run: RunResult, path: Path) -> None:
    """Write the tests of all dirs of a run, one suite each.

    Raises:
        OSError: it cannot be written.
    """
    _write(_suites(run.dirs), path)


def _suites(results: Iterable[DirResult]) -> ET.Element:
    suites = [_suite(result) for result in results]
    root = ET.Element("testsuites")
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
    root.extend(suites)
    return root


def _suite(result: DirResult) -> ET.Element:
    cases = [_case(result, test) for test in result.tests]
    problem = _problem(result)
    if problem:
        cases.append(_problem_case(result, problem))
    suite = ET.Element("testsuite", name=_valid(_suite_name(result)))
    suite.set("package", _valid(result.dir))
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{result.seconds:.3f}")
    if result.started:
        suite.set("timestamp", result.started[:19])
    suite.set("hostname", socket.gethostname())
    properties = ET.SubElement(suite, "properties")
    said = {
        "dir": result.dir,
        "name": result.name,
        "image": result.image,
        "state": result.state.value,
        "verdict": result.verdict.value,
        "reused": result.reused.run if result.reused else "",
    }
    for name, value in said.items():
        ET.SubElement(properties, "property", name=name, value=_valid(value))
    suite.extend(cases)
    return suite


def _suite_name(result: DirResult) -> str:
    """The image's name and version; the dir's name where there was no image."""
    name = result.image.rpartition("/")[2].partition(":")[0]
    return f"{name}-{result.version}" if name and result.version else result.name


def _case(result: DirResult, test: TestCase) -> ET.Element:
    file, _, rest = test.node.partition("::")
    # A parameter may hold "::" itself.
    plain, bracket, parameters = rest.partition("[")
    *classes, name = (plain or file).split("::")
    name += bracket + parameters
    if file.startswith("../"):  # of what the dir uses
        file = path_in_repo(result.dir, file)
    module = file.removesuffix(".py").replace("/", ".")
    prefix = "" if result.dir == ROOT else f"{result.dir.replace('/', '.')}."
    case = ET.Element("testcase", classname=_valid(prefix + ".".join([module, *classes])))
    case.set("name", _valid(name))
    case.set("time", f"{test.seconds:.3f}")
    place = result.location_of(test)
    if place.path:
        case.set("file", _valid(place.path))
    if place.path and place.line:
        case.set("line", str(place.line))
    if test.properties:
        properties = ET.SubElement(case, "properties")
        for key, value in test.properties:
            ET.SubElement(properties, "property", name=_valid(key), value=_valid(value))
    tag = {
        TestOutcome.FAILED: "failure",
        TestOutcome.ERROR: "error",
        TestOutcome.SKIPPED: "skipped",
        TestOutcome.XFAILED: "skipped",
    }.get(test.outcome)
    if test.flaky:
        tag = "flakyFailure"
    if tag:
        shown = ET.SubElement(case, tag, message=_valid(test.message))
        shown.text = _valid(test.details)
        if tag == "flakyFailure":
            shown.set("type", "flaky")
    return case


def _problem(result: DirResult) -> str:
    """What makes a dir fail although none of its tests did."""
    if result.verdict is not Verdict.BAD:
        return ""
    stopped = "stopped before the tests ended" if result.state is DirState.STOPPED else ""
    return result.problem or stopped


def _problem_case(result: DirResult, problem: str) -> ET.Element:
    case = ET.Element("testcase", classname=_valid(result.name), name="the dir itself", time="0")
    ET.SubElement(case, "error", message=_valid(problem.splitlines()[0])).text = _valid(problem)
    return case


def _valid(text: str) -> str:
    return _INVALID.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _write(root: ET.Element, path: Path) -> None:
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    write_atomic(path, content, durable=False)
