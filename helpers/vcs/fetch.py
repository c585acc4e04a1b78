"""Ask the remotes what is new."""

from pathlib import Path

from helpers.system.process import ProcessError, run
from helpers.vcs.git import reason
from helpers.vcs.no_questions import ENVIRONMENT, without_questions

_PATIENCE = 300


def fetch(folder: Path) -> str:
    """Fetch from all remotes of a checkout; why that failed, or nothing."""
    quiet = ("--quiet", "--all", "--no-recurse-submodules")
    try:
        command = ("git", *without_questions(folder), "fetch", *quiet)
        run(command, cwd=folder, env=ENVIRONMENT, timeout=_PATIENCE)
    except ProcessError as error:
        return reason(error)
    return ""
