"""The folder of a run: `tmp.main_pytest/<run id>/`, written as results come."""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.results.results import DirResult, DirState, RunResult
from helpers.system.files import write_atomic
from helpers.system.lease import RESULTS_FOLDER, is_held, working_folder
from helpers.testing.history import SUMMARY, record_seconds

_ROOT_DIR = "_root_"
_LATEST = "latest"
_RUN = re.compile(r"(?P<stamp>\d{8}-\d{6})-[0-9a-f]+")
_STAMP = "%Y%m%d-%H%M%S"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run puts its results."""

    repo: Path
    run: str

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.repo / RESULTS_FOLDER / self.run

    @property
    def shown(self) -> str:
        """The folder as the user is told of it."""
        return f"{RESULTS_FOLDER}/{self.run}"

    def of_dir(self, name: str) -> Path:
        """The folder of one dir."""
        return self.path / (_ROOT_DIR if name == "." else name)

    def log(self, name: str) -> Path:
        """What pytest printed for one dir."""
        return self.of_dir(name) / "log.txt"

    def keep_dir(self, result: DirResult) -> None:
        """Write what one dir came to."""
        # Imported here: by then the tests run, before it would delay them.
        from helpers.testing.junit import write_dir_junit

        folder = self.of_dir(result.dir)
        folder.mkdir(parents=True, exist_ok=True)
        write_dir_junit(result, folder / "junit.xml")

    def _write_report(self, result: RunResult) -> None:
        from helpers.testing.report.page import render_report

        paths = {file.path for item in result.dirs for file in item.coverage}
        sources = {path: _text(self.repo / path) for path in sorted(paths)}
        write_atomic(self.path / "report.html", render_report(result, sources), durable=False)

    def keep_run(self, result: RunResult, *, times: bool = True) -> None:
        """Write what the run came to.

        Args:
            times: remember how long its dirs took, for the order of later runs.
        """
        from helpers.testing.junit import write_merged_junit

        write_merged_junit(result, self.path / "junit.xml")
        if any(item.coverage for item in result.dirs):
            from helpers.testing.coverage import merge_coverage, write_coverage_xml

            merged = merge_coverage(result.dirs)
            write_coverage_xml(merged, self.repo, self.path / "coverage.xml", datetime.now(UTC))
        self._write_report(result)
        summary = {
            "run": result.run,
            "suite": str(result.suite),
            "started": result.started,
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(result.seconds, 3),
            "exit_status": result.exit_status,
            "dirs": {item.dir: _summary(item) for item in result.dirs},
        }
        write_atomic(self.path / SUMMARY, json.dumps(summary, indent=1) + "\n", durable=False)
        if times:
            ended = (DirState.PASSED, DirState.FAILED)
            ran = [item for item in result.dirs if item.state in ended and not item.reused]
            record_seconds(self.repo, {item.dir: item.seconds for item in ran})


def open_run_folder(repo: Path, now: datetime) -> RunFolder:
    """Make the folder of a new run and point `latest` at it.

    Raises:
        OSError: it cannot be made.
    """
    folder = make_run_folder(repo, new_run(now))
    parent = folder.path.parent
    beside = parent / f".latest.{folder.run}"
    beside.symlink_to(folder.run)
    beside.replace(parent / _LATEST)
    return folder


def new_run(now: datetime) -> str:
    """The id of a run that begins now."""
    return f"{now.astimezone(UTC).strftime(_STAMP)}-{os.urandom(3).hex()}"


def make_run_folder(repo: Path, run: str) -> RunFolder:
    """Make the folder of a run that is a part of another.

    Raises:
        OSError: it cannot be made.
    """
    working_folder(repo, RESULTS_FOLDER)
    folder = RunFolder(repo, run)
    folder.path.mkdir()
    return folder


def old_run_folders(repo: Path, before: datetime) -> list[Path]:
    """The folders of runs that began before a time and have ended; the latest is never among them.

    Raises:
        OSError: the folder of all runs cannot be read.
    """
    parent = repo / RESULTS_FOLDER
    latest = (parent / _LATEST).resolve().name
    found = []
    for path in sorted(parent.iterdir()) if parent.is_dir() else ():
        match = _RUN.fullmatch(path.name)
        if match is None or path.name == latest or not path.is_dir():
            continue
        began = datetime.strptime(match["stamp"], _STAMP).replace(tzinfo=UTC)
        if began < before and not is_held(repo, path.name):
            found.append(path)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _summary(result: DirResult) -> dict[str, object]:
    return {
        "state": result.state.value,
        "image": result.image,
        "seconds": round(result.seconds, 3),
        "passed": result.counts.passed,
        "failed": result.counts.failed,
        "skipped": result.counts.skipped,
        "problem": result.problem,
        "reused": result.reused.run if result.reused else "",
        "phases": [
            {
                "state": phase.state.value,
                "began": round(phase.began, 3),
                "ended": round(phase.ended, 3),
            }
            for phase in result.phases
        ],
        **({"stack": result.stack} if result.stack else {}),
        **({"host": result.host} if result.host else {}),
        "failures": [test.node for test in result.tests if test.bad],
        "flaky": [test.node for test in result.tests if test.flaky],
    }
