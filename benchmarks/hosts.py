#!/usr/bin/env python3
"""What a run on hosts costs beside one on this machine alone, in the same run.

usage: benchmarks/hosts.py [--dirs N] [--repeats N]

Makes a scratch repo of N small runnable dirs below this repo, and tests them in turns here and on
two hosts that are this engine, each with half of the cores: what differs is the way there and back.
Prints a table: what was measured, its median, that of the same here, and the goal. Run it while the
machine does nothing else, with the Python that has the tests' packages.
"""

import argparse
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP))

from helpers.containers.inventory import stop_own  # noqa: E402 - the path comes first
from helpers.engine.client import Client  # noqa: E402
from helpers.engine.endpoint import find_endpoint  # noqa: E402
from helpers.inputs.repo_inputs import read_repo_inputs  # noqa: E402
from helpers.model.events import DirStateChanged, Event  # noqa: E402
from helpers.model.results.results import RunResult  # noqa: E402
from helpers.system.host import read_host  # noqa: E402
from helpers.testing.request import TestRequest  # noqa: E402
from helpers.testing.run import Caller, run_tests  # noqa: E402
from helpers.vcs.discovery import discover_dirs  # noqa: E402
from tests.builders import commit_all, make_repo, make_runnable_dir  # noqa: E402
from tests.hosts import Hosts  # noqa: E402

_FOLDER = TOP / "tmp.helpers" / "bench" / "hosts"
_REQUIREMENTS = TOP / "tests" / "integration" / "pytest_requirements.txt"


@dataclass(frozen=True)
class Timed:
    """A run: until the first dir starts, and until all have ended; in seconds."""

    up: float
    whole: float


def _make(dirs: int) -> Hosts:
    shutil.rmtree(_FOLDER, ignore_errors=True)
    repo = make_repo(_FOLDER / "repo", config="name: bench_hosts\n")
    for number in range(dirs):
        files = {
            "requirements.txt": _REQUIREMENTS.read_text(),
            "pytest.ini": "[pytest]\n",
            "test_it.py": "def test(): pass\n",
        }
        make_runnable_dir(repo, f"d{number}", files, image_name=f"helpers-bench-hosts-{number}")
    commit_all(repo.root)
    host = replace(read_host(), directory=repo.root)
    return Hosts(repo, host, Client(find_endpoint(os.environ)), _FOLDER / "hosts", slots=1)


def _timed(run: Callable[[Callable[[Event], None]], RunResult]) -> Timed:
    began = time.monotonic()
    starts: list[float] = []

    def listen(event: Event) -> None:
        if isinstance(event, DirStateChanged):
            starts.append(time.monotonic() - began)

    result = run(listen)
    assert result.exit_status == 0, result
    return Timed(starts[0], time.monotonic() - began)


class Run:
    """Tests all dirs, in one of two ways."""

    def __init__(self, hosts: Hosts, *, here: bool) -> None:
        self.hosts, self.here = hosts, here

    def __call__(self, listen: Callable[[Event], None]) -> RunResult:
        """Test them.

        On hosts no container waits for the next run, so none does here.
        """
        stop_own(self.hosts.client, self.hosts.repo, force=True)
        if not self.here:
            return self.hosts.run(listen, again=True)
        hosts = self.hosts
        every_dir = tuple(discover_dirs(hosts.repo))
        request = TestRequest(dirs=every_dir, every_dir=every_dir, jobs=2, again=True)
        caller = Caller(listen, lambda: False)
        return run_tests(hosts.client, read_repo_inputs(hosts.repo), hosts.host, request, caller)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("\n\n")[1][7:])
    parser.add_argument("--dirs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    hosts = _make(asked.dirs)
    ways = {"here": Run(hosts, here=True), "hosts": Run(hosts, here=False)}
    for run in ways.values():  # images are built, and sources are there
        _timed(run)
    found: dict[str, list[Timed]] = {name: [] for name in ways}
    for _ in range(asked.repeats):
        for name, run in ways.items():
            found[name].append(_timed(run))
    here, there = (_median(found[name]) for name in ways)
    extra = (there.whole - there.up - here.whole + here.up) / asked.dirs
    print(f"{'seconds':44} {'hosts':>8} {'here':>8}   goal")
    print(f"{'up: until the first dir starts':44} {there.up:8.2f} {here.up:8.2f}   <= 4")
    print(f"{f'{asked.dirs} dirs':44} {there.whole:8.2f} {here.whole:8.2f}")
    print(f"{'extra for each dir, once up':44} {extra:8.3f} {'':8}   <= 0.15")
    shutil.rmtree(_FOLDER, ignore_errors=True)


def _median(times: list[Timed]) -> Timed:
    up = statistics.median(one.up for one in times)
    return Timed(up, statistics.median(one.whole for one in times))


if __name__ == "__main__":
    main()
