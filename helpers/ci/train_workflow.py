"""GitHub's workflow that trains where a comment asks for it: ask, train, report.

Who asks is answered by the default branch's toolchain. What is asked for is trained in a job that
has no secret, no token and no cache; a third job, which never ran any of it, reads what it left.
"""

from collections.abc import Mapping
from typing import Any

from helpers.ci import github
from helpers.ci.layout import as_yaml, with_comment
from helpers.ci.pipelines import WORKFLOWS, CiRepo, bootstrap, job_image
from helpers.ci.plan import runner_of
from helpers.model.pipeline import Fact, Job, Need, Step
from helpers.model.training_comment import WORD
from helpers.system.lease import WORKING_FOLDER
from helpers.training.left import LOG_NAME

FILE_NAME = "train.yml"
PATH = f"{WORKFLOWS}/{FILE_NAME}"
_NAME = "train"
_TREE = f"{WORKING_FOLDER}/asked"
_LEFT = f"{WORKING_FOLDER}/left"
_LOG = f"{WORKING_FOLDER}/{LOG_NAME}"
_WHOLE_LOG = f"{_LOG}.whole"
_OUTPUTS = ("asked", "commit", "dir", "kept", "request", "runner", "slug")
_ASKED = "needs.ask.outputs.request != ''"
# What is trained may print what the runner would take for a command of its own, until the word that
# nobody else knows.
_TRAIN = f"""\
source ./setenv.sh
word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
read -ra words <<< "$REQUEST"
status=0
echo "::stop-commands::$word"
{{ i train --tree {_TREE} "${{words[@]}}" 2>&1 | tee {_WHOLE_LOG}; }} || status=$?
echo "::$word::"
tail -c 100000 {_WHOLE_LOG} > {_LOG}
exit "$status"
"""
_REPLIES = {
    "issues": ("write", "the reply on an issue"),
    "pull-requests": ("write", "the reply on a pull request"),
}


# What somebody starts by hand is below no pull request: its title is never that of one.
_RUN_NAME = (
    "${{ github.event.issue.number"
    f" && format('{_NAME} #{{0}}', github.event.issue.number)"
    f" || format('{_NAME}: {{0}}', inputs.request) }}}}"
)


def title_of(number: int) -> str:
    """The title of the runs that were asked for below a pull request."""
    return f"{_NAME} #{number}"


def train_workflow(repo: CiRepo) -> str:
    """The text of the workflow, without a header."""
    dispatch = {
        "description": "MODEL name=value ... [--dir DIR]",
        "required": True,
        "type": "string",
    }
    return as_yaml(
        {
            "name": _NAME,
            "run-name": _RUN_NAME,
            "on": {
                "issue_comment": {"types": ["created"]},
                "workflow_dispatch": {"inputs": {"request": dispatch}},
            },
            "permissions": {},
            # Nothing waits here: the jobs that train a dir do, each for the one before.
            "concurrency": {
                "group": "${{ github.workflow }}-${{ github.run_id }}",
                "cancel-in-progress": False,
            },
            "jobs": {"ask": _ask(repo), "train": _train(repo), "report": _report(repo)},
        }
    )


def _ask(repo: CiRepo) -> Mapping[str, Any]:
    step = Step('source ./setenv.sh && i train_ask "$EVENT"', _token(EVENT=Fact.EVENT), id="ask")
    job = _job(repo, "ask", step, gives=("ask", *_OUTPUTS))
    said = f"contains(github.event.comment.body, '{WORD}')"
    return {
        **github.emit_job(job),
        "if": f"github.event_name == 'workflow_dispatch' || {said}",
        "permissions": _permissions(
            actions=("write", "it ends runs that somebody cancels"),
            checks=("read", "they say when a commit was pushed"),
            **_REPLIES,
        ),
    }


def _train(repo: CiRepo) -> Mapping[str, Any]:
    tree = {
        "path": _TREE,
        "ref": "${{ needs.ask.outputs.commit }}",
        "persist-credentials": False,
        "submodules": False,
    }
    results = "${{ needs.ask.outputs.dir }}/results"
    steps = (
        Step(own=github.uses("actions/checkout", **{"with": tree})),
        Step(_TRAIN, {"REQUEST": "${{ needs.ask.outputs.request }}"}, name="i train"),
        _keep("${{ needs.ask.outputs.kept }}", _LOG, f"{results}/*/result.json", days=90),
        _keep("files-of-${{ needs.ask.outputs.slug }}", f"{results}/*/", days=14),
    )
    job = _job(repo, "train", *steps, needs=("ask",), minutes=360)
    return {
        **github.emit_job(job),
        "if": _ASKED,
        "runs-on": "${{ fromJSON(needs.ask.outputs.runner) }}",
        "environment": "training",
        "concurrency": {
            "group": "train-${{ needs.ask.outputs.slug }}",
            "cancel-in-progress": False,
        },
    }


def _report(repo: CiRepo) -> Mapping[str, Any]:
    kept = {"name": "${{ needs.ask.outputs.kept }}", "path": _LEFT}
    env = _token(ASKED="${{ needs.ask.outputs.asked }}", ENDED="${{ needs.train.result }}")
    steps = (
        # A job that was refused or canceled leaves nothing, which is reported too.
        Step(
            own=github.uses(
                "actions/download-artifact", **{"continue-on-error": True, "with": kept}
            )
        ),
        Step(f"source ./setenv.sh && i train_report {_LEFT}", env),
    )
    return {
        **github.emit_job(_job(repo, "report", *steps, needs=("ask", "train"))),
        "if": f"always() && {_ASKED}",
        "permissions": _permissions(
            actions=("read", "the last result of the branch is an artefact"), **_REPLIES
        ),
    }


def _job(
    repo: CiRepo,
    name: str,
    *steps: Step,
    needs: tuple[str, ...] = (),
    gives: tuple[str, ...] = (),
    minutes: int = 15,
) -> Job:
    return Job(
        name,
        runner_of(repo.config),
        steps=(bootstrap(repo, engine=name == "train"), *steps),
        needs=tuple(map(Need, needs)),
        minutes=minutes,
        gives=gives,
        image=job_image(repo),
    )


def _keep(name: str, *paths: str, days: int) -> Step:
    given = {
        "name": name,
        "path": "\n".join(paths),
        "if-no-files-found": "ignore",
        "retention-days": days,
    }
    return Step(own=github.uses("actions/upload-artifact", **{"if": "always()", "with": given}))


def _token(**env: str | Fact) -> dict[str, Any]:
    return {"GITHUB_TOKEN": "${{ github.token }}", **env}


def _permissions(**more: tuple[str, str]) -> Mapping[str, str]:
    found: Mapping[str, str] = {"contents": "read"} | {name: one[0] for name, one in more.items()}
    for name, (_, why) in more.items():
        found = with_comment(found, name, why)
    return found
