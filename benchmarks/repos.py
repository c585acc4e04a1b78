#!/usr/bin/env python3
"""`i repos_status` over fifty repos, beside bare `invoke --list` and `git status` in each.

usage: <python of the thin environment> benchmarks/repos.py [--repos N] [--repeats N]
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

import thin_env  # noqa: E402 - the path comes first
from main_job import commit, write  # noqa: E402

_GOAL = 2.0
_BARE = 0.1


def main() -> int:
    """Make the repos, measure in turns, and print seconds and multiples of bare invoke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repos", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=5)
    wanted = parser.parse_args()
    folder = TOP / "tmp.helpers" / "bench" / "repos"
    shutil.rmtree(folder, ignore_errors=True)
    _make(folder, wanted.repos)
    programs = thin_env.ensure() / "bin"
    python, invoke = str(programs / "python"), str(programs / "invoke")
    start = [python, "-I", str(TOP / "helpers" / "tasks" / "start.py"), "--search-root", str(TOP)]
    ours = [*start, "repos_status", "--repos", str(folder / "repos.txt")]
    status = 'git -C "$repo" status --porcelain=v2 >/dev/null'
    each = f"while read -r repo; do {status}; done <repos.txt"
    found: dict[str, list[float]] = {"ours": [], "invoke --list": [], "git status in each": []}
    for _ in range(wanted.repeats):
        found["ours"].append(_seconds(ours, TOP))
        found["invoke --list"].append(_seconds([invoke, "--search-root", str(TOP), "--list"], TOP))
        found["git status in each"].append(_seconds(["bash", "-c", each], folder))
    middle = {name: statistics.median(times) for name, times in found.items()}
    for name, seconds in middle.items():
        print(f"{name:20} {seconds:6.3f} s")
    bare = middle["invoke --list"]
    print(f"repos_status: {middle['ours'] / bare:.1f} of invoke --list; goal {_GOAL / _BARE:.0f}")
    shutil.rmtree(folder)
    return 0


def _make(folder: Path, number: int) -> None:
    """Repos that have the toolchain as a submodule."""
    first = folder / "repo0"
    write(first / "repo_config.yaml", "name: bench\n")
    commit(first)
    git = ["git", "-c", "protocol.file.allow=always"]
    add = [*git, "submodule", "--quiet", "add", str(TOP), "tools"]
    subprocess.run(add, cwd=first, check=True)
    commit(first)
    for index in range(1, number):
        shutil.copytree(first, folder / f"repo{index}", symlinks=True)
    names = [f"repo{index}\n" for index in range(number)]
    (folder / "repos.txt").write_text("".join(names))


def _seconds(command: list[str], cwd: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
