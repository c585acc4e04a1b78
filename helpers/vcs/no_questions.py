"""Let git ask networks without asking people: many do so at once, and none can be answered."""

import shlex
from pathlib import Path

from helpers.system.process import run

ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}


def without_questions(folder: Path) -> tuple[str, ...]:
    """What git is told before a command, so that ssh asks for no password, phrase or host.

    Where `core.sshCommand` is some other program than ssh, that program decides.
    """
    command = ["git", "config", "--get", "core.sshCommand"]
    ssh = run(command, cwd=folder, check=False).stdout.strip() or "ssh"
    try:
        program = shlex.split(ssh)[0]
    except ValueError:  # a quote is not closed; git says so
        return ()
    if Path(program).name != "ssh":
        return ()
    return ("-c", f"core.sshCommand={ssh} -o BatchMode=yes")
