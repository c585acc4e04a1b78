"""GitLab's jobs that train where somebody starts a pipeline for it: ask, train, report.

A note starts no pipeline there, and that of a merge request runs what the merge request says. So a
pipeline of the default branch is started, with variables. Its job `ask` makes the pipeline of the
other two, since only then it is known on which runner a dir is trained.
"""

from collections.abc import Mapping
from typing import Any

from helpers.ci import gitlab
from helpers.ci.child import main_pipeline
from helpers.ci.layout import as_yaml
from helpers.ci.pipelines import CiRepo, bootstrap, job_image
from helpers.ci.plan import runner_of
from helpers.model.pipeline import Job, JobImage, Need, Pipeline, Starts, Step
from helpers.model.runnable_dir import path_below
from helpers.model.training import FORM
from helpers.model.training_comment import Order
from helpers.model.training_job import TrainingJob
from helpers.system.lease import WORKING_FOLDER
from helpers.training.left import CALL, LOG_NAME, REPORT_FOLDER

CHILD = f"{WORKING_FOLDER}/train.yml"
# Who may see GITLAB_TOKEN: the jobs that run nothing but the default branch's toolchain.
_NOTES = "training-notes"
_LEFT = f"{WORKING_FOLDER}/left"
_TREE = f"{WORKING_FOLDER}/asked"
_WHOLE_LOG = f"{WORKING_FOLDER}/{LOG_NAME}"
_STARTED = (
    "$CI_PIPELINE_SOURCE =~ /^(api|web)$/ && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $TRAIN"
)
# These are answered by the job `ask` alone.
_TRAINS = rf"{_STARTED} && $TRAIN !~ /^\s*(.train )? *({Order.HELP}|{Order.CANCEL})\s*$/"
_NOT_THEN = ({"if": _STARTED, "when": "never"}, {"when": "on_success"})
_VARIABLES = {
    "TRAIN": {
        "description": f"What is trained: {FORM}; or {Order.HELP}, or {Order.CANCEL}",
        "value": "",
    },
    "MERGE_REQUEST": {
        "description": "Whose head is trained: the number of a merge request; empty: this branch",
        "value": "",
    },
}
# The commit is data: no login stays with it, no hook and no filter of this machine's runs for it,
# and what follows has no variable of the job.
_TRAIN = f"""\
git init --quiet --template= {_TREE}
export GIT_LFS_SKIP_SMUDGE=1
git -C {_TREE} fetch --quiet --depth 1 --no-tags "$CI_REPOSITORY_URL" "$COMMIT"
git -C {_TREE} -c core.hooksPath=/dev/null checkout --quiet --detach FETCH_HEAD
unset ${{!CI_@}}
source ./setenv.sh
read -ra words <<< "$REQUEST"
status=0
{{ i train --tree {_TREE} "${{words[@]}}" 2>&1 | tee {_WHOLE_LOG}; }} || status=$?
mkdir -p {_LEFT}
tail -c 100000 {_WHOLE_LOG} > {_LEFT}/{LOG_NAME}
for result in "$RESULTS"/*/result.json; do
  if [ -f "$result" ]; then cp "$result" {_LEFT}/; fi
done
exit "$status"
"""
# GitLab unpacks what the other job left over the checkout, which may be another one then. So what
# runs is fetched anew, beside it: an engine sees the same places there.
_FRESH = f"""\
left=$PWD/{_LEFT}
fresh=$(mktemp -d "$PWD.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
cd "$fresh"
login=$CI_SERVER_PROTOCOL://gitlab-ci-token:$CI_JOB_TOKEN@$CI_SERVER_HOST:$CI_SERVER_PORT/
git init --quiet --template=
git remote add origin "$CI_REPOSITORY_URL"
git fetch --quiet --depth 1 --no-tags origin "$CI_COMMIT_SHA"
git checkout --quiet --detach FETCH_HEAD
git -c "url.$login.insteadOf=$CI_SERVER_URL/" submodule --quiet update --init --recursive --depth 1
mkdir -p {_LEFT}
if [ -d "$left" ]; then cp -RP "$left/." {_LEFT}/; fi
"""
_KEEP = f"""\
rm -rf "$left/../report"
cp -RP {REPORT_FOLDER} "$left/../report"
exit "$status"
"""


