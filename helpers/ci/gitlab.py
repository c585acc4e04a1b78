"""Pipelines as GitLab's; nothing is decided here."""

import shlex
from collections.abc import Mapping
from typing import Any

from helpers.ci.layout import as_yaml
from helpers.model.numbers import counted
from helpers.model.packages.index import identity_variable
from helpers.model.pipeline import Cache, Condition, History, Job, JobImage, Pipeline, Secret

_REPORT = "tmp.main_pytest/2*/junit.xml"
_MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"'


def emit(pipeline: Pipeline) -> str:
    """The text of a pipeline, without a header."""
    return as_yaml(emit_content(pipeline))


def emit_content(pipeline: Pipeline) -> dict[str, Any]:
    """What stands in the file of a pipeline."""
    waited = {need.job for job in pipeline.jobs for need in job.needs}
    stages = ["first", *(["then"] if waited else [])]
    found: dict[str, Any] = {
        "stages": stages,
        "workflow": {"rules": _rules(pipeline)},
        "variables": {"GIT_DEPTH": "1", "GIT_SUBMODULE_STRATEGY": "recursive"},
    }
    for job in pipeline.jobs:
        stage = stages[-1] if job.needs else stages[0]
        found[job.name] = _call(job, stage) if job.calls else emit_job(job, stage)
    return found


def _rules(pipeline: Pipeline) -> list[Mapping[str, Any]]:
    starts = pipeline.starts
    if starts.called:
        return [{"when": "always"}]
    branches = [
        {"if": _pushed(branch), "auto_cancel": {"on_new_commit": "none"}}
        for branch in starts.branches
    ]
    newer = {"on_new_commit": "interruptible"}
    return [{"if": _MERGE_REQUEST, "auto_cancel": newer}, *branches, *(starts.more or ())]


def _pushed(branch: str) -> str:
    return f'$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "{branch}"'


def _call(job: Job, stage: str) -> Mapping[str, Any]:
    """A job that runs the pipeline which another one made, and ends as that does."""
    made = [{"artifact": job.calls, "job": need.job} for need in job.needs]
    return {
        "stage": stage,
        "needs": [need.job for need in job.needs],
        "trigger": {"include": made, "strategy": "depend"},
    }


def emit_job(job: Job, stage: str) -> dict[str, Any]:
    """A job that runs steps."""
    found: dict[str, Any] = {
        "stage": stage,
        "timeout": f"{job.minutes} minutes",
        "interruptible": job.interruptible,
        "script": [_line(step.run if step.own is None else step.own, job) for step in job.steps],
    }
    if variables := _variables(job):
        found["variables"] = variables
    if job.when is Condition.PASSED:
        found["needs"] = [need.job for need in job.needs]
    if job.runner:
        found["tags"] = list(job.runner)
    if job.environment:
        found["environment"] = {"name": job.environment, "action": "access"}
    found |= _of_branches(job)
    if job.caches:
        found["cache"] = [_cache(cache) for cache in job.caches]
    paths = [path for one in job.artifacts for path in one.paths]
    paths += job.gives[1:]
    if paths:
        days = max((one.days for one in job.artifacts), default=1)
        found["artifacts"] = {"paths": paths, "when": "always", "expire_in": counted(days, "day")}
        if job.artifacts:
            found["artifacts"]["reports"] = {"junit": _REPORT}
    return found


def _of_branches(job: Job) -> Mapping[str, Any]:
    """What a job has that is for some branches alone."""
    found: dict[str, Any] = {}
    if job.branches:
        found["rules"] = [{"if": _pushed(branch)} for branch in job.branches]
    if job.audience:
        found["id_tokens"] = {identity_variable(job.audience): {"aud": job.audience}}
    return found | ({"resource_group": job.alone} if job.alone else {})


def _variables(job: Job) -> Mapping[str, str]:
    """What its steps are given, but for secrets: those are variables of GitLab's already."""
    given = {name: value for step in job.steps for name, value in step.env.items()}
    # A dollar in it would begin the name of another variable.
    found = {
        name: str(value).replace("$", "$$")
        for name, value in given.items()
        if not isinstance(value, Secret)
    }
    return found | ({"GIT_DEPTH": "0"} if job.history is History.WHOLE else {})


def _line(line: str, job: Job) -> str:
    return in_image(line, job.image) if job.image else line


def in_image(line: str, image: JobImage) -> str:
    """A line of a script that runs in an image."""
    return f"bash {shlex.quote(image.script)} {image.reference} -c {shlex.quote(line)}"


def _cache(cache: Cache) -> Mapping[str, Any]:
    policy = "pull-push" if cache.when else "pull"
    return {"key": cache.name.rstrip("-"), "paths": list(cache.paths), "policy": policy}
