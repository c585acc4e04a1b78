"""A pytest plugin: chooses the tests of a suite, and notes each result as it comes.

It is loaded by `main_pytest.py` alone. What it notes goes to the file that `HELPERS_RECORDS`
names, one JSON object a line, written at once, so that nothing is lost when the process dies:

    {"kind": "collected", "number": 12}
    {"kind": "test", "node": ..., "outcome": ..., "seconds": ..., ...}
    {"kind": "ended", "status": 0}

The last line is the session's last act; without it the tests did not run to their end. Each line
ends with a seal, made with a key that this plugin reads once and removes: lines that others write,
change or take away are noticed. Paths are relative to the directory that pytest was started in,
wherever its rootdir is.
`HELPERS_ONLY` names a file with the tests that are wanted, a JSON list of node ids or files;
`HELPERS_OFFLINE` is JSON: by suite, the folder whose tests reach no network;
`HELPERS_WORKERS` says how many processes share the tests where pytest-xdist is there.
It depends on pytest alone, and leaves no trace in what the tests see.
"""

from __future__ import annotations  # an application may still be on an older Python

import hashlib
import hmac
import importlib.util
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, Callable

import pytest

SUITES = ("slow", "superslow")
# Longer texts are cut in the middle: a test may print without end.
LONGEST_TEXT = 40_000
# With these pytest shows something, and runs no test; by their names in its options.
SHOWS = {
    "collectonly": "--collect-only",
    # Before --setup-only, which it sets as well.
    "setupplan": "--setup-plan",
    "setuponly": "--setup-only",
    "showfixtures": "--fixtures",
    "show_fixtures_per_test": "--fixtures-per-test",
    "markers": "--markers",
    "cacheshow": "--cache-show",
    "version": "--version",
    "help": "--help",
}


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
    if "PYTEST_XDIST_WORKER" in os.environ and "HELPERS_COVERAGE_WORKERS" in os.environ:
        measuring = _beside("helpers_coverage").measure_worker()
        if measuring is not None:
            early_config.pluginmanager.register(_AtTheEnd(measuring.finish))


class _AtTheEnd:
    """Does something in a worker while its controller still waits for it."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def pytest_sessionfinish(self) -> None:
        self._act()


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and note results where this is the process that reports them."""
    for suite in SUITES:
        config.addinivalue_line("markers", f"{suite}: a test of the suite {suite}")
    offline = os.environ.get("HELPERS_OFFLINE", "")
    if offline and hasattr(sys, "addaudithook"):
        guard = _beside("helpers_offline").Guard(json.loads(offline), partial(_from_start, config))
        config.pluginmanager.register(guard, "helpers_offline")
    # What the tests start must not find it.
    path = os.environ.pop("HELPERS_RECORDS", "")
    # A worker of pytest-xdist reports to its controller.
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path, config), "helpers_recorder")
    distributes = getattr(config.option, "dist", "no") != "no"
    if not distributes:
        os.environ.pop("HELPERS_COVERAGE_WORKERS", None)
    if hasattr(config, "workerinput") or not distributes:
        _hide_this_folder()  # where tests are handed to workers, these must find the plugin first


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that are wanted: those of a suite, or those that are named."""
    wanted = os.environ.get("HELPERS_SUITE", "all")
    only = _only()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        node = _from_start(config, item.nodeid)
        named = not only or not only.isdisjoint(_named_by(node))
        fits = named and wanted in ("all", suite_of(item))
        (kept if fits else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def _named_by(node: str) -> set[str]:
    """What a test can be named by: itself, what it is in, and its name without parameters."""
    file, colons, test = node.partition("::")
    parts = file.split("/")
    found = {"/".join(parts[:end]) for end in range(1, len(parts) + 1)}
    names = test.partition("[")[0].split("::") if colons else []
    return found | {"::".join([file, *names[:end]]) for end in range(len(names) + 1)} | {node}


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
    found = _beside("helpers_siblings")
    return found.Siblings(repo, os.environ.get("TESTCONTAINERS_HOST_OVERRIDE", ""))


def _beside(name: str) -> Any:
    """A module of this folder, by its file: the folder is not on the path of what is tested."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _from_start(config: pytest.Config, node: str) -> str:
    """A node id, or a path, that begins where pytest was started.

    pytest's own begins at its rootdir, which may be above or below; given back to it as an argument
    it would not be found.
    """
    root, start = str(config.rootpath), str(config.invocation_params.dir)
    path, colons, rest = node.partition("::")
    if root == start or not path or not os.path.exists(os.path.join(root, path)):
        return node
    return Path(os.path.relpath(os.path.join(root, path), start)).as_posix() + colons + rest


def suite_of(item: pytest.Item) -> str:
    """The suite of a test: the slowest that it is marked with, `fast` when it is not."""
    for suite in reversed(SUITES):
        if item.get_closest_marker(suite):
            return suite
    return "fast"


