"""Pipelines as workflows of GitHub's; nothing is decided here."""

import json
import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from helpers.ci.layout import as_yaml, with_comment
from helpers.model.pipeline import (
    Artifact,
    Cache,
    Condition,
    Fact,
    History,
    Job,
    Need,
    Pipeline,
    Secret,
    Step,
)

PINNED = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/cache": ("27d5ce7f107fe9357f9df03efb73ab90386fccae", "v5.0.5"),
}
_IN_MATRIX = {
    Fact.DIRS: "${{ matrix.dirs }}",
    Fact.ENVIRONMENT: "${{ matrix.environment }}",
    Fact.KEY: "${{ matrix.key }}",
    Fact.RUNNER: "${{ toJSON(matrix.runner) }}",
    Fact.TITLE: "${{ matrix.title }}",
}
_IN_CALLED = {
    Fact.DIRS: "${{ inputs.dirs }}",
    Fact.ENVIRONMENT: "${{ inputs.environment }}",
    Fact.KEY: "${{ inputs.key }}",
    Fact.RUNNER: "${{ fromJSON(inputs.runner) }}",
    Fact.TITLE: "${{ inputs.title }}",
    Fact.EVENT: "${{ github.event_path }}",
    Fact.BRIEF: "${{ needs.plan.outputs.brief }}",
}
_WHEN = {
    Condition.ALWAYS: "always()",
    Condition.TRUNK: "github.event_name == 'push' && !cancelled()",
}
_PLAN = "fromJSON(needs.plan.outputs.plan)"
# The checkout keeps no token; git asks this helper for one, in the step that may fetch or push.
_HELPER = '!f() { echo username=x-access-token; echo "password=$GITHUB_TOKEN"; }; f'
_MAY_FETCH = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "credential.helper",
    "GIT_CONFIG_VALUE_0": _HELPER,
    "GITHUB_TOKEN": "${{ github.token }}",
}
_READS = {"contents": "read"}
_INPUTS = ("dirs", "environment", "key", "runner", "title")


def emit(pipeline: Pipeline) -> str:
    """The text of a workflow, without a header."""
    return as_yaml(
        {
            "name": pipeline.name,
            "on": _starts(pipeline),
            "permissions": {},
            **({} if pipeline.starts.called else {"concurrency": _concurrency()}),
            "jobs": {job.name: emit_job(job) for job in pipeline.jobs},
        }
    )


# GitHub's own, and that somebody edited the title or the text.
_WITH_TITLES = ("opened", "synchronize", "reopened", "edited")


def _starts(pipeline: Pipeline) -> Mapping[str, Any]:
    starts = pipeline.starts
    if starts.called:
        given = {"required": True, "type": "string"}
        inputs = {name: dict(given) for name in _INPUTS}
        # Most have none, and an empty text may count as one that is missing.
        inputs["environment"] = {"required": False, "type": "string", "default": ""}
        return {"workflow_call": {"inputs": inputs}}
    paths = {"paths": list(starts.paths)} if starts.paths else {}
    types = {"types": list(_WITH_TITLES)} if starts.titles else {}
    found: dict[str, Any] = {
        "pull_request": {**types, **paths} or None,
        **({"push": {"branches": list(starts.branches), **paths}} if starts.branches else {}),
    }
    if starts.merge_queue:
        found["merge_group"] = None
    return found | dict(starts.more or {})


def _concurrency() -> Mapping[str, Any]:
    """A newer push to a pull request ends what runs for the older; nothing else is ended."""
    number = "github.event.pull_request.number || github.run_id"
    return {
        "group": f"${{{{ github.workflow }}}}-${{{{ {number} }}}}",
        "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
    }


def emit_job(job: Job) -> Mapping[str, Any]:
    """A job, as a workflow has it."""
    found: dict[str, Any] = {"permissions": _permissions(job), "name": job.name}
    if job.title:
        in_matrix = job.each and isinstance(job.title, Fact)
        found["name"] = _IN_MATRIX[Fact(job.title)] if in_matrix else _text(job.title)
    if job.needs:
        found["needs"] = [need.job for need in job.needs]
    if condition := _condition(job):
        found["if"] = condition
    if job.each:
        parts = f"${{{{ {_PLAN}.parts }}}}"
        found["strategy"] = {"fail-fast": False, "matrix": {"include": parts}}
    if job.calls:
        given = {name: _given(value) for name, value in job.with_facts.items()}
        return found | {"uses": job.calls, "with": given}
    found["runs-on"] = _text(job.runner) if _is_fact(job.runner) else list(job.runner)
    found["timeout-minutes"] = job.minutes
    if job.environment:
        found["environment"] = _text(job.environment)
    if job.alone:
        found["concurrency"] = {"group": job.alone, "cancel-in-progress": False}
    if job.gives:
        step, *outputs = job.gives
        found["outputs"] = {name: f"${{{{ steps.{step}.outputs.{name} }}}}" for name in outputs}
    found["steps"] = [_checkout(job), *_steps(job)]
    return found


def _permissions(job: Job) -> Mapping[str, str]:
    why = {**job.grants, **({"id-token": "Trusted Publishing"} if job.audience else {})}
    found: Mapping[str, str] = _READS | dict.fromkeys(why, "write")
    for name, reason in why.items():
        found = with_comment(found, name, reason)
    return found


def _condition(job: Job) -> str:
    refs = " || ".join(f"github.ref == {_quoted(f'refs/heads/{one}')}" for one in job.branches)
    pushed = f"github.event_name == 'push' && ({refs})" if refs else ""
    return " && ".join(filter(None, (pushed, *_conditions(job))))


