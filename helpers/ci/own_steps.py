"""Steps of a repo's own, `ci_steps/<job>.yaml`, which are merged into the jobs of CI."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.pipeline import Step
from helpers.model.runnable_dir import ROOT
from helpers.model.settings.ci_config import Target
from helpers.model.settings.keys import Key, Kind
from helpers.model.settings.reader import read_settings
from helpers.system.files import read_text

FOLDER = "ci_steps"
JOBS = ("plan", "lint", "dir", "gate", "publish", "deploy")
_KEYS = (
    Key("before", Kind.ANY, "Steps after the toolchain is there and before the job's own."),
    Key("after", Kind.ANY, "Steps after the job's own, where these succeeded."),
)
_OF_A_STEP = {
    *("continue-on-error", "env", "id", "if", "name", "run", "shell", "timeout-minutes"),
    *("uses", "with", "working-directory"),
}
_PINNED = re.compile(r"\./.+|[\w.-]+/[\w./-]+@[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class OwnSteps:
    """The steps of one job's file."""

    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()


def read_own_steps(root: Path, target: Target) -> dict[str, OwnSteps]:
    """The steps by job.

    Raises:
        HelpersError: a file is of no job, or a step is malformed or unsafe.
    """
    folder = root / FOLDER
    found = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix not in (".yaml", ".yml"):
            continue
        where = f"{FOLDER}/{path.name}"
        if path.stem not in JOBS:
            raise HelpersError(
                f"there is no job {path.stem!r}; the jobs are: {', '.join(JOBS)}",
                where=where,
                fix=f"name it after one of them, such as {FOLDER}/dir.yaml",
            )
        if path.stem in found:
            raise HelpersError(
                f"the job {path.stem!r} has two files", where=where, fix="make them one"
            )
        found[path.stem] = parse_own_steps(read_text(path) or "", where, target)
    return found


def parse_own_steps(text: str, where: str, target: Target) -> OwnSteps:
    """Read one file.

    Raises:
        HelpersError: with file and line or number of the step, when it is malformed or unsafe.
    """
    given = read_settings(text, where, _KEYS)
    return OwnSteps(
        **{
            name: _steps(setting.value, f"{where}:{setting.line}", target)
            for name, setting in given.items()
        }
    )


def _steps(value: Any, where: str, target: Target) -> tuple[Step, ...]:
    if not isinstance(value, list):
        raise HelpersError("expected a list of steps", where=where, fix="begin each with '- '")
    check = _check_action_step if target is Target.GITHUB else _check_script_line
    for number, one in enumerate(value, 1):
        check(one, number, where)
    return tuple(Step(own=one) for one in value)


def _check_action_step(step: Any, number: int, where: str) -> None:
    """A step as GitHub writes it, which may not undo what the other steps are careful about."""
    if not isinstance(step, dict) or ("run" in step) is ("uses" in step):
        raise HelpersError(
            f"step {number} has not one of 'run' and 'uses'",
            where=where,
            fix="write for instance - run: make fixtures",
        )
    if unknown := sorted(map(str, step.keys() - _OF_A_STEP)):
        raise HelpersError(
            f"step {number}: GitHub knows no key {unknown[0]!r} of a step",
            where=where,
            fix=f"the keys are: {', '.join(sorted(_OF_A_STEP))}",
        )
    if "uses" in step and not _PINNED.fullmatch(str(step["uses"])):
        raise HelpersError(
            f"step {number}: {step['uses']!r} is not pinned, so it may become other code",
            where=where,
            fix="write <owner>/<repo>@<the 40 digits of a commit>   # and its version",
        )
    if "run" in step and "${{" in str(step["run"]):
        raise HelpersError(
            f"step {number}: an expression inside 'run' lets whoever writes its value run commands",
            where=where,
            fix='give it a variable: env: {TITLE: "${{ ... }}"}, and write "$TITLE" in run',
        )


def _check_script_line(line: Any, number: int, where: str) -> None:
    if not isinstance(line, str) or not line.strip():
        raise HelpersError(
            f"step {number} is no text: a step of GitLab's is a line of its script",
            where=where,
            fix="write for instance - make fixtures",
        )


def check_in_image(own: Mapping[str, OwnSteps]) -> None:
    """Make sure that all steps can run in the image of the jobs.

    Raises:
        HelpersError: where one stands is known only when it runs, so the image is not found there.
    """
    for job, steps in own.items():
        for step in (*steps.before, *steps.after):
            given = step.own if isinstance(step.own, dict) and "run" in step.own else {}
            place = str(given.get("working-directory", ROOT))
            if "shell" not in given and (place.startswith(("/", "..")) or "$" in place):
                raise HelpersError(
                    f"working-directory {place!r} is no path below the repo, from which a step"
                    " that runs in 'base_image' finds it",
                    where=f"{FOLDER}/{job}.yaml",
                    fix="leave it out and begin run with: cd ...; or write shell: bash, which runs"
                    " the step on the runner itself",
                )


def steps_around(own: Mapping[str, OwnSteps], job: str, *work: Step) -> tuple[Step, ...]:
    """The steps of a job with those of the repo's own around them."""
    found = own.get(job, OwnSteps())
    return (*found.before, *work, *found.after)
