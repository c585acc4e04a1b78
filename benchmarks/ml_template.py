#!/usr/bin/env python3
"""What a model project costs to make, beside `copier copy` of the same template.

usage: <thin environment's python> benchmarks/ml_template.py [--repeats N]

Needs no Docker Engine. The template is put together once for copier, as a git repo: without one,
what is made could not be updated. Both write the same files, each time into a new folder.
"""

import argparse
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

import thin_env  # noqa: E402 - the path comes first
from main_job import commit, write  # noqa: E402

from helpers.adoption.from_template.source import present_template  # noqa: E402

_GOAL = 1.5
_REQUIREMENTS = TOP / "dev_scripts" / "template_requirements.txt"


class Bench:
    """A scratch repo, and the two commands."""

    def __init__(self) -> None:
        self.root = TOP / "tmp.helpers" / "bench" / secrets.token_hex(3)
        self.python = thin_env.ensure() / "bin" / "python"
        self.copier = thin_env.ensure(requirements=_REQUIREMENTS) / "bin" / "python"
        write(self.root / "repo_config.yaml", "name: models\n")
        write(self.root / ".gitignore", "tmp.*\n")
        commit(self.root)
        self.template = self.root / "tmp.template"
        for name, content in present_template(TOP, "ml").items():
            path = self.template / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        commit(self.template)
        answers = {"image_name": "churn", "package": "churn", "description": "The model churn."}
        (self.root / "tmp.answers.json").write_text(json.dumps(answers))

    def create(self) -> None:
        """`i runnable_dir_create`, as `i` starts it."""
        start = TOP / "helpers" / "tasks" / "start.py"
        words = ["--template", "ml", "--dir", self._name(), "--yes"]
        self._run([self.python, "-I", start, "--search-root", TOP, "runnable_dir_create", *words])

    def copy(self) -> None:
        """`copier copy`."""
        script = self.copier.with_name("copier")
        data = f"--data-file={self.root / 'tmp.answers.json'}"
        options = ["--defaults", "--quiet", "--vcs-ref=HEAD", data]
        self._run([self.copier, "-I", script, "copy", *options, self.template, self._name()])

    def _name(self) -> str:
        return f"apps/{secrets.token_hex(4)}"

    def _run(self, command: list[str | Path]) -> None:
        done = subprocess.run(
            command, cwd=self.root, env=os.environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def main() -> None:
    """Measure, and print both medians and the median of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    bench = Bench()
    try:
        bench.create()  # neither pays for the first time
        bench.copy()
        pairs = [(_seconds(bench.create), _seconds(bench.copy)) for _ in range(repeats)]
    finally:
        shutil.rmtree(bench.root, ignore_errors=True)
    ours, raw = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"runnable_dir_create --template ml: {ours:.2f} s; copier copy: {raw:.2f} s")
    print(f"  ratio {ratio:.2f} (goal {_GOAL})")


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
