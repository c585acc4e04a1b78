#!/usr/bin/env python3
"""What it costs to look at many submodules at once, and to guard a push.

usage: benchmarks/submodules.py [--submodules N] [--files N] [--repeats N]

Makes a scratch repo of N submodules with bare remotes below this repo, and prints a table: what was
measured, its median, the raw command's median, the ratio, and the goal; both sides take turns. It
needs no engine. Run it while the machine does nothing else.
"""

import argparse
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

from main_job import Bench, Figure, commit, in_turns, write  # noqa: E402 - the path comes first

_GIT = (
    "git", "-c", "user.name=bench", "-c", "user.email=bench@example.org",
    "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main",
)  # fmt: skip
_FOREACH = ("submodule", "foreach", "--quiet", "git status --short --branch")


class Tree:
    """A repo with submodules: most as they were cloned, some with work in them."""

    def __init__(self, count: int, files: int) -> None:
        self.folder = TOP / "tmp.helpers" / "bench" / secrets.token_hex(3)
        self.root = self.folder / "repo"
        self.names = [f"libs/lib{number}" for number in range(count)]
        self.files = files
        self.bench = Bench(0, self.root)

    def make(self) -> None:
        """Make the repos and their remotes; a third of the submodules has work in it."""
        write(self.root / "repo_config.yaml", "name: bench\n")
        commit(self.root)
        for name in self.names:
            source = self.folder / "sources" / name
            for number in range(self.files):
                write(source / f"module{number}.py", f"x = {number}\n")
            commit(source)
            remote = f"{source}.git"
            self.git("clone", "--quiet", "--bare", str(source), remote)
            self.git("submodule", "--quiet", "add", remote, name)
        self.git("commit", "--quiet", "--message", "Submodules")
        self.git("clone", "--quiet", "--bare", str(self.root), str(self.folder / "repo.git"))
        self.git("remote", "add", "origin", str(self.folder / "repo.git"))
        self.git("fetch", "--quiet", "origin")
        for name in self.names[::3]:
            write(self.root / name / "module0.py", "x = 'changed'\n")
            self.git("-C", name, "commit", "--quiet", "--allow-empty", "--message", "Work")
        self.git("commit", "--quiet", "--allow-empty", "--message", "No submodule changes")
        self.bench.run(self.bench.task("git_hooks_install"))

    def git(self, *args: str) -> None:
        """Run git in the repo."""
        self.bench.run([*_GIT, *args])

    def status(self) -> None:
        """All checkouts through the toolchain."""
        self.bench.run(self.bench.task("submodule_status"))

    def foreach(self) -> None:
        """The same with git alone, which says less."""
        self.git("status", "--short", "--branch")
        self.git(*_FOREACH)

    def short_status(self) -> None:
        """What differs, through the toolchain."""
        self.bench.run(self.bench.task("git_status"))

    def guarded_push(self) -> None:
        """A push that the hook looks at."""
        self.git("push", "--quiet", "--dry-run", "origin", "HEAD:refs/heads/bench")

    def push(self) -> None:
        """The same without the hook."""
        self.git("push", "--quiet", "--dry-run", "--no-verify", "origin", "HEAD:refs/heads/bench")


def measure(tree: Tree, repeats: int) -> list[Figure]:
    """Each command of the toolchain against that of git."""
    status, short, foreach, guarded, push = in_turns(
        repeats,
        (None, tree.status),
        (None, tree.short_status),
        (None, tree.foreach),
        (None, tree.guarded_push),
        (None, tree.push),
    )
    count = len(tree.names)
    return [
        Figure(f"submodule_status, {count} submodules / foreach status", status, foreach, "500 ms"),
        Figure(f"git_status, {count} submodules / foreach status", short, foreach, ""),
        Figure("push, no submodule changed, with the hook / without", guarded, push, ""),
    ]


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description="Measure looking at many submodules.")
    parser.add_argument("--submodules", type=int, default=20)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=11)
    parsed = parser.parse_args()
    tree = Tree(parsed.submodules, parsed.files)
    try:
        tree.make()
        figures = measure(tree, parsed.repeats)
    finally:
        shutil.rmtree(tree.folder, ignore_errors=True)
    version = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    print(f"{version.stdout.strip():58} {'ours ms':>8} {'raw ms':>8} {'ratio':>6}   goal: at most")
    for figure in figures:
        print(figure)


if __name__ == "__main__":
    main()