def with_training(repo: CiRepo) -> str:
    """The text of the repo's pipeline with the jobs of trainings, without a header.

    Nothing else runs in a pipeline that is started for a training.
    """
    found = gitlab.emit_content(main_pipeline(repo))
    for name, job in found.items():
        if name not in ("stages", "variables", "workflow") and "rules" not in job:
            found[name] = {**job, "rules": list(_NOT_THEN)}
    found["variables"] = {**found["variables"], **_VARIABLES}
    asked = {"if": _STARTED, "auto_cancel": {"on_new_commit": "none"}}
    found["workflow"] = {"rules": [asked, *found["workflow"]["rules"]]}
    first, *_, last = found["stages"]
    ask = Job(
        "ask",
        runner_of(repo.config),
        steps=(
            bootstrap(repo, engine=False),
            Step(f"source ./setenv.sh && i train_ask gitlab --child {CHILD}"),
        ),
        minutes=15,
        gives=("", CHILD),
        environment=_NOTES,
        image=job_image(repo),
        interruptible=False,
    )
    call = {
        "stage": last,
        "needs": [ask.name],
        "trigger": {"include": [{"artifact": CHILD, "job": ask.name}], "strategy": "depend"},
    }
    found[ask.name] = {**gitlab.emit_job(ask, first), "rules": [{"if": _STARTED}]}
    found[CALL] = {**call, "rules": [{"if": _TRAINS}]}
    return as_yaml(found)


def train_child(repo: CiRepo, job: TrainingJob, runner: tuple[str, ...]) -> str:
    """The text of the pipeline that trains, and reports what came of it.

    Args:
        runner: the tags of the runner that trains.
    """
    train, report = _train(repo, job, runner), _report(repo, job)
    found = gitlab.emit_content(Pipeline(CALL, CHILD, Starts(called=True), (train, report)))
    results = path_below(job.asked.dir, "results")
    found[train.name]["artifacts"] = _kept(14, _LEFT, f"{results}/*/")
    found[report.name] |= {
        "needs": [{"job": train.name, "artifacts": True}],
        "when": "always",
        "artifacts": _kept(90, REPORT_FOLDER),
    }
    return as_yaml(found)


def _train(repo: CiRepo, job: TrainingJob, runner: tuple[str, ...]) -> Job:
    given = {
        "COMMIT": job.asked.commit,
        "REQUEST": job.request,
        "RESULTS": path_below(job.asked.dir, "results"),
    }
    return Job(
        job.kept,
        runner,
        steps=(bootstrap(repo), Step(_TRAIN, given)),
        minutes=360,
        environment="training",
        alone=f"train-{job.slug}",
        image=job_image(repo),
        interruptible=False,
    )


def _report(repo: CiRepo, job: TrainingJob) -> Job:
    """The job that reads what was left; its lines find the image's script in the new checkout."""
    image = job_image(repo)
    first = _inside(bootstrap(repo, engine=False).run, image)
    work = _inside(f"source ./setenv.sh && i train_report {_LEFT}", image)
    script = f"{_FRESH}{first}\nstatus=0\n{work} || status=$?\n{_KEEP}"
    return Job(
        job.reported,
        runner_of(repo.config),
        steps=(Step(script, {"ASKED": job.as_json()}),),
        needs=(Need(job.kept),),
        minutes=15,
        environment=_NOTES,
        interruptible=False,
    )


def _inside(line: str, image: JobImage | None) -> str:
    """A line of a script that runs in the image of the jobs, or in a shell of its own."""
    return gitlab.in_image(line, image) if image else f"({line})"


def _kept(days: int, *paths: str) -> Mapping[str, Any]:
    return {"expire_in": f"{days} days", "paths": list(paths), "when": "always"}
