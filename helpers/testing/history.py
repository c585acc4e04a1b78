"""What earlier runs left in their folders: times, outcomes, failures."""

import json
from dataclasses import field
from pathlib import Path
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.results.results import DirState, Verdict, verdict_of
from helpers.system.files import write_atomic
from helpers.system.lease import RESULTS_FOLDER, WORKING_FOLDER, Lease, working_folder

DURATIONS = "durations.json"
SUMMARY = "summary.json"
# How much of a new time counts: one slow day does not turn the order upside down.
_WEIGHT = 0.5
BAD_STATES = tuple(s.value for s in DirState if s.final and verdict_of(s) is Verdict.BAD)


@dataclass(frozen=True, slots=True)
class LastDir:
    """What a dir came to in an earlier run.

    Attributes:
        failed: node ids of the tests that failed.
        ended: when, ISO 8601.
    """

    state: str
    ended: str
    passed: int = 0
    failed: tuple[str, ...] = ()
    suite: str = "fast"
    run: str = ""
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that failed in an earlier run; without a test the dir itself is meant.

    Attributes:
        stack: the file of the stack that was tested; empty: none was.
    """

    run: str
    dir: str
    node: str
    state: str
    suite: str
    stack: str = ""


@dataclass(frozen=True, slots=True)
class LastRun:
    """An earlier run: its folder, and what its dirs came to."""

    folder: Path
    suite: str
    dirs: dict[str, LastDir] = field(default_factory=dict)


def recorded_seconds(repo: Path) -> dict[str, float]:
    """How long each dir's tests took lately; empty where nothing is known."""
    try:
        found = load_json((repo / WORKING_FOLDER / DURATIONS).read_text())
        return {str(name): float(seconds) for name, seconds in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def record_seconds(repo: Path, seconds: dict[str, float]) -> None:
    """Remember how long dirs took, for the order of the next run.

    Raises:
        OSError: it cannot be written.
    """
    if not seconds:
        return
    with Lease(repo, "durations"):
        known = recorded_seconds(repo)
        for name, now in seconds.items():
            known[name] = round(now * _WEIGHT + known.get(name, now) * (1 - _WEIGHT), 3)
        write_seconds(repo, known)


def write_seconds(repo: Path, seconds: dict[str, float]) -> None:
    """Let these be the times that are known.

    Raises:
        OSError: it cannot be written.
    """
    content = json.dumps(seconds, indent=1) + "\n"
    write_atomic(working_folder(repo) / DURATIONS, content, durable=False)


def last_run(repo: Path) -> LastRun | None:
    """The newest run that came to its end; None where there is none."""
    for folder in _folders(repo):
        found = read_run(folder)
        if found:
            return found
    return None


def last_failures(repo: Path) -> list[Failure]:
    """What failed in the newest run, dir by dir.

    Raises:
        HelpersError: there is no earlier run.
    """
    last = last_run(repo)
    if last is None:
        raise HelpersError(
            "there is no earlier run whose failures could be repeated",
            where=str(repo / RESULTS_FOLDER),
            fix="./main_pytest.py",
        )
    return [
        Failure(last.folder.name, name, node, item.state, last.suite, item.stack)
        for name, item in last.dirs.items()
        if item.state in BAD_STATES
        for node in item.failed or ("",)
    ]


def last_results(repo: Path, most: int = 50) -> dict[str, LastDir]:
    """What each dir came to when it was last in a run, as far as the newest runs tell."""
    found: dict[str, LastDir] = {}
    for folder in _folders(repo)[:most]:
        run = read_run(folder)
        for name, item in (run.dirs if run else {}).items():
            found.setdefault(name, item)
    return found


def _folders(repo: Path) -> list[Path]:
    """The folders of runs, the newest first: their names begin with the time."""
    parent = repo / RESULTS_FOLDER
    if not parent.is_dir():
        return []
    folders = (path for path in parent.iterdir() if path.is_dir() and not path.is_symlink())
    return sorted(folders, key=lambda path: path.name, reverse=True)


def read_run(folder: Path) -> LastRun | None:
    """The run of a folder; None where it did not end, or its summary is malformed."""
    try:
        found = load_json((folder / SUMMARY).read_text())
        suite, ended = str(found["suite"]), str(found["ended"])
        dirs = {name: _dir(item, suite, ended, folder) for name, item in found["dirs"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return LastRun(folder, suite, dirs)


def _dir(item: Any, suite: str, ended: str, folder: Path) -> LastDir:
    return LastDir(
        state=str(item["state"]) + (" (reused)" if item.get("reused") else ""),
        ended=ended,
        passed=int(item["passed"]),
        failed=tuple(str(node) for node in item["failures"]),
        suite=suite,
        run=folder.name,
        stack=str(item.get("stack", "")),
    )
