"""A command in a host's shell, for what its engine cannot say."""

import shlex
from collections.abc import Sequence

from helpers.model.errors import HelpersError
from helpers.model.settings.hosts_config import DockerHost
from helpers.remote.refusals import command_failed, refusal
from helpers.remote.ssh import ssh_words
from helpers.system.process import ProcessError, run

# A host that is silent for longer is lost.
_SECONDS = 60.0
# ssh's own; every other status is that of a command.
_NOT_REACHED = 255


def ask_shell(host: DockerHost, *commands: Sequence[str]) -> list[str]:
    """Run commands one after the other, as the user that ssh logs in; the lines that they write.

    On this machine they are run by whoever we are.

    Raises:
        LinkError: the host is not reached.
        HelpersError: a command fails there.
    """
    script = " && ".join(shlex.join(command) for command in commands)
    words = ["sh", "-c"] if host.is_local else [*ssh_words(), host.address]
    try:
        done = run([*words, script], check=False, timeout=_SECONDS)
    except ProcessError as error:
        raise refusal(host, "\n".join(error.last_lines), error) from error
    if done.status == _NOT_REACHED:
        raise refusal(host, done.stderr, OSError("ssh ended"))
    if done.status:
        raise command_failed(host, script, done.stderr)
    return done.stdout.splitlines()


def free_disk(host: DockerHost, folder: str) -> int | None:
    """Bytes that are free where a folder of the host is; None: it does not say."""
    try:
        lines = ask_shell(host, ["df", "-Pk", folder])
    except HelpersError:
        return None
    words = lines[-1].split() if lines else []
    return int(words[3]) * 1024 if len(words) > 5 and words[3].isdecimal() else None
