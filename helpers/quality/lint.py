"""Run the checks of a repo, several at once."""

import os
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from helpers.quality.plan import LintStep, choose_steps, is_without_ending, plan_lint
from helpers.system.process import ProcessError, run
from helpers.vcs.git import list_files


@dataclass(frozen=True, slots=True)
class LintResult:
    """What a check came to; `output` is empty where there is nothing to say."""

    name: str
    passed: bool
    seconds: float
    output: str


def lint(root: Path, only: Sequence[str], *, fix: bool) -> list[LintResult]:
    """Check the repo at `root`.

    Args:
        only: names of checks; none means all.
        fix: mend what the tools can mend, first.

    Raises:
        HelpersError: a name is not that of a check.
    """
    steps = choose_steps(_plan(root), only)
    if fix:
        # One after the other: they write the same files.
        for step in steps:
            if step.fix:
                run(step.fix, cwd=root, check=False)
    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(lambda step: _check(root, step), steps))


def _plan(root: Path) -> tuple[LintStep, ...]:
    files = list_files(root)
    project = root / "pyproject.toml"
    tools = tomllib.loads(project.read_text()).get("tool", {}) if project.is_file() else {}
    lines = {name: _first_line(root / name) for name in files if is_without_ending(name)}
    return plan_lint(files, lines, tools)


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.readline(200).decode(errors="replace")


def _check(root: Path, step: LintStep) -> LintResult:
    try:
        done = run(step.command, cwd=root, check=False)
    except ProcessError as error:
        return LintResult(step.name, False, 0.0, str(error))
    output = (done.stdout + done.stderr).strip()
    return LintResult(step.name, done.status == 0, done.seconds, output)
