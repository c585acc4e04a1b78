"""What earlier runs left: their outcomes, their failures, and how long dirs took."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from helpers.model.errors import HelpersError
from helpers.testing.history import (
    Failure,
    last_failures,
    last_results,
    record_seconds,
    recorded_seconds,
)
from helpers.testing.repro import repro_script


def _dir(state: str = "passed", *failures: str, **more: Any) -> dict[str, Any]:
    return {"state": state, "passed": 1, "failures": list(failures), **more}


def _keep(repo: Path, run: str, **dirs: dict[str, Any]) -> None:
    folder = repo / "tmp.main_pytest" / run
    folder.mkdir(parents=True)
    summary = {"suite": "fast", "ended": f"{run}-end", "dirs": dirs}
    (folder / "summary.json").write_text(json.dumps(summary))


def test_the_failures_are_those_of_the_newest_run_that_ended(tmp_path: Path) -> None:
    _keep(tmp_path, "20260101-1", a=_dir("failed", "t.py::old"))
    _keep(tmp_path, "20260102-1", a=_dir("failed", "t.py::x"), b=_dir("error"), c=_dir())
    (tmp_path / "tmp.main_pytest" / "20260103-1").mkdir()
    found = [(item.run, item.dir, item.node) for item in last_failures(tmp_path)]
    assert found == [("20260102-1", "a", "t.py::x"), ("20260102-1", "b", "")]


def test_without_a_run_there_is_nothing_to_repeat(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="no earlier run"):
        last_failures(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"suite": 1}', '{"dirs": {"a": 1}}'])
def test_a_summary_that_cannot_be_read_is_passed_over(tmp_path: Path, text: str) -> None:
    _keep(tmp_path, "20260101-1", a=_dir())
    _keep(tmp_path, "20260102-1")
    (tmp_path / "tmp.main_pytest" / "20260102-1" / "summary.json").write_text(text)
    assert last_results(tmp_path)["a"].run == "20260101-1"


def test_each_dirs_result_is_its_newest_and_says_that_it_was_reused(tmp_path: Path) -> None:
    _keep(tmp_path, "20260101-1", a=_dir("failed", "t.py::x"), b=_dir())
    _keep(tmp_path, "20260102-1", a=_dir(reused="20260101-0"))
    found = last_results(tmp_path)
    assert {name: item.state for name, item in found.items()} == {
        "a": "passed (reused)",
        "b": "passed",
    }


def test_a_new_time_counts_half(tmp_path: Path) -> None:
    record_seconds(tmp_path, {"a": 10.0})
    record_seconds(tmp_path, {"a": 20.0, "b": 4.0})
    record_seconds(tmp_path, {})
    assert recorded_seconds(tmp_path) == {"a": 15.0, "b": 4.0}


@pytest.mark.parametrize("text", ["", "[]", '{"a": "soon"}'])
def test_times_that_cannot_be_read_are_no_times(tmp_path: Path, text: str) -> None:
    record_seconds(tmp_path, {"a": 10.0})
    (tmp_path / "tmp.helpers" / "durations.json").write_text(text)
    assert recorded_seconds(tmp_path) == {}


def test_a_script_repeats_each_dir_with_its_failed_tests(tmp_path: Path) -> None:
    failures = [
        Failure("r1", "apps/a", "t.py::x[1 2]", "failed", "slow"),
        Failure("r1", "apps/a", "t.py::y", "failed", "slow"),
        Failure("r1", "my app", "", "error", "slow"),
    ]
    lines = repro_script(failures, tmp_path).splitlines()
    commands = [shlex.split(line)[:-2] for line in lines if line.startswith("./main_pytest.py")]
    alone = ["./main_pytest.py", "--dir", "apps/a", "--no-reuse", "--suite", "all", "--"]
    assert commands == [
        [*alone, "t.py::x[1 2]", "t.py::y"],
        ["./main_pytest.py", "--dir", "my app", "--no-reuse", "--suite", "slow"],
    ]
    assert lines[-1] == 'exit "$status"'
