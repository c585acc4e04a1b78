"""Run the checks of a repo, several at once."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path, PurePosixPath

from helpers.lockers.all_lockers import read_locked
from helpers.lockers.locked import read_toml
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.quality.plan import LintStep, choose_steps, how_to_add, is_without_ending, plan_lint
from helpers.quality.settings_files import plan_settings, refused
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessError, run
from helpers.vcs.files import list_files

_MISSING = 127


@dataclass(frozen=True, slots=True)
class LintResult:
    """The result of a check; `output` is empty if there is nothing to say."""

    name: str
    passed: bool
    seconds: float
    output: str


def lint(root: Path, only: Sequence[str], *, fix: bool) -> list[LintResult]:
    """Check the repo at `root`.

    Args:
        only: names of checks; none means all.
        fix: fix what the tools can fix, first.

    Raises:
        HelpersError: a name is not that of a check, or the repo's pyproject.toml is malformed.
    """
    steps = choose_steps(_plan(root), only)
    if fix:
        # One after the other: they write the same files.
        for step in steps:
            if step.fix:
                # The check itself reports a missing tool.
                with suppress(ProcessError):
                    run(step.fix, cwd=root, check=False)
    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(lambda step: _check(root, step), steps))


def _plan(root: Path) -> tuple[LintStep, ...]:
    listed = list_files(root)
    links = {name for name in listed if (root / name).is_symlink()}
    foreign = (*links, *_submodules(root, listed))
    inside = tuple(f"{name}/" for name in foreign)
    files = [name for name in listed if name not in links and not name.startswith(inside)]
    project = root / "pyproject.toml"
    tools = read_toml(project).get("tool", {}) if project.is_file() else {}
    lines = {name: _first_line(root / name) for name in files if is_without_ending(name)}
    steps = plan_lint(files, lines, tools, foreign, str(TOOLCHAIN_ROOT))
    return (*steps, *plan_settings(files, shares=root == TOOLCHAIN_ROOT))


def _how_to_get(root: Path, tool: str) -> str:
    """What to say of a tool that the environment of the repo's root lacks."""
    try:
        locker = read_locked(root).locker
    except HelpersError:
        locker = "none"  # what is wrong with it, a build says
    add = how_to_add(tool, locker, root)
    return f"{tool} is not in the environment of the repo's root\nfix: {add}"


def _submodules(root: Path, files: Iterable[str]) -> list[str]:
    folders = {str(folder) for name in files for folder in PurePosixPath(name).parents} - {"."}
    return [folder for folder in folders if (root / folder / ".git").exists()]


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.readline(200).decode(errors="replace")


def _check(root: Path, step: LintStep) -> LintResult:
    if step.settings:
        wrong = refused(root, step.settings)
        return LintResult(step.name, not wrong, 0.0, "\n".join(map(str, wrong)))
    try:
        done = run(step.command, cwd=root, check=False)
    except ProcessError as error:
        said = _how_to_get(root, error.command[0]) if error.status == _MISSING else str(error)
        return LintResult(step.name, False, 0.0, said)
    output = (done.stdout + done.stderr).strip()
    return LintResult(step.name, done.status == 0, done.seconds, output)