class Recorder:
    """Writes what happens to a file, a line each."""

    def __init__(self, path: str, config: pytest.Config) -> None:
        self._key = _take_key(path)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self._owner = os.getpid()
        self._config = config
        self._open: dict[tuple[str, str], list[pytest.TestReport]] = {}
        self._session: pytest.Session | None = None
        self._lines = 0
        for name, option in SHOWS.items():
            if getattr(config.option, name, False):
                self._write({"kind": "shows", "option": option})
                break

    @pytest.hookimpl(trylast=True)
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
            node = _from_start(self._config, report.nodeid or "collection")
            self._write(
                {
                    "kind": "test",
                    "node": node,
                    "outcome": "error",
                    "seconds": 0.0,
                    "message": _last_line(details),
                    "details": _cut(details),
                    "file": node.partition("::")[0],
                    "line": 0,
                    "raised_in": "",
                    "raised_at": 0,
                    "properties": [],
                }
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Merge setup, call and teardown of a test, and note it after the last."""
        # Several workers of pytest-xdist may run tests of the same name at the same time.
        place = (str(getattr(report, "worker_id", "")), report.nodeid)
        reports = self._open.setdefault(place, [])
        reports.append(report)
        # A worker of pytest-xdist that crashed has a report of its own kind, and no teardown.
        if report.when not in ("setup", "call"):
            del self._open[place]
            # pytest-rerunfailures calls a test that it will run again "rerun"; with --setup-only
            # and its like the body of a test does not run.
            if "rerun" not in [str(item.outcome) for item in reports] and _ran(reports):
                self._write(_test(reports, self._config))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Remember the session; what other plugins do at the end is still to come."""
        self._session = session

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """The last act: the status with which pytest will end, which plugins may have set."""
        if self._session is not None:
            self._write({"kind": "ended", "status": int(self._session.exitstatus)})

    def _write(self, record: dict[str, Any]) -> None:
        # A process that a test forked has a copy of this object, and nothing to say.
        if os.getpid() != self._owner:
            return
        line = json.dumps(record, ensure_ascii=True)[:-1].encode("ascii")
        self._lines += 1
        seal = hmac.new(self._key, b"%d %s" % (self._lines, line), hashlib.sha256).hexdigest()
        os.write(self._file, b'%s, "seal": "%s"}\n' % (line, seal.encode("ascii")))


def _take_key(path: str) -> bytes:
    """The key of the seals; removed, so that what is started later does not find it."""
    try:
        with open(f"{path}.key", "rb") as file:
            key = file.read()
        os.unlink(f"{path}.key")
    except OSError:
        return b""
    return key


def _is_subtest(report: pytest.TestReport) -> bool:
    """Whether it is of a part of a test: pytest's own since 9, pytest-subtests before."""
    return type(report).__name__.lower() == "subtestreport"


def _ran(reports: list[pytest.TestReport]) -> bool:
    """Whether the test's body ran, or something kept it from running."""
    return any(r.when == "call" or not r.passed for r in reports)


def _test(reports: list[pytest.TestReport], config: pytest.Config) -> dict[str, Any]:
    whole = [r for r in reports if not _is_subtest(r)]
    bad = [r for r in reports if r.failed]
    call = next((r for r in whole if r.when == "call"), None)
    skipped = next((r for r in whole if r.skipped), None)
    outcome, shown = "passed", None
    if bad:
        # The first subtest says more than "contains 1 failed subtest".
        shown = bad[0]
        outcome = "failed" if any(r.when == "call" for r in bad) else "error"
    elif skipped is not None:
        outcome, shown = ("xfailed" if hasattr(skipped, "wasxfail") else "skipped"), skipped
    elif call is not None and hasattr(call, "wasxfail"):
        outcome, shown = "xpassed", call
    file, line, _ = reports[-1].location
    message = _message(shown) if shown is not None else ""
    return {
        "kind": "test",
        "node": _from_start(config, reports[0].nodeid),
        "outcome": outcome,
        "seconds": round(sum(r.duration for r in whole), 6),
        "message": _cut(_label(shown) + message if shown is not None else ""),
        "details": _cut("\n".join(_titled(r, len(bad) > 1) for r in bad)),
        "file": _from_start(config, file),
        "line": (line or 0) + 1,
        **_raised(bad[0] if bad else None, config, _from_start(config, file)),
        "properties": [[str(k), str(v)] for k, v in reports[-1].user_properties],
    }


def _raised(report: pytest.TestReport | None, config: pytest.Config, file: str) -> dict[str, Any]:
    """Where a test failed: the last line of its own file that was reached, else of the dir's."""
    start = str(config.invocation_params.dir)
    found = [(*_relative(path, start), line) for path, line in _lines_reached(report)]
    inside = [(path, line) for path, is_inside, line in found if is_inside]
    # A test of what the dir uses may stand outside of it.
    own = [(path, line) for path, _, line in found if path == file]
    path, line = (own or inside or [("", 0)])[-1]
    return {"raised_in": path, "raised_at": line}


def _lines_reached(report: pytest.TestReport | None) -> list[tuple[str, int]]:
    """Files and lines of a failure's traceback, the outermost first."""
    shown = getattr(report, "longrepr", None)
    entries = getattr(getattr(shown, "reprtraceback", None), "reprentries", [])
    places = [getattr(entry, "reprfileloc", None) for entry in entries]
    # The crash has an absolute path, whatever the test made its directory.
    places.append(getattr(shown, "reprcrash", None))
    return [(str(place.path), int(place.lineno)) for place in places if place is not None]


def _relative(path: str, start: str) -> tuple[str, bool]:
    """A path from where pytest started, and whether it is below."""
    found = os.path.relpath(os.path.join(start, path), start).replace(os.sep, "/")
    return found, not found.startswith("../") and os.path.isfile(os.path.join(start, found))


def _label(report: pytest.TestReport) -> str:
    """Which part of a test it is, as pytest names it; empty where it is the test itself."""
    if not _is_subtest(report):
        return ""
    for name in ("_sub_test_description", "sub_test_description"):
        if hasattr(report, name):
            return f"{getattr(report, name)()}: "
    return "subtest: "


def _titled(report: pytest.TestReport, several: bool) -> str:
    label = _label(report)
    if label:
        title = f"subtest {label[:-2]}"
    else:
        title = "the test itself" if report.when == "call" else str(report.when)
    return f"=== {title} ===\n{_details(report)}" if label or several else _details(report)


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
