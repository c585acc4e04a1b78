import base64
import hashlib
import json
import re
import time
from typing import Any

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.model.results.coverage import FileCoverage
from helpers.model.results.results import (
    DirResult,
    DirState,
    Phase,
    Reused,
    RunResult,
    TestCase,
    TestOutcome,
)
from helpers.testing.report.html import printable, took
from helpers.testing.report.page import render_report

_HOSTILE = "</script><script>alert(1)</script><!-- \"quoted\" 'single' & \x00\x1b[31m\u202e\udcff"


def _test(node: str = "test_a.py::test_a", outcome: TestOutcome = TestOutcome.PASSED) -> TestCase:
    return TestCase(node, outcome, 0.25)


def _run(*dirs: DirResult, left_out: int = 0) -> RunResult:
    return RunResult(
        "run-1", "tmp/run-1", dirs, 1.5, started="2026-01-02T03:04:05+00:00", left_out=left_out
    )


def _page(*tests: TestCase, state: DirState = DirState.PASSED) -> str:
    return render_report(_run(DirResult("app", state, tests=tests)), {})


def _data(page: str, name: str = "test-data") -> Any:
    found = re.search(f'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def _hostile_run(text: str) -> RunResult:
    tests = (
        TestCase(text, TestOutcome.FAILED, 1.0, text, text),
        TestCase(text, TestOutcome.PASSED, 1.0, text, attempts=2),
    )
    item = DirResult(
        text, DirState.FAILED, text, tests=tests, problem=text, fix=text, hints=(text,), log=text,
        phases=(Phase(DirState.TESTING, 0, 1),), reused=Reused(text, text, text),
        coverage=(FileCoverage(text, (1,), (2,)),), version=text, started=text,
    )  # fmt: skip
    return RunResult(text, text, (item,), 1.0, started=text)


def _elements(text: str) -> set[tuple[str, tuple[str, ...]]]:
    """What a browser makes of the page: names of elements and comments, and of attributes."""
    page = render_report(_hostile_run(text), {text: text})
    found = lxml.html.document_fromstring(page).iter()
    return {(str(element.tag), tuple(map(str, element.attrib))) for element in found}


def test_for_which_dirs_a_bricks_test_fails_has_a_section() -> None:
    node = "../../test/components/shop/cart/test_a.py::test_a"
    failed, passed = _test(node, TestOutcome.FAILED), _test(node)
    dirs = (
        DirResult("projects/a", DirState.FAILED, tests=(failed,)),
        DirResult("projects/b", DirState.PASSED, tests=(passed,)),
    )
    page = lxml.html.document_fromstring(render_report(_run(*dirs), {}))
    (section,) = page.xpath('//section[@id="bricks"]')
    said = "fails for projects/a, passes for projects/b"
    assert f"{node.removeprefix('../../')} {said}" in section.text_content()
    assert not lxml.html.document_fromstring(_page(_test())).xpath('//*[@id="bricks"]')


def test_what_tests_say_is_text_and_nothing_else() -> None:
    page = render_report(_hostile_run(_HOSTILE), {_HOSTILE: _HOSTILE})
    assert page.count("<script") == page.count("</script>") == 3
    assert "<!--" not in page
    assert not re.search("[\x00\x1b\u202e\udcff]", page)
    assert page.encode("utf-8")


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, alphabet=st.characters(categories=None) | st.sampled_from("<>&\"'/!-=")))
def test_no_text_adds_an_element_or_an_attribute(text: str) -> None:
    assert _elements(text) <= _elements("plain") | {("a", ("href",))}


def test_codes_stand_for_what_is_not_seen() -> None:
    assert printable("a\x00\x9b\u202eb\r\nc\td") == "a\\x00\\x9b\\u202eb\nc\td"


def test_colours_of_a_terminal_are_left_out() -> None:
    page = _page(TestCase("t.py::x", TestOutcome.FAILED, 1, "m", "\x1b[1;31mE  red\x1b[0m"))
    assert ">E  red</pre>" in page


def test_the_data_of_the_page_are_json() -> None:
    page = _page(_test("a::b</script>"), TestCase("a::c", TestOutcome.SKIPPED, 0, "no <GPU>"))
    data = _data(page)
    [[name, reused, nodes, times, odd]] = data["dirs"]
    assert (name, reused, nodes, times) == ("app", 0, ["a::b</script>", "a::c"], [250, 0])
    [[place, outcome, attempts, message, anchor]] = odd
    assert (place, data["outcomes"][outcome], attempts) == (1, "skipped", 1)
    assert (message, anchor) == ("no <GPU>", "")


def test_style_and_script_are_those_that_the_policy_names() -> None:
    page = _page()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    for kind in ("style", "script"):
        found = re.search(f"<{kind}>(.*?)</{kind}>", page, re.S)
        assert found
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy[1]
    assert "unsafe" not in policy[1]


