import re

import pytest

from helpers.console.runs.github import annotations, step_summary
from helpers.model.changelog.parse import FILE_NAME as CHANGELOG
from helpers.model.results.results import (
    DirResult,
    DirState,
    Reused,
    RunResult,
    TestCase,
    TestOutcome,
)

_LIMIT = 1024 * 1024


def _failed(node: str, message: str = "1 != 2", **more: str | int) -> TestCase:
    values = {"details": "", "file": "t.py", "line": 7, **more}
    return TestCase(node, TestOutcome.FAILED, 0.1, message, **values)  # type: ignore[arg-type]


def _dir(name: str, *tests: TestCase) -> DirResult:
    state = DirState.FAILED if any(test.bad for test in tests) else DirState.PASSED
    return DirResult(name, state, tests=tests)


def _run(*dirs: DirResult) -> RunResult:
    return RunResult("id", "tmp.runs/id", dirs, 2.0)


def test_the_summary_has_totals_dirs_and_each_failure_with_how_to_repeat_it() -> None:
    tests = (
        TestCase("t.py::a", TestOutcome.PASSED, 0.1),
        _failed("t.py::b", details="def b():\n\n    assert 1 == 2"),
    )
    shown = step_summary(_run(_dir("apps/a", *tests), _dir("lib", tests[0])))
    assert "# Tests (fast): 1 dir failed, 1 dir passed" in shown
    assert "**2 passed, 1 failed, 0 skipped**" in shown
    assert "| <code>apps/a</code> | **failed** | 1 | 1 | 0 |" in shown
    assert "def b():\n\n    assert 1 == 2\n</pre>" in shown
    assert "./main_pytest.py --dir apps/a --suite all -- t.py::b" in shown
    assert shown.index("apps/a") < shown.index("<code>lib")


def test_the_summary_tells_for_which_dirs_a_bricks_test_fails() -> None:
    node = "../../test/components/shop/cart/test_a.py::b"
    passed = TestCase(node, TestOutcome.PASSED, 0.1)
    shown = step_summary(_run(_dir("projects/a", _failed(node)), _dir("projects/b", passed)))
    assert "## Tests of bricks" in shown
    assert "<code>fails for projects/a, passes for projects/b</code>" in shown


def test_the_summary_tells_flaky_and_reused_results_and_what_went_wrong() -> None:
    flaky = TestCase("t.py::f", TestOutcome.PASSED, 0.1, attempts=3)
    reused = DirResult("b", DirState.PASSED, reused=Reused("older", "2026-01-01", "store"))
    broken = DirResult("c", DirState.ERROR, problem="no image", fix="poetry lock", log="c.log")
    shown = step_summary(_run(_dir("a", flaky), reused, broken))
    assert "# Tests (fast): 1 dir in error, 2 dirs passed" in shown
    assert "t.py&#58;&#58;f</code> (3 attempts)" in shown
    assert "run <code>older</code> of <code>2026-01-01</code> from <code>store</code>" in shown
    assert "<pre>\nno image\nfix: poetry lock\nlog: c.log\n</pre>" in shown


@pytest.mark.parametrize(
    "text",
    [
        "</pre></details><script>alert(1)</script>",
        "a | b\n\n# heading\n- [x](http://x) ![y](z) `c` **d** @somebody #1 www.x",
        "<img src=x onerror=alert(1)>",
        "\x1b[31mred\x1b[0m\u202etxt\ud800\x00",
    ],
)
def test_test_output_becomes_neither_markdown_nor_html(text: str) -> None:
    test = _failed(f"t.py::t[{text}]", text, details=text)
    reused = Reused(text, text, text)
    run = _run(_dir("a", test), DirResult("b", DirState.ERROR, problem=text, reused=reused))
    shown = step_summary(run)
    own = {"details", "summary", "pre", "code"}
    assert set(re.findall(r"</?([a-z]+)", shown)) == own
    assert shown.count("<pre>") == shown.count("</pre>") == 3
    outside = re.sub(r"<pre>.*?</pre>", "", shown, flags=re.DOTALL)
    assert not re.search(r"@|`|!\[|\]\(|www\.|^# heading|\x1b|\u202e", outside, flags=re.MULTILINE)
    assert shown.encode()


def test_the_summary_stays_within_the_limit_and_says_what_is_missing() -> None:
    tests = [_failed(f"t.py::t{number}", details="é" * 50_000) for number in range(300)]
    shown = step_summary(_run(_dir("a", *tests)))
    assert len(shown.encode()) < _LIMIT
    assert re.search(r"\*\*\d+ entries left out", shown)
    assert shown.count("<details>") == shown.count("</details>") > 10


def test_a_failure_is_marked_on_its_line_in_the_repo() -> None:
    (marked,) = annotations(_run(_dir("apps/a", _failed("t.py::b"))))
    assert marked == (
        "::error file=apps/a/t.py,line=7,title=apps/a%3A t.py%3A%3Ab::"
        "1 != 2%0A%0Aagain: ./main_pytest.py --dir apps/a --suite all -- t.py::b"
    )


@pytest.mark.parametrize(
    ("folder", "file", "expected"),
    [
        (".", "tests/t.py", "file=tests/t.py,line=7,"),
        ("a,b:c", "100%.py", "file=a%2Cb%3Ac/100%25.py,line=7,"),
        ("a", "../b/t.py", "file=b/t.py,line=7,"),
        ("a", "../../outside.py", "title"),
        ("a", "", "file=a/t.py,line=7,"),
    ],
)
def test_the_file_of_an_annotation_is_below_the_root(folder: str, file: str, expected: str) -> None:
    (marked,) = annotations(_run(_dir(folder, _failed("t.py::b", file=file))))
    assert marked.startswith(f"::error {expected}")


def test_output_cannot_start_another_command() -> None:
    text = "x\r\n::error::fake\n::stop-commands::t %0A"
    for marked in annotations(_run(_dir("a", _failed(f"t.py::{text}", text)))):
        assert len(marked.splitlines()) == 1
        assert marked.count("::error ") == 1
        assert "%250A" in marked
        assert ":" not in marked.partition("title=")[2].partition("::")[0]


def test_what_github_would_not_show_is_counted_and_each_dir_is_shown() -> None:
    many = [_failed(f"t.py::t{number}") for number in range(30)]
    broken = DirResult("c", DirState.ERROR, problem="no image")
    marked = annotations(_run(broken, _dir("a", *many), _dir("b", _failed("t.py::z"))))
    assert sum(line.startswith("::error") for line in marked) == 10
    assert any("file=b/t.py" in line for line in marked)
    assert marked[-1].startswith("::notice")
    assert "22 more failures" in marked[-1]


def test_a_dir_that_could_not_be_tested_is_marked_on_its_changelog() -> None:
    broken = DirResult("apps/c", DirState.ERROR, problem="no image\nstep 3", fix="poetry lock")
    (marked,) = annotations(_run(broken))
    assert marked.startswith(f"::error file=apps/c/{CHANGELOG},title=apps/c%3A error::no image%0A")
    assert marked.endswith("fix: poetry lock")


def test_a_flaky_test_is_a_warning() -> None:
    flaky = TestCase("t.py::f", TestOutcome.PASSED, 0.1, file="t.py", line=3, attempts=2)
    (marked,) = annotations(_run(_dir("a", flaky)))
    assert marked.startswith("::warning file=a/t.py,line=3,")
    assert marked.endswith("::flaky: failed at first, passed at attempt 2")


def test_a_run_that_passed_marks_nothing() -> None:
    assert annotations(_run(_dir("a", TestCase("t.py::a", TestOutcome.PASSED, 0.1)))) == []
