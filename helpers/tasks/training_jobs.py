"""Tasks of CI's workflow of trainings: whether one may run, and a report of what it came to."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import Options, option, required
from helpers.tasks.training_replies import (
    GITLAB,
    candidates,
    help_of,
    reply,
    settings_of,
    ways_of,
)

if TYPE_CHECKING:
    from helpers.forge.github import GitHub
    from helpers.model.repo import Repo
    from helpers.model.training_comment import Ordered
    from helpers.model.training_job import Comment, TrainingJob
    from helpers.system.host import Host
    from helpers.training.by_comment import Candidate


class Ask(Options):
    """Who asks."""

    event: str = required(
        "the file of GitHub's event, or gitlab: the variables of GitLab's job",
        example="$GITHUB_EVENT_PATH",
    )
    child: str = option("write GitLab's child pipeline to this file", default="")


class Report(Options):
    """What is reported."""

    left: str = required("the folder with what the job left", example="tmp.helpers/left")


@command()
def train_ask(host: "Host", wanted: Ask) -> None:
    """Answer a comment that asks for a training; only in CI.

    What may be trained is said to the jobs that follow; whatever else is asked for is answered by
    one reply. At GitLab a pipeline that somebody starts with variables asks.
    """
    if wanted.event == GITLAB:
        from helpers.tasks.training_on_gitlab import ask

        if not wanted.child:
            raise HelpersError(
                "--child is required: the file that the next job of GitLab's is made of",
                fix="at a desk: i train",
            )
        ask(host, cli.find_repo(host), host.directory / wanted.child)
        return
    if wanted.child:
        raise HelpersError("--child is for GitLab", fix="leave --child out, or write gitlab")
    from helpers.forge.github import GitHub
    from helpers.model.training_comment import lines_for_us
    from helpers.model.training_job import read_comment, read_dispatched
    from helpers.system.files import read_text

    path = host.directory / wanted.event
    text = read_text(path)
    if text is None:
        raise HelpersError("there is no file of an event", where=str(path), fix="i train")
    repo = cli.find_repo(host)
    request = read_dispatched(text, str(path))
    if request:
        _by_hand(host, repo, request)
        return
    comment = read_comment(text, str(path))
    if comment is None or not lines_for_us(comment.text):
        print("no new comment has a line that begins with /train")
        return
    answer(host, repo, GitHub(cli.open_forge(host, repo.outermost)), comment)


@command()
def train_report(host: "Host", wanted: Report) -> None:
    """Report what a training came to; only in CI.

    The reply that says that it runs has then its metrics, beside the last ones of the branch.
    """
    from helpers.model.training_job import parse_job
    from helpers.tasks.training_replies import report

    job = parse_job(host.environment.get("ASKED", ""))
    report(host, cli.find_repo(host), job, host.directory / wanted.left)


def answer(host: "Host", repo: "Repo", github: "GitHub", comment: "Comment") -> None:
    """Answer a comment that asks for something, whoever wrote it.

    Raises:
        ForgeError: GitHub refuses, or does not answer.
    """
    from helpers.console.training_reply import refused_text
    from helpers.forge.errors import ForgeError
    from helpers.model.training_comment import lines_for_us, read_order
    from helpers.training.by_comment import check_person

    try:
        check_person(github, comment)
        _answer(host, repo, github, comment, read_order(lines_for_us(comment.text)))
    except ForgeError:
        raise
    except HelpersError as error:
        reply(github, comment.number, comment.id, refused_text(error))
        print(f"refused: {error.what}")


def _by_hand(host: "Host", repo: "Repo", request: str) -> None:
    """A run that somebody who may write started on a branch: its newest commit is trained."""
    from helpers.model.training import parse_line
    from helpers.model.training_comment import WORD
    from helpers.training.by_comment import check_values, find_trained, job_of

    commit, branch = (host.environment.get(f"GITHUB_{one}", "") for one in ("SHA", "REF_NAME"))
    try:
        asked = parse_line(request.removeprefix(WORD))
        if not commit.startswith(asked.commit):
            raise HelpersError(
                f"this run is of {commit}, and not of {asked.commit}",
                fix=f"start it on a branch that is at {asked.commit}",
            )
        chosen = find_trained(asked, candidates(repo))
        asked = check_values(asked, chosen.item)
    except HelpersError as error:
        typed = f"gh workflow run train.yml --ref {cli.quoted(branch)} -f request="
        right = error.fix.removeprefix(f"{WORD} ")
        fix = typed + cli.quoted(right) if right != error.fix else error.fix
        raise HelpersError(error.what, where=error.where, fix=fix) from error
    _tell(host, job_of(asked, chosen, commit, branch), chosen)


def _answer(
    host: "Host", repo: "Repo", github: "GitHub", comment: "Comment", ordered: "Ordered"
) -> None:
    from dataclasses import replace

    from helpers.console.training_reply import canceled_text, started_text
    from helpers.model.settings.training_jobs import HOSTED_BY_GITHUB
    from helpers.model.training_comment import Order
    from helpers.training.by_comment import (
        check_commit,
        check_fork,
        check_values,
        find_trained,
        job_of,
        open_pull_request,
    )

    ways = ways_of(host)
    if ordered.order is Order.HELP:
        text = help_of(repo, ways, comment.number)
        reply(github, comment.number, comment.id, text)
        return
    pull = open_pull_request(github, comment)
    if ordered.order is Order.CANCEL:
        from helpers.ci.train_workflow import FILE_NAME, title_of

        own = host.environment.get("GITHUB_RUN_ID", "")
        count = github.cancel_runs(FILE_NAME, title_of(pull.number), own)
        reply(github, pull.number, comment.id, canceled_text(count))
        return
    assert ordered.request is not None, "what is no help and no end is a request"
    chosen = find_trained(ordered.request, candidates(repo))
    request = check_values(ordered.request, chosen.item)
    check_fork(pull, chosen, settings_of(repo), HOSTED_BY_GITHUB)
    commit = check_commit(github, pull, request, comment.made)
    job = job_of(request, chosen, commit, pull.base)
    job = replace(job, number=pull.number, comment=comment.id)
    reply(github, job.number, job.comment, started_text(job, ways))
    _tell(host, job, chosen)


def _tell(host: "Host", job: "TrainingJob", chosen: "Candidate") -> None:
    """Say to the jobs that follow what is trained, and print it."""
    import json

    asked = job.asked
    given = {
        "asked": job.as_json(),
        "commit": asked.commit,
        "dir": asked.dir,
        "kept": job.kept,
        "request": job.request,
        "runner": json.dumps(chosen.runner),
        "slug": job.slug,
    }
    cli.append_to(host, "GITHUB_OUTPUT", "\n".join(f"{key}={given[key]}" for key in given))
    print(f"to be trained: {job.request}")
