"""Run a dir's production image as deployed: its own user, its entry point, no mounts."""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import field
from types import FrameType

from helpers.containers.leftovers import remove_leftovers
from helpers.engine.client import Client
from helpers.engine.containers import remove_container, stop_container
from helpers.images.resolve import Chosen, Which, choose_image
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.labels import own_labels
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version
from helpers.system.host import Host
from helpers.system.lease import Lease
from helpers.system.ports import refusal
from helpers.system.process import attach
from helpers.system.repo_files import read_changelog
from helpers.system.signals import handled

_ROLE = "production"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ProdRun:
    """What the user asks for.

    Attributes:
        version: None: what the tag `prod` names.
        args: what the image's entry point is given; none: what the image says.
        env: variables; their values stand on no command line.
        ports: `[<address>:]<host>:<container>` each; without an address on loopback.
    """

    version: Version | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()


def run_prod(
    client: Client, repo: Repo, runnable_dir: RunnableDir, host: Host, wanted: ProdRun
) -> int:
    """Run the image in the foreground until its program ends; return the program's exit status.

    Raises:
        NoImageError: the engine has no such image.
        HelpersError: a port of the host is taken.
    """
    which = Which(Stage.PROD, wanted.version, or_code=True)
    chosen = choose_image(client, repo, read_changelog(runnable_dir), host, which)
    if not host.in_container:  # whose ports are not those of the engine's machine
        _check_ports(wanted.ports)
    remove_leftovers(client, repo)
    lease = f"prod-{os.getpid()}-{os.urandom(4).hex()}"
    name = f"helpers-{runnable_dir.slug}-{lease}"
    marks = own_labels(repo, runnable_dir.name) | {labels.ROLE: _ROLE, labels.RUN: lease}
    with Lease(repo.root, lease, passing=True), handled(_end, signal.SIGTERM, signal.SIGHUP):
        try:
            docker = ("docker", "--host", client.endpoint.url)
            command = run_words(chosen, wanted, name, marks, terminal=host.is_terminal)
            return attach([*docker, *command], env=wanted.env, says=True)
        except SystemExit:
            # We were asked to end, and so is the program: it may have work to finish.
            stop_container(client, name)
            raise
        finally:
            remove_container(client, name)


def run_words(
    chosen: Chosen, wanted: ProdRun, name: str, marks: Mapping[str, str], *, terminal: bool
) -> list[str]:
    """The words after `docker`: nothing in them says what the image itself says."""
    words = ["run", "--rm", "--interactive", f"--name={name}", *["--tty"] * terminal]
    words += [f"--label={key}={value}" for key, value in marks.items()]
    words += [word for variable in wanted.env for word in ("--env", variable)]
    words += [f"--publish={':'.join(_parts(port))}" for port in wanted.ports]
    return [*words, chosen.reference, *wanted.args]


def _parts(port: str) -> tuple[str, str, str]:
    outer, _, inner = port.rpartition(":")
    address, _, number = outer.rpartition(":")
    return address or _LOOPBACK, number, inner


def _check_ports(ports: Sequence[str]) -> None:
    for address, number, inner in map(_parts, ports):
        refused = refusal(address, int(number))
        if refused:
            raise HelpersError(
                f"port {number} of {address} cannot be taken: {refused.strerror}",
                where=f"--port {number}:{inner}",
                fix=f"--port {min(int(number) + 1, 65535)}:{inner}, or any other free port",
            ) from refused


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