def test_a_failure_has_its_command() -> None:
    item = DirResult("my app", DirState.FAILED, tests=(_test("t.py::x[1]", TestOutcome.FAILED),))
    page = render_report(_run(item), {})
    assert "./main_pytest.py --dir &#x27;my app&#x27; --suite all -- &#x27;t.py::x[1]&#x27;" in page


def test_a_failure_leads_to_the_line_that_failed() -> None:
    test = TestCase("t.py::b", TestOutcome.FAILED, 0.1, file="t.py", line=3, raised_in="t.py",
                    raised_at=9)  # fmt: skip
    page = render_report(_run(DirResult("my app", DirState.FAILED, tests=(test,))), {})
    assert '<a href="../../my%20app/t.py#L9"><code>my app/t.py:9</code></a>' in page


def test_the_only_failure_is_open() -> None:
    one = _test("t.py::x", TestOutcome.FAILED)
    assert _page(one, state=DirState.FAILED).count('open="open"') == 1
    assert (
        _page(one, _test("t.py::y", TestOutcome.ERROR), state=DirState.FAILED).count("open=") == 0
    )


def test_the_root_is_called_by_the_repos_name_and_commands_take_its_path() -> None:
    root = DirResult(".", DirState.FAILED, tests=(_test("t.py::x", TestOutcome.FAILED),),
                     root_name="shop")  # fmt: skip
    page = render_report(_run(root), {})
    assert "<h3>shop " in page
    assert "./main_pytest.py --dir . --suite all -- t.py::x" in page
    assert ">.<" not in page


def test_a_failure_is_reached_from_the_list_of_tests() -> None:
    page = _page(_test(), _test("t.py::x", TestOutcome.ERROR), state=DirState.FAILED)
    [[_, _, _, _, [[place, _, _, _, anchor]]]] = _data(page)["dirs"]
    assert place == 1
    assert f'id="{anchor}"' in page


def test_endless_output_is_cut_in_its_middle() -> None:
    long = "first\n" + "x" * 1_000_000 + "\nlast"
    page = _page(TestCase("t.py::x", TestOutcome.FAILED, 1, "m", long), state=DirState.FAILED)
    assert len(page) < 200_000
    assert "first\n" in page
    assert "characters are left out" in page
    assert "\nlast</pre>" in page


def test_output_of_many_failures_does_not_make_a_page_that_no_browser_opens() -> None:
    tests = [TestCase(f"t::x{n}", TestOutcome.FAILED, 1, "m", "x" * 100_000) for n in range(500)]
    assert len(_page(*tests, state=DirState.FAILED)) < 6_000_000


def test_of_many_failures_the_rest_is_counted() -> None:
    tests = [_test(f"t.py::x{number}", TestOutcome.FAILED) for number in range(520)]
    page = _page(*tests, state=DirState.FAILED)
    assert page.count('class="failure"') == 500
    assert "and 20 more failures" in page


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (TestOutcome.PASSED, "1</b> passed"),
        (TestOutcome.FAILED, "1</b> failed"),
        (TestOutcome.ERROR, "1</b> error"),
        (TestOutcome.SKIPPED, "1</b> skipped"),
        (TestOutcome.XFAILED, "1</b> skipped"),
        (TestOutcome.XPASSED, "1</b> passed"),
    ],
)
def test_each_outcome_is_counted_once(outcome: TestOutcome, shown: str) -> None:
    tests, _, _ = _page(_test("t.py::x", outcome)).partition("</b> dir")
    assert shown in tests
    assert tests.count("<b>1</b>") == 2, "the sum and one part of it"


def test_a_dir_that_ran_no_tests_is_a_notice_and_neither_a_pass_nor_a_failure() -> None:
    page = _page(state=DirState.NO_TESTS)
    assert "<title>1 dir without tests</title>" in page
    assert '<h1 class="notice">' in page
    assert "app</strong>: It has no tests" in page
    assert 'id="failures"' not in page


def test_a_dir_without_tests_beside_one_that_passed_leaves_the_page_green() -> None:
    empty = DirResult("app", DirState.NO_TESTS)
    page = render_report(_run(empty, DirResult("lib", DirState.PASSED, tests=(_test(),))), {})
    assert "<title>1 dir without tests, 1 dir passed</title>" in page
    assert '<h1 class="good">' in page


def test_a_problem_has_the_command_that_fixes_it() -> None:
    item = DirResult("app", DirState.ERROR, problem="no image", fix="i docker_build_local_image")
    page = render_report(_run(item), {})
    assert "no image" in page
    assert 'data-text="i docker_build_local_image"' in page


def test_hints_of_dirs_that_passed_are_told_too() -> None:
    page = render_report(_run(DirResult("app", DirState.PASSED, hints=("look here",))), {})
    assert "look here" in page
    assert 'id="failures"' not in page


