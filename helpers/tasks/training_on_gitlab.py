"""Trainings that a pipeline of GitLab's is started for: whether one may run, help, an end."""

from string import whitespace
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.training_replies import (
    GITLAB,
    candidates,
    help_of,
    reply,
    settings_of,
    ways_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from helpers.forge.gitlab import GitLab
    from helpers.model.forge import PullRequest
    from helpers.model.repo import Repo
    from helpers.model.training import TrainingRequest
    from helpers.model.training_job import TrainingJob
    from helpers.system.host import Host
    from helpers.training.by_comment import Candidate

_REFUSED = (401, 403, 404)
_DIGITS = 9


def ask(host: "Host", repo: "Repo", child: "Path") -> None:
    """Do what variables ask for: write the pipeline that trains, say what there is, or cancel.

    Who started the pipeline may push to the default branch, or merge there, by GitLab's own rules.

    Args:
        child: the file for the pipeline; of nothing else than a training there is none.

    Raises:
        HelpersError: it may not be trained; what says how to ask instead.
        ForgeError: GitLab refuses, or does not answer.
    """
    from helpers.forge.gitlab import GitLab
    from helpers.model.training_comment import WORD, Order

    given = host.environment
    gitlab, number = GitLab(cli.open_forge(host, repo.outermost)), _number(given)
    line = given.get("TRAIN", "").strip(whitespace).removeprefix(f"{WORD} ").strip(whitespace)
    if line == Order.HELP:
        text = help_of(repo, ways_of(host), number, GITLAB)
        print(text)
    elif line == Order.CANCEL:
        text = _cancel(host, gitlab, number)
        print(text)
    else:
        text = _train(host, repo, gitlab, line, child)
    if number and gitlab.has_token:
        reply(gitlab, number, _pipeline(given), text)


def _cancel(host: "Host", gitlab: "GitLab", number: int) -> str:
    """Cancel what was asked for below a merge request, as our own notes there say; how many."""
    from helpers.console.training_reply import canceled_text, ended_text, waits_for

    if not number:
        raise HelpersError(
            "what is canceled was asked for of a merge request, and MERGE_REQUEST is empty",
            fix="give its number, or cancel the pipeline on its page",
        )
    if not gitlab.has_token:
        raise HelpersError(
            f"no notes say what was asked for of !{number}: there is no GITLAB_TOKEN to write any",
            fix="cancel the pipeline on its page",
        )
    count = 0
    for note in list(gitlab.replies(number)):
        asked = waits_for(note.text)
        if asked and gitlab.cancel(asked):
            gitlab.change_reply(number, note.id, ended_text(note.text, ways_of(host)))
            count += 1
    return canceled_text(count)


def _train(host: "Host", repo: "Repo", gitlab: "GitLab", line: str, child: "Path") -> str:
    """Write the pipeline that trains; what is said of it."""
    from helpers.console.training_reply import started_text
    from helpers.system.files import write_atomic
    from helpers.system.lease import working_folder

    job, chosen = _checked(repo, gitlab, line, host.environment)
    # Imported here: what is refused needs none.
    from helpers.ci.read_repo import read_ci_repo
    from helpers.ci.read_settings import ci_config_of
    from helpers.ci.train_gitlab import train_child

    working_folder(repo.root)
    found = read_ci_repo(repo, ci_config_of(repo, GITLAB))
    write_atomic(child, train_child(found, job, chosen.runner))
    print(f"to be trained: {job.request}")
    return started_text(job, ways_of(host))


def _checked(
    repo: "Repo", gitlab: "GitLab", line: str, environment: "Mapping[str, str]"
) -> "tuple[TrainingJob, Candidate]":
    """The job for what is asked for, and the dir."""
    from dataclasses import replace

    from helpers.forge.errors import ForgeError
    from helpers.model.training import FORM, parse_line
    from helpers.training.by_comment import check_values, find_trained, job_of

    branch, number = environment.get("CI_DEFAULT_BRANCH", ""), _number(environment)
    if not line:
        raise HelpersError(
            "the variable TRAIN is empty, which says what is trained",
            fix=f"start a pipeline of the default branch with TRAIN={FORM}",
        )
    try:
        request = parse_line(line)
        chosen = find_trained(request, candidates(repo, GITLAB))
        request = check_values(request, chosen.item)
        commit = _commit(repo, gitlab, request, chosen, environment)
    except ForgeError:
        raise
    except HelpersError as error:
        fix = _typed(error.fix, branch, number)
        raise HelpersError(error.what, where=error.where, fix=fix) from error
    job = job_of(request, chosen, commit, branch)
    return replace(job, number=number, comment=_pipeline(environment)), chosen


def _commit(
    repo: "Repo",
    gitlab: "GitLab",
    request: "TrainingRequest",
    chosen: "Candidate",
    environment: "Mapping[str, str]",
) -> str:
    """The commit that is trained: the head of the merge request, or that of the pipeline."""
    from helpers.model.settings.training_jobs import HOSTED_BY_GITLAB
    from helpers.training.by_comment import check_commit, check_fork, check_open

    number = _number(environment)
    if not number:
        commit = environment.get("CI_COMMIT_SHA", "")
        if not commit or not commit.startswith(request.commit):
            raise HelpersError(
                f"this pipeline is of {commit or 'no commit'}, and not of {request.commit}",
                fix="leave @COMMIT out, or say the merge request that has it: MERGE_REQUEST=NUMBER",
            )
        return commit
    asked = _started(environment)
    pull = check_open(_merge_request(repo, gitlab, number, environment))
    check_fork(pull, chosen, settings_of(repo), HOSTED_BY_GITLAB)
    return check_commit(gitlab, pull, request, asked)


def _merge_request(
    repo: "Repo", gitlab: "GitLab", number: int, environment: "Mapping[str, str]"
) -> "PullRequest":
    """The merge request; where GitLab does not tell strangers of it, what git says of it.

    It counts as that of a fork then, so that the commit is said in full.
    """
    from helpers.forge.errors import ForgeError
    from helpers.model.forge import PullRequest
    from helpers.vcs.no_questions import ask_remote
    from helpers.vcs.refs import main_remote

    try:
        return gitlab.pull_request(number)
    except ForgeError as error:
        if gitlab.has_token or error.status not in _REFUSED:
            raise
    remote = main_remote(repo.root) or "origin"
    told = ask_remote(repo.root, "ls-remote", remote, f"refs/merge-requests/{number}/head")
    head = told.partition("\t")[0].strip()
    if not head:
        raise HelpersError(
            f"there is no merge request !{number}", fix="give MERGE_REQUEST the number of one"
        )
    print(f"there is no GITLAB_TOKEN to ask about !{number} with: it counts as one of a fork")
    branch = environment.get("CI_DEFAULT_BRANCH", "")
    return PullRequest(number, is_open=True, head=head, base=branch, is_fork=True, sign="!")


def _number(environment: "Mapping[str, str]") -> int:
    """The number of the merge request that is meant; 0: none is.

    Raises:
        HelpersError: it is no number.
    """
    text = environment.get("MERGE_REQUEST", "")
    said = text.strip().removeprefix("!")
    if not said:
        return 0
    if not (said.isascii() and said.isdecimal()) or len(said) > _DIGITS or not int(said):
        raise HelpersError(
            f"the variable MERGE_REQUEST is the number of a merge request, found {text[:80]!a}",
            fix="write it as 12, or leave it empty to train the default branch",
        )
    return int(said)


def _started(environment: "Mapping[str, str]") -> "datetime":
    """When somebody started the pipeline.

    Raises:
        HelpersError: this is no job of GitLab's.
    """
    from datetime import datetime

    try:
        found = datetime.fromisoformat(environment.get("CI_PIPELINE_CREATED_AT", ""))
        if found.tzinfo is None:
            raise ValueError
    except ValueError as error:
        raise HelpersError(
            "the variable CI_PIPELINE_CREATED_AT does not say when the pipeline was started",
            fix="at a desk: i train",
        ) from error
    return found


def _typed(fix: str, branch: str, number: int) -> str:
    """What to type at GitLab, where a fix is a comment."""
    from helpers.model.training_comment import WORD
    from helpers.model.training_ways import GitLabWays

    if not fix.startswith(f"{WORD} "):
        return fix
    request, more, why = fix.removeprefix(f"{WORD} ").partition("   (")
    return f"{GitLabWays(branch).asked(request, number)}{more}{why}"


def _pipeline(environment: "Mapping[str, str]") -> int:
    """The id of the pipeline; 0: it is not known."""
    found = environment.get("CI_PIPELINE_ID", "")
    return int(found) if found.isdecimal() else 0
