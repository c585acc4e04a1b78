#!/usr/bin/env python3
"""What `i stack_up` costs beside `docker compose up` of the same stack, in one run.

usage: <thin environment's python> benchmarks/stack.py [--repeats N]

Needs a Docker Engine, and a machine that does nothing else.
"""

import argparse
import json
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from helpers.system.lease import working_folder  # noqa: E402 - the path comes first
from tests.builders import make_repo  # noqa: E402
from tests.registries import free_port  # noqa: E402
from tests.stack_scene import write_stack  # noqa: E402

_LOOK_SECONDS = 0.05


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    folder = working_folder(ROOT) / "benchmark" / secrets.token_hex(4)
    folder.mkdir(parents=True)
    try:
        write_stack(make_repo(folder, config="name: bench\n"), free_port())
        measure(folder, repeats)
    finally:
        _i(folder, "stack_down", "--volumes")
        shutil.rmtree(folder, ignore_errors=True)


def measure(repo: Path, repeats: int) -> None:
    """From nothing to all ready, in turns; the images are there."""
    shown = _i(repo, "stack_up")
    compose = shown.splitlines()[-1].removeprefix("go on with: ").removesuffix(" ps")
    ours, up, whole = [], [], []
    for _ in range(repeats):
        _i(repo, "stack_down", "--volumes")
        began = time.monotonic()
        _i(repo, "stack_up")
        ours.append(time.monotonic() - began)
        # Down as a person types it: what is laid over the file stays.
        _shell(repo, f"{compose} down --volumes --timeout 1")
        began = time.monotonic()
        _shell(repo, f"{compose} up --detach")
        up.append(time.monotonic() - began)
        while not _all_ready(_shell(repo, f"{compose} ps --all --format json")):
            time.sleep(_LOOK_SECONDS)
        whole.append(time.monotonic() - began)
    mine, bare, ready = map(statistics.median, (ours, up, whole))
    goal = 1.1 * bare + (ready - bare)
    print(f"i stack_up, images there          {mine:6.2f} s")
    print(f"docker compose up --detach        {bare:6.2f} s")
    print(f"  and the slowest service's start {ready - bare:6.2f} s")
    print(f"ours / goal (1.1 x up + start)    {mine / goal:6.2f}    1.00")


def _all_ready(shown: str) -> bool:
    states = [json.loads(line) for line in shown.splitlines()]
    return all(one["State"] == "exited" or one["Health"] in ("", "healthy") for one in states)


def _shell(repo: Path, command: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command], cwd=repo, check=True, capture_output=True, text=True
    )
    return done.stdout


def _i(repo: Path, *args: str) -> str:
    start = ROOT / "helpers" / "tasks" / "start.py"
    command = [sys.executable, "-I", str(start), "--search-root", str(ROOT), *args]
    done = subprocess.run(command, cwd=repo, check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    main()
