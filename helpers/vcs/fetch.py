"""Ask the remotes what is new."""

from pathlib import Path

from helpers.system.process import ProcessError, run
from helpers.vcs.git import reason

_PATIENCE = 300


def fetch(folder: Path) -> str:
    """Fetch from all remotes of a checkout; why that failed, or nothing."""
    command = ("git", "fetch", "--quiet", "--all", "--no-recurse-submodules")
    try:
        # Many fetches at once cannot each ask for a password.
        run(command, cwd=folder, env={"GIT_TERMINAL_PROMPT": "0"}, timeout=_PATIENCE)
    except ProcessError as error:
        return reason(error)
    return ""
