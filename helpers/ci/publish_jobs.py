"""The jobs that publish wheels after a push that passed: of the first file, one for each index.

They stand in no workflow that others call: Trusted Publishing names the file that was started.
"""

from collections.abc import Mapping

from helpers.ci.own_steps import FOLDER, OwnSteps, steps_around
from helpers.ci.plan import runner_of
from helpers.model.errors import HelpersError
from helpers.model.names import slug
from helpers.model.pipeline import Condition, History, Job, JobImage, Need, Secret, Step
from helpers.model.settings.ci_config import CiConfig
from helpers.model.settings.publish_config import Publication
from helpers.model.wheel import Mode

OWN_STEPS = "publish"


def publish_jobs(
    config: CiConfig,
    own: Mapping[str, OwnSteps],
    first: Step,
    needs: tuple[Need, ...],
    image: JobImage | None,
) -> tuple[Job, ...]:
    """The jobs of a repo; none where it publishes nothing.

    Args:
        own: the repo's own steps, by job.
        first: what each job begins with.
        needs: the jobs whose success lets a push be published.
        image: where each job's commands run.

    Raises:
        HelpersError: steps of the repo's own are for such a job, and there is none.
    """
    if OWN_STEPS in own and not config.publish:
        raise HelpersError(
            "these steps are for jobs that publish, and nothing is published",
            where=f"{FOLDER}/{OWN_STEPS}.yaml",
            fix="write ci: {publish: {INDEX: {}}} in repo_config.yaml, or remove the file",
        )
    return tuple(
        Job(
            job_name(one),
            runner_of(config),
            steps=(first, *steps_around(own, OWN_STEPS, _work(one))),
            needs=needs,
            when=Condition.PASSED,
            branches=(one.branch,),
            minutes=60,
            # The time of a wheel's files is that of a commit, and versions may come from tags.
            history=History.WHOLE,
            environment=one.environment,
            audience="" if one.secret else one.audience,
            alone=job_name(one),
            image=image,
            interruptible=False,
        )
        for one in config.publish
    )


def job_name(one: Publication) -> str:
    """The name of the job that publishes to an index."""
    return f"publish-{slug(one.index)}"


def command_of(one: Publication) -> str:
    """What is typed to publish: running it again is safe."""
    options = f" --mode {one.mode}" * (one.mode != Mode.VENDOR)
    options += " --locked" * one.locked + " --sdist" * one.sdist
    options += f" --username {one.username}" if one.username else ""
    options += " --password-stdin" * bool(one.secret)
    return f"i package_publish --all --skip-existing --index {one.index}{options}"


def _work(one: Publication) -> Step:
    """The step that publishes; a password is not part of its text."""
    typed = command_of(one)
    if not one.secret:
        return Step(f"source ./setenv.sh && {typed}")
    given = f"printf '%s\\n' \"${one.secret}\""
    return Step(f"source ./setenv.sh && {given} | {typed}", {one.secret: Secret(one.secret)})
