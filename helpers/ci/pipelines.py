"""The pipelines of a repo, decided from its settings; how a forge writes them is not known here."""

import re
from collections.abc import Mapping
from dataclasses import field, replace

from helpers.ci.deploy_jobs import About, deploy_jobs
from helpers.ci.own_steps import FOLDER, OwnSteps, check_in_image, steps_around
from helpers.ci.plan import DirNeeds, runner_of
from helpers.ci.publish_jobs import publish_jobs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.pipeline import (
    Artifact,
    Cache,
    Condition,
    Fact,
    History,
    Job,
    JobImage,
    Need,
    Pipeline,
    Starts,
    Step,
)
from helpers.model.runnable_dir import path_below
from helpers.model.settings.ci_config import LOCAL_WORKFLOWS, CiConfig, Layout, Target

WORKFLOWS = ".github/workflows"
# Where the gate finds what the jobs that test dirs have recorded.
BROUGHT = "tmp.helpers/ci"
MAIN_WORKFLOW = f"{WORKFLOWS}/ci.yml"
_DIR_WORKFLOW = f"{WORKFLOWS}/dir.yml"
PASSES = "tmp.helpers/results"
_RECORDS = (PASSES, "tmp.helpers/durations.json")
# The folders of runs, which begin with the year; a link to the last stands beside them.
RUNS = "tmp.main_pytest/2*"
_TESTS = "tests-"
# Each workflow of a dir is a run, for a push and for the pull request that it belongs to, and
# GitHub queues this many of a repo in ten seconds; those beyond are dropped.
_MOST_RUNS = 500
MOST_WORKFLOWS = _MOST_RUNS // 2 - 1
Given = str | Fact | tuple[str, ...]
_SPECIAL = re.compile(r"([*?+\[\]!\\])")


@dataclass(frozen=True, slots=True)
class CiDir:
    """A dir as its workflow needs it.

    Attributes:
        roots: what its inputs are below: itself, and whatever it depends on.
    """

    name: str
    title: str
    needs: DirNeeds
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CiRepo:
    """All that decides about the pipelines of a repo.

    Attributes:
        toolchain: where the toolchain is, relative to the root; `.` for the repo itself.
        code: paths that every dir depends on.
        lints: the root is a runnable dir whose container has the tools of `i lint`.
        releases: versions of code follow from the messages of commits.
        uploads: wheels of such releases go to an index.
        trains: comments are answered, and a dir says how it is trained.
        dirs: with `layout: per-dir` alone.
    """

    config: CiConfig
    toolchain: str
    code: tuple[str, ...] = ()
    lints: bool = False
    releases: bool = False
    trains: bool = False
    own: Mapping[str, OwnSteps] = field(default_factory=dict)
    dirs: tuple[CiDir, ...] = ()
    uploads: bool = False

    @property
    def used_branches(self) -> tuple[str, ...]:
        """Branches whose pushes are used once they passed: published or deployed."""
        published = (one.branch for one in self.config.publish)
        return tuple(dict.fromkeys((*published, *(one.branch for one in self.config.deploy))))


def make_pipelines(repo: CiRepo) -> tuple[Pipeline, ...]:
    """All pipelines of the repo.

    Raises:
        HelpersError: there would be more of them than the forge takes, or steps of the repo's own
            are for a job that another repo defines.
    """
    config = repo.config
    central = config.workflows != LOCAL_WORKFLOWS
    if central and "dir" in repo.own:
        raise HelpersError(
            f"the job 'dir' is that of {config.workflows.partition('@')[0]}",
            where=f"{FOLDER}/dir.yaml",
            fix="move its steps there, or write workflows: local",
        )
    if config.base_image:
        check_in_image(repo.own)
    per_dir = config.layout is Layout.PER_DIR
    if per_dir and len(repo.dirs) > MOST_WORKFLOWS:
        raise HelpersError(
            f"{len(repo.dirs)} dirs would start as many runs, twice for a push to a pull request;"
            f" GitHub queues {_MOST_RUNS} runs of a repo in 10 seconds",
            where="repo_config.yaml, key 'layout'",
            fix="write layout: one",
        )
    found = [_main(repo, per_dir=per_dir)]
    if not central:
        found.append(Pipeline("dir", _DIR_WORKFLOW, Starts(called=True), (tests_of(repo),)))
    if per_dir:
        found += [_of_dir(repo, one) for one in repo.dirs]
    return tuple(found)


