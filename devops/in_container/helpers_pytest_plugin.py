"""A pytest plugin: chooses the tests of a suite, and notes each result as it comes.

It is loaded by `main_pytest.py` alone. What it notes goes to the file that `HELPERS_RECORDS`
names, one JSON object a line, written at once, so that nothing is lost when the process dies:

    {"kind": "collected", "number": 12}
    {"kind": "test", "node": ..., "outcome": ..., "seconds": ..., ...}
    {"kind": "ended", "status": 0}

The last line is the session's last act; without it the tests did not run to their end.
`HELPERS_ONLY` names a file with the tests that are wanted, a JSON list of node ids or files;
`HELPERS_WORKERS` says how many processes share the tests where pytest-xdist is there.
It depends on pytest alone, and leaves no trace in what the tests see.
"""

from __future__ import annotations  # an application may still be on an older Python

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

SUITES = ("slow", "superslow")
# Longer texts are cut in the middle: a test may print without end.
LONGEST_TEXT = 40_000


def _hide_this_folder() -> None:
    """The application and what it starts must not see the folder that this plugin is in."""
    folder = str(Path(__file__).parent)
    sys.path[:] = [item for item in sys.path if item != folder]
    rest = [i for i in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if i and i != folder]
    if rest:
        os.environ["PYTHONPATH"] = os.pathsep.join(rest)


def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Hand the tests to several processes where the environment can."""
    # Not for the pytest that a test may start itself.
    workers = os.environ.pop("HELPERS_WORKERS", "")
    if workers and early_config.pluginmanager.hasplugin("xdist"):
        args[:0] = ["-n", workers]


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and note results where this is the process that reports them."""
    for suite in SUITES:
        config.addinivalue_line("markers", f"{suite}: a test of the suite {suite}")
    path = os.environ.get("HELPERS_RECORDS")
    # A worker of pytest-xdist reports to its controller.
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path), "helpers_recorder")
    distributes = getattr(config.option, "dist", "no") != "no"
    if hasattr(config, "workerinput") or not distributes:
        _hide_this_folder()  # where tests are handed to workers, these must find the plugin first


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that are wanted: those of a suite, or those that are named."""
    wanted = os.environ.get("HELPERS_SUITE", "all")
    only = _only()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        named = not only or bool(only & {item.nodeid, item.nodeid.partition("::")[0]})
        fits = named and wanted in ("all", suite_of(item))
        (kept if fits else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def _only() -> set[str]:
    path = os.environ.get("HELPERS_ONLY")
    if not path:
        return set()
    with open(path, encoding="utf-8") as file:
        return set(json.load(file))


@pytest.fixture(scope="session")
def siblings() -> Any:
    """How this container and those that tests start beside it find each other."""
    repo = os.environ.get("HELPERS_SIBLINGS_REPO")
    if not repo:
        pytest.fail(
            "these tests have no socket: write 'sibling: own' in the dir's devops/config.yaml",
            pytrace=False,
        )
    # By its file: this folder is not on the path of what is tested.
    spec = importlib.util.spec_from_file_location(
        "helpers_siblings", Path(__file__).with_name("helpers_siblings.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Siblings(repo, os.environ.get("TESTCONTAINERS_HOST_OVERRIDE", ""))


def suite_of(item: pytest.Item) -> str:
    """The suite of a test: the slowest that it is marked with, `fast` when it is not."""
    for suite in reversed(SUITES):
        if item.get_closest_marker(suite):
            return suite
    return "fast"


class Recorder:
    """Writes what happens to a file, a line each."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self._owner = os.getpid()
        self._open: dict[str, list[pytest.TestReport]] = {}
        self._status: int | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note how many tests there are; under xdist the workers collect."""
        if session.items:
            self._write({"kind": "collected", "number": len(session.items)})

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """Note how many tests a worker found: all find the same."""
        self._write({"kind": "collected", "number": len(ids)})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be collected is a failure of its own."""
        if report.failed:
            details = str(report.longrepr)
            self._write(
                {
                    "kind": "test",
                    "node": report.nodeid or "collection",
                    "outcome": "error",
                    "seconds": 0.0,
                    "message": _last_line(details),
                    "details": _cut(details),
                    "file": report.nodeid.partition("::")[0],
                    "line": 0,
                    "properties": [],
                }
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Merge setup, call and teardown of a test, and note it after the last."""
        reports = self._open.setdefault(report.nodeid, [])
        reports.append(report)
        # A worker of pytest-xdist that crashed has a report of its own kind, and no teardown.
        if report.when not in ("setup", "call"):
            del self._open[report.nodeid]
            # pytest-rerunfailures calls a test that it will run again "rerun".
            if "rerun" not in [str(item.outcome) for item in reports]:
                self._write(_test(reports))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Remember the status; what other plugins do at the end is still to come."""
        self._status = int(exitstatus)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """The last act."""
        if self._status is not None:
            self._write({"kind": "ended", "status": self._status})

    def _write(self, record: dict[str, Any]) -> None:
        # A process that a test forked has a copy of this object, and nothing to say.
        if os.getpid() == self._owner:
            line = json.dumps(record, ensure_ascii=True) + "\n"
            os.write(self._file, line.encode("ascii"))


def _test(reports: list[pytest.TestReport]) -> dict[str, Any]:
    bad = next((r for r in reports if r.failed), None)
    call = next((r for r in reports if r.when == "call"), None)
    skipped = next((r for r in reports if r.skipped), None)
    outcome, shown = "passed", None
    if bad is not None:
        outcome, shown = ("failed" if bad.when == "call" else "error"), bad
    elif skipped is not None:
        outcome, shown = ("xfailed" if hasattr(skipped, "wasxfail") else "skipped"), skipped
    elif call is not None and hasattr(call, "wasxfail"):
        outcome, shown = "xpassed", call
    details = _details(bad) if bad is not None else ""
    file, line, _ = reports[-1].location
    return {
        "kind": "test",
        "node": reports[0].nodeid,
        "outcome": outcome,
        "seconds": round(sum(r.duration for r in reports), 6),
        "message": _cut(_message(shown)) if shown is not None else "",
        "details": details,
        "file": file,
        "line": (line or 0) + 1,
        "properties": [[str(k), str(v)] for k, v in reports[-1].user_properties],
    }


def _message(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message) if crash is not None else _last_line(str(report.longrepr))


def _details(report: pytest.TestReport) -> str:
    parts = [_cut(report.longreprtext)]
    parts += [f"--- {title} ---\n{_cut(text)}" for title, text in report.sections if text.strip()]
    return "\n".join(parts)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _cut(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2
    return f"{text[:half]}\n[... {len(text) - LONGEST_TEXT} characters cut ...]\n{text[-half:]}"
