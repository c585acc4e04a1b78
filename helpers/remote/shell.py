"""A command in a host's shell, for what its engine cannot say."""

import shlex
from collections.abc import Sequence

from helpers.model.settings.hosts_config import DockerHost
from helpers.remote.refusals import refusal
from helpers.remote.ssh import ssh_words
from helpers.system.process import ProcessError, run


def ask_shell(host: DockerHost, *commands: Sequence[str]) -> list[str]:
    """Run commands one after the other, as the user that ssh logs in; the lines that they write.

    Raises:
        LinkError: the host is not reached, or a command fails.
    """
    script = " && ".join(shlex.join(command) for command in commands)
    try:
        done = run([*ssh_words(), host.address, script])
    except ProcessError as error:
        raise refusal(host, "\n".join(error.last_lines), error) from error
    return done.stdout.splitlines()
