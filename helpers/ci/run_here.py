"""One job as CI would run it, on this machine."""

from collections.abc import Callable, Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.pipeline import Fact, Job, JobImage, Secret, Step
from helpers.model.repo import Repo
from helpers.system.process import stream

# As GitHub starts it for `shell: bash`.
_BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


@dataclass(frozen=True, slots=True)
class Typed:
    """A step as it is typed here.

    Attributes:
        line: what is run; empty: it is left out.
        image: where; None: on the machine itself.
        left_out: what CI does there.
    """

    line: str
    env: Mapping[str, str]
    left_out: str = ""
    image: JobImage | None = None


def typed_steps(job: Job, facts: Mapping[Fact, str]) -> tuple[Typed, ...]:
    """The steps of a job, those first that only CI can do."""
    found = [Typed("", {}, "checkout")]
    found += [Typed("", {}, f"cache {cache.name.rstrip('-')}") for cache in job.caches]
    found += [_typed(step, facts, job.image) for step in job.steps]
    found += [Typed("", {}, f"artefact {one.name.rstrip('-')}") for one in job.artifacts]
    return tuple(found)


def run_steps(repo: Repo, steps: tuple[Typed, ...], show: Callable[[str], None]) -> int:
    """Run the steps in the repo's root until one fails; its exit status.

    Args:
        show: is given each line of what they print.

    Raises:
        ProcessError: a step cannot be started.
    """
    for step in steps:
        if not step.line:
            show(f"# left out here: {step.left_out}")
            continue
        show(f"$ {step.line}")
        image = step.image
        command = ("bash", image.script, image.reference, "-c") if image else _BASH
        status = stream([*command, step.line], show, cwd=repo.root, env={"CI": "true", **step.env})
        if status:
            return status
    return 0


def _typed(step: Step, facts: Mapping[Fact, str], image: JobImage | None) -> Typed:
    own = step.own
    if own is None:
        env = {name: _value(value, facts) for name, value in step.env.items()}
        return Typed(step.run, env, image=image)
    if isinstance(own, str):
        return Typed(own, {}, image=image)
    name = str(own.get("name") or own.get("uses") or own.get("run"))
    if "run" not in own:
        return Typed("", {}, name)
    given: dict[str, Any] = own.get("env") or {}
    if any("${{" in str(value) for value in (*given.values(), own.get("if", ""))):
        return Typed("", {}, f"{name}, which asks for what only CI knows")
    env = {str(key): str(value) for key, value in given.items()}
    return Typed(str(own["run"]), env, image=None if "shell" in own else image)


def _value(value: str | Fact | Secret, facts: Mapping[Fact, str]) -> str:
    if isinstance(value, Fact) and value in facts:
        return facts[value]
    if isinstance(value, Fact | Secret):
        said = value.value if isinstance(value, Fact) else f"the secret {value.name}"
        raise HelpersError(f"only CI knows {said}", fix="i ci_plan --base main")
    return value
