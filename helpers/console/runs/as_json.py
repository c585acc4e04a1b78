"""The result of a test run as JSON: `main_pytest.py --json`.

Within a format keys may be added; none is removed and none changes its meaning.
"""

from dataclasses import asdict
from typing import Any

from helpers.model.results.brick_failures import BrickFailure, brick_failures
from helpers.model.results.coverage import covered_share
from helpers.model.results.repeat import repeat_command
from helpers.model.results.results import Counts, DirResult, RunResult, TestCase

FORMAT = 1


def run_as_json(run: RunResult) -> dict[str, Any]:
    """The run as values that JSON knows.

    Seconds are rounded to milliseconds. A dir's `dir` and `log` are relative to the repo, a
    failure's `test` and `file` to its dir, its `location` (where it failed) to the repo; `line` is
    null where it is unknown. A `test` of `brick_failures` is relative to the repo.
    """
    return {
        "format": FORMAT,
        "run": run.run,
        "folder": run.folder,
        "suite": str(run.suite),
        "started": run.started,
        "seconds": round(run.seconds, 3),
        "interrupted": run.interrupted,
        "exit_status": run.exit_status,
        "verdict": run.verdict.value,
        "counts": _counts(run.counts),
        "dir_counts": {state.value: number for state, number in run.states().items()},
        "left_out": run.left_out,
        "dirs": [_dir(item) for item in run.dirs],
        "brick_failures": [_of_brick(one) for one in brick_failures(run)],
    }


def _counts(counts: Counts) -> dict[str, int]:
    return {**asdict(counts), "total": counts.total}


def _dir(item: DirResult) -> dict[str, Any]:
    return {
        "dir": item.dir,
        "name": item.name,
        "state": item.state.value,
        "verdict": item.verdict.value,
        "image": item.image,
        "version": item.version,
        "seconds": round(item.seconds, 3),
        "counts": _counts(item.counts),
        "reused": asdict(item.reused) if item.reused else None,
        "ran_because": item.ran_because,
        "problem": item.problem,
        "fix": item.fix,
        "log": item.log,
        "hints": list(item.hints),
        "host": item.host,
        "coverage": round(covered_share(item.coverage), 4) if item.coverage else None,
        "failures": [_failure(item, test) for test in item.tests if test.bad],
        "flaky": [test.node for test in item.tests if test.flaky],
    }


def _of_brick(found: BrickFailure) -> dict[str, Any]:
    return {
        "test": found.test,
        "fails_for": [item.dir for item in found.fails_for],
        "passes_for": [item.dir for item in found.passes_for],
    }


def _failure(item: DirResult, test: TestCase) -> dict[str, Any]:
    return {
        "test": test.node,
        "outcome": test.outcome.value,
        "file": test.file,
        "line": test.line or None,
        "location": str(item.location_of(test)),
        "message": test.message,
        "attempts": test.attempts,
        "repeat": repeat_command(item.dir, test.node, stack=item.stack),
    }
