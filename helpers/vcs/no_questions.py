"""Let git ask networks without asking people: many do so at once, and none can be answered."""

import shlex
from pathlib import Path

from helpers.system.process import run
from helpers.vcs.git import setting

# Seconds.
_TIMEOUT = 300

ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}


def ask_remote(folder: Path, *args: str, timeout: float = _TIMEOUT) -> str:
    """Let git ask a remote; its standard output.

    Raises:
        ProcessError: git fails, or the remote does not answer in time.
    """
    command = ("git", *without_questions(folder), *args)
    return run(command, cwd=folder, env=ENVIRONMENT, timeout=timeout).stdout


def without_questions(folder: Path) -> tuple[str, ...]:
    """What git is told before a command, so that ssh asks for no password, phrase or host.

    Where `core.sshCommand` is some other program than ssh, that program decides.
    """
    ssh = setting(folder, "core.sshCommand") or "ssh"
    try:
        program = shlex.split(ssh)[0]
    except ValueError:  # a quote is not closed; git says so
        return ()
    if Path(program).name != "ssh":
        return ()
    return ("-c", f"core.sshCommand={ssh} -o BatchMode=yes")
