"""The jobs that deploy after a push that passed: release, promote, let the tests accept it.

One for each environment; the forge's environment of that name has the approvals and the secrets.
Only pushes start them, so code of a pull request never meets their secrets.
"""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace

from helpers.ci.own_steps import FOLDER, OwnSteps, steps_around
from helpers.ci.plan import runner_of
from helpers.model.dataclass import dataclass
from helpers.model.environments import ENVIRONMENT_VARIABLE
from helpers.model.errors import HelpersError
from helpers.model.pipeline import Condition, History, Job, JobImage, Need, Secret, Step
from helpers.model.settings.ci_config import CiConfig
from helpers.model.settings.deploy_config import JOB_TOKEN, Deployment, Login

OWN_STEPS = "deploy"
# Logins are kept for the job alone: the runner empties this folder before the next one.
_LOGINS = {"DOCKER_CONFIG": "${{ runner.temp }}/logins"}
# Programs of Docker's that a user installed stand beside the logins.
_BEGIN = """\
mkdir -m 700 -p "$DOCKER_CONFIG"
if [ -d ~/.docker/cli-plugins ]; then ln -sfn ~/.docker/cli-plugins "$DOCKER_CONFIG/"; fi
"""
_TASKS = "source ./setenv.sh && "


@dataclass(frozen=True, slots=True)
class About:
    """What of a repo, besides its settings of CI, decides about the jobs.

    Attributes:
        image: where each job's commands run.
        releases: code of dirs is released.
        uploads: wheels of such releases go to an index.
    """

    image: JobImage | None = None
    releases: bool = False
    uploads: bool = False


def deploy_jobs(
    config: CiConfig,
    own: Mapping[str, OwnSteps],
    first: Step,
    needs: tuple[Need, ...],
    about: About,
) -> tuple[Job, ...]:
    """The jobs of a repo; none where it deploys nothing.

    Args:
        own: the repo's own steps, by job.
        first: what each job begins with.
        needs: the jobs whose success lets a push be deployed.

    Raises:
        HelpersError: steps of the repo's own are for such a job, and there is none.
    """
    if OWN_STEPS in own and not config.deploy:
        raise HelpersError(
            "these steps are for jobs that deploy, and nothing is deployed",
            where=f"{FOLDER}/{OWN_STEPS}.yaml",
            fix="write ci: {deploy: {ENVIRONMENT: {}}} in repo_config.yaml, or remove the file",
        )
    jobs: list[Job] = []
    for number, one in enumerate(config.deploy):
        begins, before = number == 0, config.deploy[number - 1]
        # Of another branch it was deployed by an earlier push.
        follows = not begins and before.branch == one.branch
        to_index = next((login for login in config.logins if login.is_index), None)
        steps = (first, *_log_in(config.logins), *_work(one, own, about, to_index, begins=begins))
        jobs.append(
            Job(
                job_name(one),
                runner_of(config),
                steps=steps if not config.logins else tuple(map(_with_logins, steps)),
                needs=(*needs, Need(job_name(before))) if follows else needs,
                when=Condition.PASSED,
                branches=(one.branch,),
                minutes=180 if begins else 60,
                # Versions come from tags, and the tag of an environment may go to any commit.
                history=History.WHOLE,
                environment=one.environment,
                audience="pypi" if begins and about.uploads and not to_index else "",
                alone=job_name(one),
                image=about.image,
                interruptible=False,
                grants=_grants(config.logins),
            )
        )
    return tuple(jobs)


def job_name(one: Deployment) -> str:
    """The name of the job that deploys to an environment."""
    return f"deploy-{one.environment}"


def command_of(one: Deployment) -> str:
    """What is typed to promote: running it again is safe."""
    return f"i promote --to {one.environment} --all --this-commit"


def _work(
    one: Deployment,
    own: Mapping[str, OwnSteps],
    about: About,
    to_index: Login | None,
    *,
    begins: bool,
) -> Iterable[Step]:
    """What a job does; what rolls out stands between the promotion and the tests that accept it."""
    work = [Step(_TASKS + command_of(one))]
    work += [Step(f"{_TASKS}i promote_tag --environment {one.environment}", fetches=True)]
    if begins:
        new = Step(f"{_TASKS}i docker_release_prod_image --all --new")
        work = [*([_release(to_index)] if about.releases else []), new, *work]
    for step in steps_around(own, OWN_STEPS, *work):
        if step.own is None:
            yield step
            continue
        env = {ENVIRONMENT_VARIABLE: one.environment, **(step.own.get("env") or {})}
        yield replace(step, own={**step.own, "env": env})
    if one.leads_on:
        accept = f"i promote_accept --environment {one.environment} --all --tests {one.tests}"
        yield Step(_TASKS + accept)


def _release(to_index: Login | None) -> Step:
    """The step that releases code: it pushes tags, and writes the pages of releases."""
    if to_index is None:
        return Step(f"{_TASKS}i release --all", fetches=True)
    user = shlex.quote(to_index.username)
    typed = f"i release --all --index {to_index.name} --username {user} --password-stdin"
    return _given(to_index, typed, fetches=True)


def _log_in(logins: Iterable[Login]) -> Iterable[Step]:
    to_registries = [one for one in logins if not one.is_index]
    if to_registries:
        # On the runner itself: the image of the jobs is given the folder once it is there.
        yield Step(own={"name": "logins", "run": _BEGIN, "shell": "bash"})
    for one in to_registries:
        user = shlex.quote(one.username)
        yield _given(one, f"i docker_login --registry {one.name} --username {user}")


def _given(login: Login, typed: str, *, fetches: bool = False) -> Step:
    """A command that reads a password; it is not part of its text."""
    password = f"printf '%s\\n' \"${login.secret}\""
    env = {login.secret: Secret(login.secret)}
    return Step(f"{_TASKS}{password} | {typed}", env, fetches=fetches)


def _with_logins(step: Step) -> Step:
    """The same step, which finds the logins of the job."""
    if step.own is None:
        return replace(step, env={**step.env, **_LOGINS})
    return replace(step, own={**step.own, "env": {**(step.own.get("env") or {}), **_LOGINS}})


def _grants(logins: Iterable[Login]) -> Mapping[str, str]:
    found = {"contents": "the tags of releases and of the environment"}
    if any(one.secret == JOB_TOKEN for one in logins):
        found["packages"] = "images in the registry of the forge"
    return found
