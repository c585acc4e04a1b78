"""What trainings that a forge's jobs run have in common: what there is to train, replies, reports.

The reply to what somebody asked is the one below the pull request with the mark of that comment, or
of that pipeline of GitLab's.
"""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.forge.github import GitHub
    from helpers.forge.gitlab import GitLab
    from helpers.model.repo import Repo
    from helpers.model.results.reported import Reported
    from helpers.model.settings.training_jobs import TrainingJobs
    from helpers.model.training_job import TrainingJob
    from helpers.model.training_ways import Ways
    from helpers.system.host import Host
    from helpers.training.by_comment import Candidate
    from helpers.training.left import Left

GITLAB = "gitlab"
# Each job of GitLab's has it.
_GITLAB_VARIABLE = "GITLAB_CI"
# GitHub takes no comment of more characters than 65,536.
_LONGEST_REPLY = 60_000


def ways_of(host: "Host") -> "Ways":
    """How people ask on the forge whose job this is."""
    from helpers.model.training_ways import GitHubWays, GitLabWays

    given = host.environment
    if _GITLAB_VARIABLE in given:
        return GitLabWays(given.get("CI_DEFAULT_BRANCH", ""), given.get("CI_PIPELINE_URL", ""))
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, name, run = (given.get(one, "") for one in names)
    return GitHubWays(f"{server}/{name}/actions/runs/{run}")


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


def help_of(repo: "Repo", ways: "Ways", number: int, target: str = "") -> str:
    """What can be trained, and how it is asked for.

    Args:
        number: of the pull request; 0: there is none.
        target: as for `candidates`.
    """
    from helpers.console.training_reply import help_text
    from helpers.training.asked import train_settings

    dirs = (one.item for one in candidates(repo, target))
    return help_text({one.name: train_settings(one) for one in dirs}, ways, number)


def reply(forge: "GitHub | GitLab", number: int, asked: int, text: str) -> None:
    """Write the one reply to what was asked for, or change it where a job runs again.

    Args:
        number: of the pull request or issue that it stands below.
        asked: the id of the comment or pipeline.

    Raises:
        ForgeError: the forge refuses, or does not answer.
    """
    from helpers.console.training_reply import mark_of

    there = forge.find_reply(number, mark_of(asked))
    text = f"{mark_of(asked)}\n{text}"[:_LONGEST_REPLY]
    if there is None:
        forge.write_reply(number, text)
    else:
        forge.change_reply(number, there.id, text)


def report(host: "Host", repo: "Repo", job: "TrainingJob", folder: "Path") -> None:
    """Report what a training came to: on the page of its run, and in its reply.

    Args:
        folder: with what its job left.

    Raises:
        ForgeError: the forge does not take the reply.
    """
    from helpers.forge.github import GitHub
    from helpers.forge.gitlab import GitLab
    from helpers.training.left import read_left

    session, left = cli.open_forge(host, repo.outermost), read_left(folder, job)
    forge = GitLab(session) if _GITLAB_VARIABLE in host.environment else GitHub(session)
    text = _said(host, forge, job, left)
    if isinstance(forge, GitLab):
        _keep(repo, text, left)
        # On GitHub a line of it might be taken for a command to the runner.
        print(text)
        if job.number and not forge.has_token:
            print(f"there is no GITLAB_TOKEN: nothing is written below !{job.number}")
            return
    else:
        cli.append_to(host, "GITHUB_STEP_SUMMARY", text)
    if job.number:
        reply(forge, job.number, job.comment, text)
        print(f"reported below number {job.number}")


def _said(host: "Host", forge: "GitHub | GitLab", job: "TrainingJob", left: "Left") -> str:
    from helpers.console.training_reply import no_result_text, result_text
    from helpers.forge.errors import ForgeError
    from helpers.training.left import last_result

    ways = ways_of(host)
    if not left.result:
        ended = host.environment.get("ENDED", "failure")
        return no_result_text(job, ended, left.problem, left.log, ways)
    base: Reported | HelpersError | None = None
    try:
        base = last_result(forge, job) if job.number else None
    except ForgeError as error:
        # What was trained is reported all the same.
        base = error
    return result_text(job, left.result, base, ways)


def _keep(repo: "Repo", text: str, left: "Left") -> None:
    """Leave GitLab the report to keep, and the result, with which others are compared."""
    from helpers.model.results.training import RESULT_FILE_NAME
    from helpers.system.files import write_atomic
    from helpers.training.left import REPORT_FOLDER

    place = repo.root / REPORT_FOLDER
    place.mkdir(parents=True, exist_ok=True)
    if left.result:
        write_atomic(place / RESULT_FILE_NAME, left.text)
    write_atomic(place / "report.md", f"{text}\n")