def lint_of(repo: CiRepo) -> Job:
    """The job that checks what no dir is asked for."""
    of_gitlab = " --target gitlab" * (repo.config.target is Target.GITLAB)
    work = [Step(f"source ./setenv.sh && i ci_check{of_gitlab}")]
    work += [Step("source ./setenv.sh && i lint")] if repo.lints else []
    work += [_messages(repo)] if repo.releases else []
    return Job(
        "lint",
        runner_of(repo.config),
        steps=(
            bootstrap(repo, engine=repo.lints or "lint" in repo.own),
            *steps_around(repo.own, "lint", *work),
        ),
        caches=_thin(repo),
        history=History.DEEPER if repo.releases else History.NEWEST,
        image=job_image(repo),
    )


def _messages(repo: CiRepo) -> Step:
    """The step that checks the title and the commits of a pull request."""
    check = "source ./setenv.sh && i commit_check --event"
    if repo.config.target is Target.GITLAB:
        return Step(f"{check} gitlab", fetches=True)
    return Step(f'{check} "$EVENT"', {"EVENT": Fact.EVENT}, fetches=True)


def _main(repo: CiRepo, *, per_dir: bool) -> Pipeline:
    config = repo.config
    starts = Starts(config.branches, merge_queue=True, titles=repo.releases, more=config.triggers)
    tests = () if per_dir else (_call(repo),)
    waits = ("plan", "lint", *(job.name for job in tests))
    gate = Job(
        "gate",
        runner_of(config),
        steps=(
            # A step of the repo's own may use the engine.
            bootstrap(repo, engine="gate" in repo.own),
            *steps_around(
                repo.own,
                "gate",
                Step(
                    "source ./setenv.sh && i ci_gate",
                    {"RESULTS": Fact.RESULTS, "BRIEF": Fact.BRIEF},
                ),
            ),
        ),
        needs=tuple(
            Need(name, _TESTS * (name == "dir"), BROUGHT * (name == "dir")) for name in waits
        ),
        when=Condition.ALWAYS,
        minutes=15,
        caches=(*_thin(repo), records(None if per_dir else Condition.TRUNK)),
        image=job_image(repo),
    )
    jobs = (_github_plan(repo), lint_of(repo), *tests, gate)
    return Pipeline("ci", MAIN_WORKFLOW, starts, (*jobs, *_used(repo, per_dir=per_dir)))


def _used(repo: CiRepo, *, per_dir: bool) -> tuple[Job, ...]:
    """The jobs that publish and deploy, and before them the tests that no other job waits for."""
    branches = repo.used_branches
    tests = (replace(_call(repo), branches=branches),) if per_dir and branches else ()
    needs = (Need("gate"), *(Need(one.name, skippable=True) for one in tests))
    image = job_image(repo)
    published = publish_jobs(repo.config, repo.own, bootstrap(repo), needs, image)
    about = About(image, repo.releases, repo.uploads)
    return (*tests, *published, *deploy_jobs(repo.config, repo.own, bootstrap(repo), needs, about))


def _of_dir(repo: CiRepo, one: CiDir) -> Pipeline:
    """The workflow of one dir."""
    config, slug = repo.config, one.needs.slug
    # What publishes or deploys has tested it: nothing runs twice.
    branches = tuple(name for name in config.branches if name not in repo.used_branches)
    path = f"{WORKFLOWS}/ci-{slug}.yml"
    facts: dict[str, Given] = {
        "dirs": one.name,
        "environment": one.needs.environment,
        "key": slug,
        "runner": one.needs.runner,
        "title": one.title,
    }
    if not config.required:
        paths = tuple(p for root in one.roots for p in _patterns(root))
        paths += tuple(f"{_escaped(p)}**" if p.endswith("/") else _escaped(p) for p in repo.code)
        starts = Starts(branches, paths=tuple(dict.fromkeys(paths)))
        return Pipeline(f"ci-{slug}", path, starts, (_call(repo, facts=facts),))
    starts = Starts(branches, merge_queue=True)
    call = _call(repo, facts=facts, only=one.name)
    return Pipeline(f"ci-{slug}", path, starts, (_github_plan(repo), call))


