"""Whether a comment's request may be trained: who asks, of which pull request, at which commit."""

import posixpath
import re
from dataclasses import replace
from datetime import datetime

from helpers.forge.github import GitHub
from helpers.forge.gitlab import GitLab
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.forge import PullRequest
from helpers.model.repo import Repo
from helpers.model.runnable_dir import TRAIN, RunnableDir, path_below
from helpers.model.settings.training_jobs import Forks, TrainingJobs, is_ephemeral
from helpers.model.training import TrainingRequest, check_request, example
from helpers.model.training_comment import WORD
from helpers.model.training_job import Comment, TrainingJob
from helpers.training.asked import train_settings
from helpers.vcs.discovery import discover_dirs

_MAY_WRITE = ("admin", "write")
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dir that is trained, and the labels of the runner that does it."""

    item: RunnableDir
    runner: tuple[str, ...]


def trained_dirs(repo: Repo) -> list[RunnableDir]:
    """The dirs that say how they are trained, but for those of submodules: a tree has none."""
    return [item for item in repo.own(discover_dirs(repo)) if item.train.is_file()]


def check_person(github: GitHub, comment: Comment) -> None:
    """Make sure that who asks may write to the repo.

    Raises:
        HelpersError: they may not, or GitHub does not say so.
    """
    may = github.permission(comment.author)
    if may not in _MAY_WRITE:
        raise HelpersError(
            f"who may write to this repo can train, and {comment.author} has {may!r}",
            fix=f"ask somebody who may write to comment {WORD}",
        )


def open_pull_request(github: GitHub, comment: Comment) -> PullRequest:
    """The pull request that the comment stands below.

    Raises:
        HelpersError: it is an issue, or is closed.
    """
    if not comment.is_on_pull_request:
        raise HelpersError(
            f"#{comment.number} is an issue, and has no code to train",
            fix=f"comment {WORD} on a pull request",
        )
    return check_open(github.pull_request(comment.number))


def check_open(pull: PullRequest) -> PullRequest:
    """Make sure that it is open.

    Raises:
        HelpersError: it is closed.
    """
    if not pull.is_open:
        raise HelpersError(f"{pull} is closed", fix="reopen it, then ask again")
    return pull


def find_trained(request: TrainingRequest, trained: list[Candidate]) -> Candidate:
    """The dir that a request means.

    Raises:
        HelpersError: there is no such dir, or it names none of several.
    """
    names = [one.item.name for one in trained]
    if not names:
        raise HelpersError(
            f"no dir of the default branch has {TRAIN}",
            fix="merge one that has it, then ask again",
        )
    wanted = posixpath.normpath(request.dir) if request.dir else ""
    if not wanted and len(names) > 1:
        fix = f"{WORD} {replace(request, dir=names[0])}"
        raise HelpersError(f"--dir is required: one of {', '.join(names)}", fix=fix)
    found = next((one for one in trained if one.item.name == wanted or not wanted), None)
    if found is None:
        raise HelpersError(
            f"of the default branch's dirs {', '.join(names)} can be trained, found {wanted!a}",
            fix=f"{WORD} {replace(request, dir=names[0])}",
        )
    return found


def check_values(request: TrainingRequest, item: RunnableDir) -> TrainingRequest:
    """The request with a value for every parameter, but for a seed that it does not say.

    Raises:
        HelpersError: the dir's settings do not allow it; it says the comment that would be right.
    """
    config = train_settings(item)
    try:
        made = check_request(request, config).request()
    except HelpersError as error:
        fix = f"{WORD} {example(request, config)}"
        raise HelpersError(error.what, where=path_below(item.name, TRAIN), fix=fix) from error
    return replace(made, dir=item.name, commit=request.commit)


def check_fork(
    pull: PullRequest, chosen: Candidate, jobs: TrainingJobs, hosted: re.Pattern[str]
) -> None:
    """Make sure that a stranger's code meets no runner that the repo keeps from it.

    Args:
        hosted: labels of the forge's own runners.

    Raises:
        HelpersError: it would.
    """
    if not pull.is_fork or jobs.forks is Forks.ALWAYS:
        return
    branch = "look at its code, push it to a branch of this repo, and train that"
    if jobs.forks is Forks.NEVER:
        raise HelpersError(f"{pull} is of a fork, and forks are not trained", fix=branch)
    if not is_ephemeral(chosen.runner, hosted):
        raise HelpersError(
            f"{pull} is of a fork, and {chosen.item.name} trains on a runner that lives on:"
            f" {', '.join(chosen.runner)}",
            fix=branch,
        )


def check_commit(
    forge: GitHub | GitLab, pull: PullRequest, request: TrainingRequest, asked: datetime
) -> str:
    """The commit that is meant: what who asks has seen, and no later one.

    Args:
        asked: when somebody asked.

    Raises:
        HelpersError: the pull request has another one by now, or nothing says that it has not.
    """
    wanted, head = request.commit, pull.head
    if pull.is_fork and wanted != head:
        # Its head is not named: what is typed is to be what somebody looked at.
        said = "the commit that you looked at must be said in full"
        if not head.startswith(wanted):
            said = f"{wanted[:_SHOWN]} is not its head"
        raise HelpersError(
            f"{pull} is of a fork, and {said}",
            fix=f"{WORD} {replace(request, commit='')} @COMMIT   (all {len(head)} digits of it)",
        )
    again = f"{WORD} {replace(request, commit=head)}"
    if wanted and not head.startswith(wanted):
        raise HelpersError(
            f"{wanted[:_SHOWN]} is not the head of {pull}, which is {head[:_SHOWN]}",
            fix=again,
        )
    if not wanted:
        first = forge.first_seen(pull)
        if first is None or first >= asked:
            said = "nothing says when" if first is None else "it is not before you asked that"
            raise HelpersError(f"{said} {head[:_SHOWN]}, the head of {pull}, was pushed", fix=again)
    return head


def job_of(request: TrainingRequest, chosen: Candidate, commit: str, base: str) -> TrainingJob:
    """The job for a request that was checked."""
    return TrainingJob(str(replace(request, commit=commit)), chosen.item.slug, base)
