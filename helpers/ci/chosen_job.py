"""The job of CI that a command means, as the steps that do it here."""

from dataclasses import replace
from pathlib import Path

from helpers.ci import deploy_jobs, publish_jobs
from helpers.ci.pipelines import CiRepo, lint_of, tests_of
from helpers.ci.run_here import Typed, typed_steps
from helpers.model.errors import HelpersError
from helpers.model.numbers import list_few
from helpers.model.pipeline import Fact
from helpers.model.repo import Repo
from helpers.model.runnable_dir import shown_name
from helpers.model.settings.ci_config import CiConfig
from helpers.model.shell_words import quoted
from helpers.vcs.chosen_dir import find_dir
from helpers.vcs.discovery import discover_dirs

_LINT = "lint"
# Jobs that an error names.
_NAMED = 8


def chosen_steps(repo: Repo, found: CiRepo, start: Path, wanted: str) -> tuple[Typed, ...]:
    """The steps of one job.

    Args:
        start: the directory where the user stands.
        wanted: `lint`, or the dir whose job is meant, as `find_dir` takes it.

    Raises:
        HelpersError: there is no such job, and which there are; or only CI runs it.
    """
    refused = _only_in_ci(found.config)
    if wanted in refused:
        what, fix = refused[wanted]
        raise HelpersError(f"the job {wanted} {what}", fix=fix)
    if wanted == _LINT:
        # Only CI knows the title of a pull request; `i commit_check` checks messages here.
        return typed_steps(lint_of(replace(found, releases=False)), {})
    try:
        name = find_dir(repo, start, wanted, _command).name
    except HelpersError as error:
        if any((folder / wanted).is_dir() for folder in (start, repo.root)):
            raise  # it says what the dir lacks to have a job
        raise _no_job(repo, found.config, wanted) from error
    return typed_steps(tests_of(found), {Fact.DIRS: name})


def _command(job: str) -> str:
    """What is typed to run a job here."""
    return f"i ci_run {quoted(job)}"


def _only_in_ci(config: CiConfig) -> dict[str, tuple[str, str]]:
    """What each job does that only CI runs, and the command that shows it here."""
    decides = ("decides about the others, from what only CI knows", "i ci_plan --base main")
    return {
        "plan": decides,
        "gate": decides,
        **{
            publish_jobs.job_name(one): (
                "publishes what passed the gate",
                f"{publish_jobs.command_of(one)} --dry-run",
            )
            for one in config.publish
        },
        **{
            deploy_jobs.job_name(one): (
                "deploys what passed the gate",
                f"{deploy_jobs.command_of(one)} --dry-run",
            )
            for one in config.deploy
        },
    }


def _no_job(repo: Repo, config: CiConfig, wanted: str) -> HelpersError:
    # Imported here: most names are right.
    import difflib

    names = [item.name for item in discover_dirs(repo)]
    here = [_LINT, *(shown_name(name, repo.root_name(names)) for name in names)]
    known = [*here, *_only_in_ci(config)]
    alike = difflib.get_close_matches(wanted, known, 1, 0.7)
    listed = "i ci_plan lists the dirs that have a job; i ci_run lint checks the code"
    return HelpersError(
        f"there is no job {wanted!r}",
        where=f"jobs that run here: {list_few(here, _NAMED)}; only in CI:"
        f" {list_few(_only_in_ci(config), _NAMED)}",
        fix=f"perhaps you meant {_command(alike[0])}" if alike else listed,
    )