def plan_of(repo: CiRepo, options: str, env: Mapping[str, str | Fact] | None = None) -> Job:
    """The job that plans, by `ci_plan` with these options."""
    run = f"source ./setenv.sh && i ci_plan {options}"
    step = Step(run, env or {}, fetches=True, id="plan")
    return Job(
        "plan",
        runner_of(repo.config),
        steps=(
            bootstrap(repo, engine="plan" in repo.own),
            *steps_around(repo.own, "plan", step),
        ),
        minutes=15,
        caches=(*_thin(repo), records(None)),
        history=History.DEEPER,
        gives=("plan", "plan", "brief"),
        image=job_image(repo),
    )


def _github_plan(repo: CiRepo) -> Job:
    return plan_of(repo, '--event "$EVENT"', {"EVENT": Fact.EVENT})


def _call(repo: CiRepo, *, facts: Mapping[str, Given] | None = None, only: str = "") -> Job:
    """The job that calls the workflow which tests dirs: for each part of the plan, or for one."""
    config = repo.config
    central = config.workflows != LOCAL_WORKFLOWS
    known: Mapping[str, Given] = facts or {
        "dirs": Fact.DIRS,
        "environment": Fact.ENVIRONMENT,
        "key": Fact.KEY,
        "runner": Fact.RUNNER,
        "title": Fact.TITLE,
    }
    each = facts is None
    return Job(
        "dir",
        title=Fact.TITLE if each else str(known["title"]),
        needs=(Need("plan"),) if each or only else (),
        when=Condition.PLANNED if each or only else Condition.SUCCESS,
        calls=config.workflows if central else f"./{_DIR_WORKFLOW}",
        each=each,
        only=only,
        with_facts=known,
    )


def tests_of(repo: CiRepo) -> Job:
    """The job that tests dirs."""
    step = Step('./main_pytest.py --suite all --allow-no-tests --dir "$DIRS"', {"DIRS": Fact.DIRS})
    return Job(
        "dir",
        Fact.RUNNER,
        title=Fact.TITLE,
        steps=(bootstrap(repo), *steps_around(repo.own, "dir", step)),
        minutes=180,
        caches=(*_thin(repo), records(None)),
        artifacts=(
            Artifact("reports-", (RUNS,)),
            Artifact(_TESTS, _RECORDS, Condition.TRUNK, days=1),
        ),
        environment=Fact.ENVIRONMENT,
        key=Fact.KEY,
        image=job_image(repo),
    )


def job_image(repo: CiRepo) -> JobImage | None:
    """Where the commands of each job run; None: on the machine itself.

    Raises:
        HelpersError: the image has no digest, so it may become another.
    """
    reference = repo.config.base_image
    if not reference:
        return None
    if "@" not in reference:
        raise HelpersError(
            f"key 'base_image': {reference} has no digest, so it may become another image",
            where="repo_config.yaml, key 'ci'",
            fix="i ci_sync --update, which writes it",
        )
    return JobImage(reference, path_below(repo.toolchain, "dev_scripts/in_ci_image.sh"))


def bootstrap(repo: CiRepo, *, engine: bool = True) -> Step:
    """What each job begins with; without an engine, where none of its commands needs one."""
    script = path_below(repo.toolchain, "dev_scripts/bootstrap.sh")
    return Step(f"bash {script} --yes" + " --no-engine" * (not engine))


def _thin(repo: CiRepo) -> tuple[Cache, ...]:
    """The environment that runs the tasks, by what it is made of.

    GitLab keeps only what is inside of the checkout; its runners keep their home. An image of CI
    has one.
    """
    if repo.config.target is Target.GITLAB or repo.config.base_image:
        return ()
    files = (path_below(repo.toolchain, "dev_scripts/thin_requirements.txt"),)
    paths = ("~/.local/share/helpers/thin_envs",)
    return (Cache("thin-", paths, files, Condition.SUCCESS),)


def records(when: Condition | None) -> Cache:
    """Passes and times of the branch that is tested last: pull requests read them alone."""
    return Cache(_TESTS, _RECORDS, when=when)


def _patterns(root: str) -> tuple[str, ...]:
    """What changes at or below a place are to a forge."""
    if root == ".":
        return ("**",)
    return (_escaped(root), f"{_escaped(root)}/**")


def _escaped(path: str) -> str:
    return _SPECIAL.sub(r"\\\1", path)
