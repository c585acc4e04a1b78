"""A command in a host's shell, for what its engine cannot say."""

import shlex
from collections.abc import Sequence

from helpers.model.settings.hosts_config import DockerHost
from helpers.remote.refusals import LinkError, refusal
from helpers.remote.ssh import ssh_words
from helpers.system.process import ProcessError, run

# A host that is silent for longer is lost.
_SECONDS = 60.0


def ask_shell(host: DockerHost, *commands: Sequence[str]) -> list[str]:
    """Run commands one after the other, as the user that ssh logs in; the lines that they write.

    On this machine they are run by whoever we are.

    Raises:
        LinkError: the host is not reached, or a command fails.
    """
    script = " && ".join(shlex.join(command) for command in commands)
    words = ["sh", "-c"] if host.is_local else [*ssh_words(), host.address]
    try:
        done = run([*words, script], timeout=_SECONDS)
    except ProcessError as error:
        raise refusal(host, "\n".join(error.last_lines), error) from error
    return done.stdout.splitlines()


def free_disk(host: DockerHost, folder: str) -> int | None:
    """Bytes that are free where a folder of the host is; None: it does not say."""
    try:
        lines = ask_shell(host, ["df", "-Pk", folder])
    except LinkError:
        return None
    words = lines[-1].split() if lines else []
    return int(words[3]) * 1024 if len(words) > 5 and words[3].isdecimal() else None
