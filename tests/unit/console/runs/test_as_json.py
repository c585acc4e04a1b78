import json

from helpers.console.runs.as_json import run_as_json
from helpers.model.results.coverage import FileCoverage
from helpers.model.results.results import (
    DirResult,
    DirState,
    Reused,
    RunResult,
    Suite,
    TestCase,
    TestOutcome,
)

_TESTS = (
    TestCase("t.py::a", TestOutcome.PASSED, 0.1),
    TestCase(
        "t.py::b[x y]",
        TestOutcome.FAILED,
        0.1,
        "1 != 2",
        "trace",
        "t.py",
        7,
        attempts=3,
        raised_in="t.py",
        raised_at=9,
    ),
    TestCase("t.py::c", TestOutcome.PASSED, 0.1, attempts=2),
)


def _run(*dirs: DirResult) -> RunResult:
    return RunResult(
        "id", "runs/id", dirs, 2.00049, False, Suite.SLOW, "2026-01-02T03:04:05Z", 4, exit_status=1
    )


def test_every_key_of_the_format_is_there() -> None:
    coverage = (FileCoverage("apps/a/m.py", (1, 2), (3,)),)
    item = DirResult(
        "apps/a",
        DirState.FAILED,
        "a:local",
        1.23456,
        _TESTS,
        log="runs/id/apps/a/log.txt",
        version="1.0.0",
        coverage=coverage,
        hints=("Out of memory.",),
    )
    assert run_as_json(_run(item)) == {
        "format": 1,
        "run": "id",
        "folder": "runs/id",
        "suite": "slow",
        "started": "2026-01-02T03:04:05Z",
        "seconds": 2.0,
        "interrupted": False,
        "exit_status": 1,
        "verdict": "bad",
        "counts": {"passed": 2, "failed": 1, "skipped": 0, "flaky": 1, "total": 3},
        "dir_counts": {"failed": 1},
        "left_out": 4,
        "brick_failures": [],
        "dirs": [
            {
                "dir": "apps/a",
                "name": "apps/a",
                "state": "failed",
                "verdict": "bad",
                "image": "a:local",
                "version": "1.0.0",
                "seconds": 1.235,
                "counts": {"passed": 2, "failed": 1, "skipped": 0, "flaky": 1, "total": 3},
                "reused": None,
                "ran_because": "",
                "problem": "",
                "fix": "",
                "log": "runs/id/apps/a/log.txt",
                "hints": ["Out of memory."],
                "host": "",
                "coverage": 0.6667,
                "failures": [
                    {
                        "test": "t.py::b[x y]",
                        "outcome": "failed",
                        "file": "t.py",
                        "line": 7,
                        "location": "apps/a/t.py:9",
                        "message": "1 != 2",
                        "attempts": 3,
                        "repeat": "./main_pytest.py --dir apps/a --suite all -- 't.py::b[x y]'",
                    }
                ],
                "flaky": ["t.py::c"],
            }
        ],
    }


def test_a_reused_result_says_which_run_made_it() -> None:
    reused = Reused("older", "2026-01-01T00:00:00Z", "s3://bucket")
    (item,) = run_as_json(_run(DirResult("a", DirState.PASSED, reused=reused)))["dirs"]
    assert item["reused"] == {
        "run": "older",
        "ended": "2026-01-01T00:00:00Z",
        "source": reused.source,
    }


def test_what_was_not_measured_is_null() -> None:
    failure = TestCase("t.py", TestOutcome.ERROR, 0.0)
    (item,) = run_as_json(_run(DirResult("a", DirState.FAILED, tests=(failure,))))["dirs"]
    assert item["coverage"] is None
    assert item["failures"][0]["line"] is None


def test_a_run_without_dirs_is_json_too() -> None:
    shown = json.loads(json.dumps(run_as_json(_run())))
    assert shown["dirs"] == []
    assert shown["exit_status"] == 1