def _conditions(job: Job) -> Iterable[str]:
    if job.only:
        yield f"contains({_PLAN}.affected, {_quoted(job.only)})"
    elif job.when is Condition.PLANNED:
        yield f"toJSON({_PLAN}.parts) != '[]'"
    elif job.when is Condition.PASSED:
        # Without a function on the status GitHub skips what comes after a job that was skipped.
        yield "!cancelled()"
        for need in job.needs:
            results = ("success", "skipped") if need.skippable else ("success",)
            said = " || ".join(f"needs.{need.job}.result == '{one}'" for one in results)
            yield f"({said})"
    else:
        yield _WHEN.get(job.when, "")


def _checkout(job: Job) -> Mapping[str, Any]:
    given: dict[str, Any] = {"persist-credentials": False, "submodules": "recursive"}
    if job.history is not History.NEWEST:
        given["filter"] = "blob:none"
    if job.history is History.WHOLE:
        given["fetch-depth"] = 0
    return uses("actions/checkout", **{"with": given})


def _steps(job: Job) -> Iterable[Mapping[str, Any]]:
    for cache in job.caches:
        yield _restore(cache)
    for need in job.needs:
        if need.artifacts:
            yield _download(need)
    for step in job.steps:
        yield _own(step.own, job) if step.own is not None else _run(step, job)
    for artifact in job.artifacts:
        yield _upload(artifact, job)
    for cache in job.caches:
        if cache.when and not cache.files:
            given = {"path": _lines(cache.paths), "key": _run_key(cache)}
            yield uses("actions/cache/save", **_when(cache.when), **{"with": given})


def _run(step: Step, job: Job) -> Mapping[str, Any]:
    env = {name: _text(value) for name, value in step.env.items() if value is not Fact.RESULTS}
    env |= {name: _results(job) for name, value in step.env.items() if value is Fact.RESULTS}
    env |= _MAY_FETCH if step.fetches else {}
    found: dict[str, Any] = {"run": step.run, "shell": _shell(job) or "bash"}
    found |= {"name": step.name} if step.name else {}
    found |= {"id": step.id} if step.id else {}
    return found | ({"env": env} if env else {})


def _own(step: Mapping[str, Any], job: Job) -> Mapping[str, Any]:
    """A step of the repo's own: without a shell of its own it runs where ours do."""
    shell = _shell(job, str(step.get("working-directory", "."))) if "run" in step else ""
    return {"shell": shell, **step} if shell else step


def _shell(job: Job, place: str = ".") -> str:
    """What runs a command in the job's image; empty: it has none.

    Args:
        place: where the step stands, relative to the repo's root.
    """
    if job.image is None:
        return ""
    return f"bash {posixpath.relpath(job.image.script, place)} {job.image.reference} {{0}}"


def _results(job: Job) -> str:
    """JSON with how each job ended; all that GitHub knows of them may not fit into a variable."""
    ended = {need.job: f"${{{{ needs.{need.job}.result }}}}" for need in job.needs}
    return json.dumps(ended)


def _restore(cache: Cache) -> Mapping[str, Any]:
    given = {"path": _lines(cache.paths), "key": _run_key(cache)}
    if cache.files:
        names = ", ".join(_quoted(name) for name in cache.files)
        machine = "${{ runner.os }}-${{ runner.arch }}"
        given["key"] = f"{cache.name}{machine}-${{{{ hashFiles({names}) }}}}"
        return uses("actions/cache", **{"with": given})
    given["restore-keys"] = cache.name
    return uses("actions/cache/restore", **{"with": given})


def _run_key(cache: Cache) -> str:
    return f"{cache.name}${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}"


def _download(need: Need) -> Mapping[str, Any]:
    given = {"pattern": f"{need.artifacts}*", "path": need.into}
    return uses("actions/download-artifact", **_when(Condition.TRUNK), **{"with": given})


def _upload(artifact: Artifact, job: Job) -> Mapping[str, Any]:
    given = {
        "name": f"{artifact.name}{_text(job.key)}",
        "path": _lines(artifact.paths),
        "if-no-files-found": "ignore",
        "retention-days": artifact.days,
    }
    return uses("actions/upload-artifact", **_when(artifact.when), **{"with": given})


def _when(condition: Condition) -> dict[str, str]:
    return {"if": _WHEN[condition]} if condition in _WHEN else {}


def uses(action: str, **more: Any) -> Mapping[str, Any]:
    """A step that is an action of GitHub's own, at the commit that we looked at."""
    commit, version = PINNED["/".join(action.split("/")[:2])]
    return with_comment({"uses": f"{action}@{commit}", **more}, "uses", version)


def _is_fact(value: object) -> bool:
    return isinstance(value, Fact)


def _text(value: Any) -> Any:
    if isinstance(value, Secret):
        return f"${{{{ secrets.{value.name} }}}}"
    return _IN_CALLED[value] if _is_fact(value) else value


def _given(value: Any) -> str:
    """What a called workflow is given: of each part of the plan, or as it is."""
    if isinstance(value, Fact):
        return _IN_MATRIX[value]
    return value if isinstance(value, str) else json.dumps(list(value))


def _lines(paths: Iterable[str]) -> str:
    return "\n".join(paths)


def _quoted(text: str) -> str:
    """A text in an expression."""
    return "'" + text.replace("'", "''") + "'"