def test_a_log_beside_the_page_is_linked() -> None:
    beside = DirResult("a b", DirState.ERROR, problem="p", log="tmp/run-1/a b/log.txt")
    elsewhere = DirResult("c", DirState.ERROR, problem="p", log="javascript:alert(1)")
    page = render_report(_run(beside, elsewhere), {})
    assert 'href="./a%20b/log.txt"' in page
    assert 'href="javascript' not in page


def test_what_was_reused_says_from_where() -> None:
    ended = "2026-01-01T00:00:00+00:00"
    item = DirResult("app", DirState.PASSED, tests=(_test(),), reused=Reused("run-0", ended, "/m"))
    page = render_report(_run(item), {})
    assert "run-0" in page
    assert "<td>/m</td>" in page
    assert f'<time datetime="{ended}">2026-01-01 00:00:00 UTC</time>' in page


def test_phases_are_bars_on_one_axis() -> None:
    phases = (Phase(DirState.WAITING, 0, 1), Phase(DirState.TESTING, 1, 4))
    page = render_report(_run(DirResult("app", DirState.PASSED, phases=phases)), {})
    assert 'x="25.00%" width="75.00%"' in page
    assert ">2 s</text>" in page


def test_flaky_tests_are_named() -> None:
    page = _page(TestCase("t.py::shaky", TestOutcome.PASSED, 0.1, "once failed", attempts=2))
    assert "Flaky tests" in page
    assert "once failed" in page


def test_slow_tests_are_named_from_the_slowest() -> None:
    page = _page(*(TestCase(f"t.py::n{n}", TestOutcome.PASSED, float(n)) for n in range(30)))
    slowest = page[page.index('id="slowest"') :]
    assert re.findall(r"t\.py::n\d+(?=</code>)", slowest) == [
        f"t.py::n{n}" for n in range(29, 9, -1)
    ]


def test_lines_are_counted_as_python_counts_them() -> None:
    item = DirResult("app", DirState.PASSED, coverage=(FileCoverage("a.py", (1,), (2,)),))
    data = _data(render_report(_run(item), {"a.py": "a\r\nb\rc\n"}), "coverage-data")
    assert data["sources"]["a.py"] == "a\nb\nc\n"
    assert data["dirs"] == {"0": [["a.py", [1], [2]]]}


def test_a_run_of_nothing_says_so() -> None:
    page = render_report(_run(left_out=7), {})
    assert "nothing had to run" in page
    assert "7 dirs skipped: not selected or unchanged" in page


def test_an_interrupted_run_says_so() -> None:
    run = RunResult("r", "f", (DirResult("app", DirState.STOPPED),), 0.1, interrupted=True)
    page = render_report(run, {})
    assert "<title>interrupted: 1 dir stopped</title>" in page
    assert "stopped before its tests ended" in page


def test_the_page_asks_nothing_of_a_network() -> None:
    page = _page(_test())
    assert "default-src 'none'" in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)


def test_durations_read_as_people_say_them() -> None:
    assert [took(s) for s in (0.04, 59.94, 59.96, 3599.4, 3600, 7320)] == [
        "0.0 s", "59.9 s", "1 min 00 s", "59 min 59 s", "1 h 00 min", "2 h 02 min",
    ]  # fmt: skip


def test_many_reused_dirs_are_no_burden() -> None:
    tests = tuple(_test(f"tests/test_module.py::test_{number}") for number in range(5))
    reused = Reused("run-0", "2026-01-01T00:00:00+00:00")
    dirs = [
        DirResult(f"apps/{n}", DirState.PASSED, tests=tests, reused=reused) for n in range(1000)
    ]
    run = _run(*dirs)
    took_least = min(_seconds(run) for _ in range(3))
    # Some 20 ms where it was measured; the bound leaves room for a busy machine.
    assert took_least < 1


def _seconds(run: RunResult) -> float:
    began = time.perf_counter()
    render_report(run, {})
    return time.perf_counter() - began


def test_a_dir_that_ran_says_why_no_pass_stands_for_it() -> None:
    why = "its inputs changed since its last pass"
    item = DirResult("app", DirState.PASSED, tests=(_test(),), ran_because=why)
    cells = lxml.html.document_fromstring(render_report(_run(item), {})).xpath(
        "//table[@id='dirs-table']//td/text()"
    )
    assert why in cells


def test_dirs_that_ran_on_hosts_have_a_lane_for_each() -> None:
    phases = (Phase(DirState.TESTING, 0, 1),)
    dirs = [
        DirResult(name, DirState.PASSED, phases=phases, host=host)
        for name, host in (("a", "n2"), ("b", "n1"), ("c", "n2"))
    ]
    page = lxml.html.fromstring(render_report(_run(*dirs), {}))
    (table,) = page.xpath("//table[contains(@class, 'bars')]")
    assert table.xpath("./tbody/tr/th/text()") == ["on n1", "b", "on n2", "a", "c"]
