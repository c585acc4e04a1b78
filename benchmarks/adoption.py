#!/usr/bin/env python3
"""What adopting the toolchain costs, as ratios against the raw commands in the same run.

usage: benchmarks/adoption.py [--repeats N]

Makes a remote of the toolchain, and empty repos that adopt it, below this repo, and prints a table:
what was measured, its median, the raw command's median, the ratio, and the goal. The thin
environment is there before the clock starts. Run it while the machine does nothing else.
"""

import argparse
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from main_job import TOP, Figure, commit, in_turns, write

sys.path[:0] = [str(TOP), str(TOP / "dev_scripts")]

import thin_env  # noqa: E402 - the path comes first

_SUBMODULE = "helpers_root"
_HEADER = f"{'':58} {'ours ms':>8} {'raw ms':>8} {'ratio':>6}   goal: at most"


class Bench:
    """A remote of the toolchain, and a repo that adopts it again and again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.remote = root / "toolchain.git"
        self.repo = root / "repo"

    def make(self) -> None:
        """Make the remote from the newest commit of this repo, and an empty repo."""
        self.root.mkdir(parents=True)
        run(["git", "clone", "--quiet", "--bare", str(TOP), str(self.remote)], self.root)
        write(self.repo / "README.md", "# Shop\n")
        commit(self.repo)

    def bare_repo(self) -> None:
        """As it was before anything was added."""
        run(["git", "rm", "--quiet", "--cached", "--force", "-r", "."], self.repo)
        run(["git", "reset", "--quiet", "--hard"], self.repo)
        run(["git", "clean", "--quiet", "-ffdx"], self.repo)
        shutil.rmtree(self.repo / ".git" / "modules", ignore_errors=True)
        run(
            ["git", "config", "--remove-section", f"submodule.{_SUBMODULE}"], self.repo, check=False
        )

    def with_submodule(self) -> None:
        """With the submodule, and not adopted."""
        self.bare_repo()
        self.add_submodule()

    def add_submodule(self) -> None:
        """The first of the two commands."""
        allow = ["-c", "protocol.file.allow=always"]
        add = ["submodule", "--quiet", "add", str(self.remote), _SUBMODULE]
        run(["git", *allow, *add], self.repo)

    def adopt(self) -> None:
        """The second."""
        run([str(self.repo / _SUBMODULE / "dev_scripts" / "adopt.sh"), "--yes"], self.repo)


def run(command: Sequence[str], cwd: Path, *, check: bool = True) -> None:
    """Run a command that must succeed, or may fail."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if check and done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def measure_adopting(bench: Bench, repeats: int) -> list[Figure]:
    """`adopt.sh` in an empty repo, and again where all is there."""
    first, again, raw = in_turns(
        repeats,
        (bench.with_submodule, bench.adopt),
        (None, bench.adopt),
        (bench.bare_repo, bench.add_submodule),
    )
    return [
        Figure("adopt.sh in an empty repo / git submodule add", first, raw, "2000 ms"),
        Figure("adopt.sh again / git submodule add", again, raw, ""),
    ]


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description="Measure adopting against raw commands.")
    parser.add_argument("--repeats", type=int, default=5)
    parsed = parser.parse_args()
    thin_env.ensure()
    os.environ.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    bench = Bench(TOP / "tmp.helpers" / "bench" / secrets.token_hex(3))
    try:
        bench.make()
        figures = measure_adopting(bench, parsed.repeats)
    finally:
        shutil.rmtree(bench.root, ignore_errors=True)
    print(_HEADER)
    for figure in figures:
        print(figure)


if __name__ == "__main__":
    main()
