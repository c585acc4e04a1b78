"""The pipelines of GitLab: one that plans, and the child that it makes for what is to be tested."""

import json
from dataclasses import replace

from helpers.ci.own_steps import steps_around
from helpers.ci.pipelines import (
    PASSES,
    RUNS,
    CiRepo,
    bootstrap,
    job_image,
    lint_of,
    plan_of,
    records,
    tests_of,
)
from helpers.ci.plan import CiPlan, Part, runner_of
from helpers.ci.publish_jobs import publish_jobs
from helpers.model.pipeline import Artifact, Condition, Fact, Job, Need, Pipeline, Starts, Step

MAIN = ".gitlab-ci.yml"
# Where the plan leaves the child, and the jobs of the child their records.
CHILD = "tmp.helpers/child.yml"


def main_pipeline(repo: CiRepo) -> Pipeline:
    """The pipeline of the repo: it checks, plans, and starts the child and waits for it."""
    plan = replace(plan_of(repo, f"--event gitlab --child {CHILD}"), gives=("", CHILD))
    call = Job("dirs", needs=(Need("plan"),), calls=CHILD)
    starts = Starts(repo.config.branches, more=repo.config.triggers)
    needs = (Need("lint"), Need("dirs"))
    published = publish_jobs(repo.config, repo.own, bootstrap(repo), needs, job_image(repo))
    return Pipeline("ci", MAIN, starts, (plan, lint_of(repo), call, *published))


def child_pipeline(repo: CiRepo, plan: CiPlan, *, trunk: bool) -> Pipeline:
    """A job for each part of a plan, and after them the gate: GitLab refuses a pipeline of none.

    Args:
        trunk: a branch that is tested was pushed to: records are kept for later runs.
    """
    jobs = [_tests(repo, part, trunk=trunk) for part in plan.parts]
    # It runs where the others succeeded; otherwise the pipeline failed without it.
    results = json.dumps({"plan": "success", "dir": "success" if jobs else "skipped"})
    env = {"RESULTS": results, "BRIEF": plan.brief()}
    step = Step("source ./setenv.sh && i ci_gate", env)
    gate = Job(
        "gate",
        runner_of(repo.config),
        steps=(
            bootstrap(repo, engine="gate" in repo.own),
            *steps_around(repo.own, "gate", step),
        ),
        needs=tuple(Need(job.name) for job in jobs),
        minutes=15,
        caches=(records(Condition.TRUNK if trunk else None),),
        image=job_image(repo),
        interruptible=not trunk,
    )
    return Pipeline("dirs", CHILD, Starts(called=True), (*jobs, gate))


def _tests(repo: CiRepo, part: Part, *, trunk: bool) -> Job:
    job = tests_of(repo)
    facts = {Fact.DIRS: "\n".join(part.dirs)}
    steps = tuple(
        replace(
            step,
            env={
                name: facts.get(value, value) if isinstance(value, Fact) else value
                for name, value in step.env.items()
            },
        )
        for step in job.steps
    )
    # The gate has the files of all jobs in one tree: times come from the runs' own summaries.
    paths = (RUNS, PASSES) if trunk else (RUNS,)
    return replace(
        job,
        name=f"dir {part.title}",
        runner=part.runner,
        title="",
        steps=steps,
        artifacts=(Artifact("reports-", paths),),
        environment=part.environment,
        key=part.key,
        interruptible=not trunk,
    )
