"""Trainings that a pipeline of GitLab's is started for: whether one may run, and its report."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.training_jobs import GITLAB, candidates, marked, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from helpers.forge.gitlab import GitLab
    from helpers.model.forge import PullRequest
    from helpers.model.repo import Repo
    from helpers.model.results.reported import Reported
    from helpers.model.training import TrainingRequest
    from helpers.model.training_job import TrainingJob
    from helpers.model.training_ways import GitLabWays
    from helpers.system.host import Host
    from helpers.training.by_comment import Candidate

_REFUSED = (401, 403, 404)
_DIGITS = 9


def ask(host: "Host", repo: "Repo", child: "Path") -> None:
    """Decide whether what variables ask for may be trained, and write the pipeline that does it.

    Who started the pipeline may push to the default branch, or merge there, by GitLab's own rules.

    Args:
        child: the file for it.

    Raises:
        HelpersError: it may not; what says how to ask instead.
        ForgeError: GitLab refuses, or does not answer.
    """
    from helpers.console.training_reply import started_text
    from helpers.system.files import write_atomic
    from helpers.system.lease import working_folder

    gitlab, environment = _gitlab(host, repo), host.environment
    job, chosen = _checked(repo, gitlab, environment)
    # Imported here: what is refused needs none.
    from helpers.ci.read_repo import read_ci_repo
    from helpers.ci.read_settings import ci_config_of
    from helpers.ci.train_gitlab import train_child

    working_folder(repo.root)
    found = read_ci_repo(repo, ci_config_of(repo, GITLAB))
    write_atomic(child, train_child(found, job, chosen.runner))
    print(f"to be trained: {job.request}")
    if job.number and gitlab.has_token:
        _note(gitlab, job, started_text(job, environment.get("CI_PIPELINE_URL", ""), _ways(host)))


def report(host: "Host", repo: "Repo", job: "TrainingJob", folder: "Path") -> None:
    """Report what a training came to: in the log, as files, and as a note where there is a token.

    Args:
        folder: with what its job left.

    Raises:
        ForgeError: GitLab does not take the note.
    """
    from helpers.ci.train_gitlab import CALL
    from helpers.console.training_reply import no_result_text, result_text
    from helpers.forge.errors import ForgeError
    from helpers.model.results.training import RESULT_FILE_NAME
    from helpers.system.files import write_atomic
    from helpers.training.left import REPORT_FOLDER, last_on_gitlab, read_left

    gitlab, left = _gitlab(host, repo), read_left(folder, job)
    ways, run = _ways(host), host.environment.get("CI_PIPELINE_URL", "")
    place = repo.root / REPORT_FOLDER
    place.mkdir(parents=True, exist_ok=True)
    if left.result:
        base: Reported | HelpersError | None = None
        try:
            base = last_on_gitlab(gitlab, job, CALL) if job.number else None
        except ForgeError as error:
            # What was trained is reported all the same.
            base = error
        text = result_text(job, left.result, base, run, ways)
        write_atomic(place / RESULT_FILE_NAME, left.text)
    else:
        text = no_result_text(job, "failure", left.problem, left.log, run, ways)
    write_atomic(place / "report.md", f"{text}\n")
    print(text)
    if not job.number:
        return
    if gitlab.has_token:
        _note(gitlab, job, text)
        print(f"reported below !{job.number}")
    else:
        print(f"there is no GITLAB_TOKEN: nothing is written below !{job.number}")


def _checked(
    repo: "Repo", gitlab: "GitLab", environment: "Mapping[str, str]"
) -> "tuple[TrainingJob, Candidate]":
    """The job for what is asked for, and the dir."""
    from dataclasses import replace

    from helpers.forge.errors import ForgeError
    from helpers.model.training import FORM, parse_line
    from helpers.model.training_comment import WORD
    from helpers.training.by_comment import check_values, find_trained, job_of

    branch = environment.get("CI_DEFAULT_BRANCH", "")
    number = _number(environment.get("MERGE_REQUEST", ""))
    line = environment.get("TRAIN", "").strip().removeprefix(f"{WORD} ")
    if not line:
        raise HelpersError(
            "the variable TRAIN is empty, which says what is trained",
            fix=f"start a pipeline of the default branch with TRAIN={FORM}",
        )
    try:
        request = parse_line(line)
        chosen = find_trained(request, candidates(repo, GITLAB))
        request = check_values(request, chosen.item)
        commit = _commit(repo, gitlab, request, chosen, environment, number)
    except ForgeError:
        raise
    except HelpersError as error:
        fix = _typed(error.fix, branch, number)
        raise HelpersError(error.what, where=error.where, fix=fix) from error
    job = replace(job_of(request, chosen, commit, branch), number=number)
    pipeline = environment.get("CI_PIPELINE_ID", "")
    return replace(job, comment=int(pipeline) if pipeline.isdecimal() else 0), chosen


def _commit(
    repo: "Repo",
    gitlab: "GitLab",
    request: "TrainingRequest",
    chosen: "Candidate",
    environment: "Mapping[str, str]",
    number: int,
) -> str:
    """The commit that is trained: the head of the merge request, or that of the pipeline."""
    from functools import partial

    from helpers.model.settings.training_jobs import HOSTED_BY_GITLAB
    from helpers.training.by_comment import check_commit, check_fork, check_open

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
    return check_commit(pull, request, asked, partial(gitlab.first_pushed, number))


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
        return gitlab.merge_request(number)
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


def _number(text: str) -> int:
    """The number of a merge request; 0: none is said.

    Raises:
        HelpersError: it is no number.
    """
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


def _ways(host: "Host") -> "GitLabWays":
    from helpers.model.training_ways import GitLabWays

    return GitLabWays(host.environment.get("CI_DEFAULT_BRANCH", ""))


def _note(gitlab: "GitLab", job: "TrainingJob", text: str) -> None:
    """Write the one note of a pipeline below its merge request, or change it."""
    from helpers.console.training_reply import mark_of

    there = gitlab.find_note(job.number, mark_of(job.comment))
    text = marked(job.comment, text)
    if there is None:
        gitlab.write_note(job.number, text)
    else:
        gitlab.change_note(job.number, there.id, text)


def _gitlab(host: "Host", repo: "Repo") -> "GitLab":
    from helpers.forge.gitlab import GitLab
    from helpers.forge.place import find_place
    from helpers.forge.session import Session
    from helpers.images.installing.access import open_access

    access = open_access(repo.outermost, host, cli.teller(repo))
    return GitLab(Session(find_place(host.environment), access))
