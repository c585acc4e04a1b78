import json
import re
import time

from helpers.model.coverage import FileCoverage
from helpers.model.results import (
    DirResult,
    DirState,
    Outcome,
    Phase,
    Reused,
    RunResult,
    TestCase,
)
from helpers.testing.report.page import render_report

_HOSTILE = "</script><script>alert(1)</script><!-- \"quoted\" 'single' & \x00\x1b[31m"


def _test(node: str = "test_a.py::test_a", outcome: Outcome = Outcome.PASSED) -> TestCase:
    return TestCase(node, outcome, 0.25)


def _run(*dirs: DirResult) -> RunResult:
    return RunResult("run-1", "tmp/run-1", dirs, 1.5, started="2026-01-02T03:04:05+00:00")


def test_what_tests_say_is_text_and_nothing_else() -> None:
    bad = TestCase(_HOSTILE, Outcome.FAILED, 1.0, _HOSTILE, _HOSTILE)
    coverage = (FileCoverage(_HOSTILE, (1,), (2,)),)
    item = DirResult(
        _HOSTILE, DirState.FAILED, tests=(bad,), problem=_HOSTILE, hints=(_HOSTILE,),
        coverage=coverage,
    )  # fmt: skip
    page = render_report(_run(item), {_HOSTILE: _HOSTILE})
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    assert "<!--" not in page
    assert "\x00" not in page
    assert "\x1b" not in page


def test_the_data_of_the_page_are_json() -> None:
    item = DirResult("app", DirState.PASSED, tests=(_test("a::b</script>"),))
    page = render_report(_run(item), {})
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    assert json.loads(found[1])["tests"] == [[0, "a::b</script>", "passed", 0.25, 1]]


def test_a_failure_has_its_command() -> None:
    item = DirResult("my app", DirState.FAILED, tests=(_test("t.py::x[1]", Outcome.FAILED),))
    page = render_report(_run(item), {})
    assert "./main_pytest.py --dir &#x27;my app&#x27; --suite all -- &#x27;t.py::x[1]&#x27;" in page


def test_what_was_reused_says_from_where() -> None:
    item = DirResult("app", DirState.PASSED, reused=Reused("run-0", "2026-01-01T00:00:00", "/mnt"))
    page = render_report(_run(item), {})
    assert "run-0" in page
    assert "/mnt" in page


def test_phases_are_bars_on_one_axis() -> None:
    phases = (Phase(DirState.WAITING, 0, 1), Phase(DirState.TESTING, 1, 4))
    page = render_report(_run(DirResult("app", DirState.PASSED, phases=phases)), {})
    assert 'x="250.00" width="750.00"' in page


def test_flaky_tests_are_named() -> None:
    test = TestCase("t.py::shaky", Outcome.PASSED, 0.1, "once failed", attempts=2)
    page = render_report(_run(DirResult("app", DirState.PASSED, tests=(test,))), {})
    assert "Flaky tests" in page
    assert "once failed" in page


def test_a_run_of_nothing_says_so() -> None:
    page = render_report(RunResult("r", "f", (), 0.1, left_out=7), {})
    assert "nothing had to run" in page
    assert "7 more dirs" in page


def test_the_page_asks_nothing_of_a_network() -> None:
    page = render_report(_run(DirResult("app", DirState.PASSED, tests=(_test(),))), {})
    assert "default-src 'none'" in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


def test_many_dirs_are_no_burden() -> None:
    tests = tuple(_test(f"tests/test_module.py::test_{number}") for number in range(5))
    reused = Reused("run-0", "2026-01-01T00:00:00")
    dirs = [DirResult(f"apps/{n}", DirState.PASSED, tests=tests, reused=reused) for n in range(50)]
    began = time.perf_counter()
    page = render_report(_run(*dirs), {})
    assert page.count("run-0") >= 50
    assert time.perf_counter() - began < 5
