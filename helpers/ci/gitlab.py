"""Pipelines as GitLab's; nothing is decided here."""

import shlex
from collections.abc import Mapping
from typing import Any

from helpers.ci.layout import as_yaml
from helpers.model.numbers import counted
from helpers.model.pipeline import Cache, Job, Pipeline

_REPORT = "tmp.main_pytest/2*/junit.xml"
_MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"'


def emit(pipeline: Pipeline) -> str:
    """The text of a pipeline, without a header."""
    waited = {need.job for job in pipeline.jobs for need in job.needs}
    stages = ["first", *(["then"] if waited else [])]
    found: dict[str, Any] = {
        "stages": stages,
        "workflow": {"rules": _rules(pipeline)},
        "variables": {"GIT_DEPTH": "1", "GIT_SUBMODULE_STRATEGY": "recursive"},
    }
    for job in pipeline.jobs:
        stage = stages[-1] if job.needs else stages[0]
        found[job.name] = _call(job, stage) if job.calls else _job(job, stage)
    return as_yaml(found)


def _rules(pipeline: Pipeline) -> list[Mapping[str, Any]]:
    starts = pipeline.starts
    if starts.called:
        return [{"when": "always"}]
    branches = [
        {
            "if": f'$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "{branch}"',
            "auto_cancel": {"on_new_commit": "none"},
        }
        for branch in starts.branches
    ]
    newer = {"on_new_commit": "interruptible"}
    return [{"if": _MERGE_REQUEST, "auto_cancel": newer}, *branches, *(starts.more or ())]


def _call(job: Job, stage: str) -> Mapping[str, Any]:
    """A job that runs the pipeline which another one made, and ends as that does."""
    made = [{"artifact": job.calls, "job": need.job} for need in job.needs]
    return {
        "stage": stage,
        "needs": [need.job for need in job.needs],
        "trigger": {"include": made, "strategy": "depend"},
    }


def _job(job: Job, stage: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "stage": stage,
        "timeout": f"{job.minutes} minutes",
        "interruptible": job.interruptible,
        "script": [_line(step.run if step.own is None else step.own, job) for step in job.steps],
    }
    variables = {name: value for step in job.steps for name, value in step.env.items()}
    if variables:
        # A dollar in it would begin the name of another variable.
        found["variables"] = {n: str(v).replace("$", "$$") for n, v in variables.items()}
    if job.runner:
        found["tags"] = list(job.runner)
    if job.environment:
        found["environment"] = {"name": job.environment, "action": "access"}
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


def _line(line: str, job: Job) -> str:
    image = job.image
    if image is None:
        return line
    return f"bash {shlex.quote(image.script)} {image.reference} -c {shlex.quote(line)}"


def _cache(cache: Cache) -> Mapping[str, Any]:
    policy = "pull-push" if cache.when else "pull"
    return {"key": cache.name.rstrip("-"), "paths": list(cache.paths), "policy": policy}
