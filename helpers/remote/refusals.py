"""Why a host is not reached: ssh's own words, and the command that helps."""

from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.settings.hosts_config import DockerHost
from helpers.system.process import printable

# What ssh says that is no error.
_NO_ERROR = ("Allocated port", "@@@", "Warning: Permanently added")
_FORWARDING_REFUSED = "remote port forwarding failed"
# Of a socket: sshd says the same of one that is missing, that it may not use or not carry.
_SOCKET_REFUSED = ("connect failed: open failed", "administratively prohibited")
_KEY_REFUSED = "Host key verification failed"


class LinkError(HelpersError):
    """A host that is not reached, or no longer."""


def read_words(said: Path) -> str:
    """What ssh has said so far."""
    return said.read_text(errors="replace")


def refusal(host: DockerHost, words: str, error: Exception) -> LinkError:
    """The error for a host to which no link came about."""
    if _FORWARDING_REFUSED in words:
        return LinkError(
            f"the sshd of host {host.name!r} forbids forwarding: AllowTcpForwarding",
            where=f"{host.address} ({host.where})",
            fix="on that host, in the configuration of sshd:  AllowTcpForwarding yes",
        )
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(_NO_ERROR)] or [str(error)]
    typed = f"ssh {host.address}"
    key = f"compare the host's key, then log in once: {typed}"
    return LinkError(
        f"host {host.name!r} is not reached: {lines[-1]}",
        where="\n".join([f"{host.address} ({host.where})", *lines[:-1]]),
        fix=key if _KEY_REFUSED in words else typed,
    )


def command_failed(host: DockerHost, script: str, words: str) -> HelpersError:
    """The error for a command that failed on a host which was reached."""
    lines = [line.strip() for line in words.splitlines() if line.strip()] or ["it says nothing"]
    return HelpersError(
        f"a command failed on host {host.name!r}: {lines[-1]}",
        where="\n".join([f"{host.address} ({host.where})", *lines[:-1]]),
        fix=printable(["ssh", host.address, script]),
    )


def engine_refusal(host: DockerHost, words: str) -> LinkError | None:
    """The error for a host whose sshd did not connect to the engine's socket; None: it did."""
    if not any(refused in words for refused in _SOCKET_REFUSED):
        return None
    return LinkError(
        f"on host {host.name!r} sshd does not connect to the engine's socket {host.socket}",
        where=f"{host.address} ({host.where})",
        fix=f"ssh {host.address} docker version\n"
        "or, where that answers, in the configuration of its sshd:  AllowStreamLocalForwarding yes",
    )
