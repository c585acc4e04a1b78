"""Tasks of CI's workflow of trainings: whether one may run, and a report of what it came to."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import Options, option, required

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.forge.github import GitHub
    from helpers.model.repo import Repo
    from helpers.model.results.reported import Reported
    from helpers.model.settings.training_jobs import TrainingJobs
    from helpers.model.training_comment import Ordered
    from helpers.model.training_job import Comment, TrainingJob
    from helpers.system.host import Host
    from helpers.training.by_comment import Candidate

# GitHub takes no comment of more characters than 65,536.
_LONGEST_REPLY = 60_000
GITLAB = "gitlab"
# Each job of GitLab's has it.
GITLAB_VARIABLE = "GITLAB_CI"


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
    answer(host, repo, _github(host, repo), comment)


@command()
def train_report(host: "Host", wanted: Report) -> None:
    """Report what a training came to; only in CI.

    The reply that says that it runs has then its metrics, beside the last ones of the branch.
    """
    from helpers.model.training_job import parse_job

    job = parse_job(host.environment.get("ASKED", ""))
    if GITLAB_VARIABLE in host.environment:
        from helpers.tasks import training_on_gitlab

        repo = cli.find_repo(host)
        training_on_gitlab.report(host, repo, job, host.directory / wanted.left)
        return
    report(host, _github(host, cli.find_repo(host)), job, host.directory / wanted.left)


def report(host: "Host", github: "GitHub", job: "TrainingJob", folder: "Path") -> None:
    """Write what a training came to into the reply that says that it runs.

    Args:
        folder: with what its job left.

    Raises:
        ForgeError: GitHub refuses, or does not answer.
    """
    from helpers.console.training_reply import no_result_text, result_text
    from helpers.forge.errors import ForgeError
    from helpers.training.left import last_result, read_left

    left = read_left(folder, job)
    run = _run_address(host)
    if left.result:
        base: Reported | HelpersError | None = None
        try:
            base = last_result(github, job) if job.number else None
        except ForgeError as error:
            # What was trained is reported all the same.
            base = error
        text = result_text(job, left.result, base, run)
    else:
        ended = host.environment.get("ENDED", "")
        text = no_result_text(job, ended, left.problem, left.log, run)
    cli.append_to(host, "GITHUB_STEP_SUMMARY", text)
    if job.reply:
        github.change_reply(job.reply, marked(job.comment, text))
        print(f"reported below #{job.number}")


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
        _reply(github, comment, refused_text(error))
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

    from helpers.console.training_reply import canceled_text, help_text, started_text
    from helpers.model.settings.training_jobs import HOSTED_BY_GITHUB
    from helpers.model.training_comment import Order
    from helpers.training.asked import train_settings
    from helpers.training.by_comment import (
        check_commit,
        check_fork,
        check_values,
        find_trained,
        job_of,
        open_pull_request,
    )

    if ordered.order is Order.HELP:
        dirs = (one.item for one in candidates(repo))
        _reply(github, comment, help_text({one.name: train_settings(one) for one in dirs}))
        return
    pull = open_pull_request(github, comment)
    if ordered.order is Order.CANCEL:
        from helpers.ci.train_workflow import FILE_NAME, title_of

        own = host.environment.get("GITHUB_RUN_ID", "")
        count = github.cancel_runs(FILE_NAME, title_of(pull.number), own)
        _reply(github, comment, canceled_text(count))
        return
    assert ordered.request is not None, "what is no help and no end is a request"
    chosen = find_trained(ordered.request, candidates(repo))
    request = check_values(ordered.request, chosen.item)
    check_fork(pull, chosen, settings_of(repo), HOSTED_BY_GITHUB)
    commit = check_commit(pull, request, comment.made, github.first_checked)
    job = job_of(request, chosen, commit, pull.base)
    job = replace(job, number=pull.number, comment=comment.id)
    reply = _reply(github, comment, started_text(job, _run_address(host)))
    _tell(host, replace(job, reply=reply), chosen)


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


def _reply(github: "GitHub", comment: "Comment", text: str) -> int:
    """Write the one reply to a comment, or change it where a job runs again; its id."""
    from helpers.console.training_reply import mark_of

    text = marked(comment.id, text)
    there = github.find_reply(comment.number, mark_of(comment.id))
    if there is None:
        return github.write_reply(comment.number, text).id
    github.change_reply(there.id, text)
    return there.id


def marked(comment: int, text: str) -> str:
    """The reply to a comment, by which it is found again; GitHub takes none that is longer."""
    from helpers.console.training_reply import mark_of

    return f"{mark_of(comment)}\n{text}"[:_LONGEST_REPLY]


def candidates(repo: "Repo", target: str = "") -> "list[Candidate]":
    """The dirs that are trained, with their runners.

    Args:
        target: the forge, in place of the one that the settings name.
    """
    from helpers.ci.read_settings import ci_config_of, read_needs_of_dirs
    from helpers.training.by_comment import Candidate, trained_dirs

    dirs = trained_dirs(repo)
    needs = read_needs_of_dirs(repo, ci_config_of(repo, target), tuple(one.name for one in dirs))
    return [Candidate(one, needs[one.name].runner) for one in dirs]


def settings_of(repo: "Repo") -> "TrainingJobs":
    """How the repo trains where somebody asks for it."""
    from helpers.model.settings.training_jobs import TrainingJobs

    return repo.outermost.config.ci.training or TrainingJobs()


def _run_address(host: "Host") -> str:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, name, run = (host.environment.get(one, "") for one in names)
    return f"{server}/{name}/actions/runs/{run}"


def _github(host: "Host", repo: "Repo") -> "GitHub":
    from helpers.forge.github import GitHub
    from helpers.forge.place import find_place
    from helpers.forge.session import Session
    from helpers.images.installing.access import open_access

    access = open_access(repo.outermost, host, cli.teller(repo))
    return GitHub(Session(find_place(host.environment), access))
