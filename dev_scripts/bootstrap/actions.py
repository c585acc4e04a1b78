"""Actions as data: what changes the machine is decided first, announced, and carried out after."""

import fcntl
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bootstrap.commands import last_lines, run_on_terminal, run_shown
from bootstrap.errors import BootstrapError
from bootstrap.host import Host

# There wherever apt is.
_APT = "/var/lib/apt"


@dataclass(frozen=True)
class WriteFile:
    """Write a file of the system's."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"write {self.path}"


@dataclass(frozen=True)
class AptUpdate:
    """Fetch the lists of packages."""

    def __str__(self) -> str:
        return "apt-get update"


@dataclass(frozen=True)
class AptInstall:
    """Install packages of the distribution."""

    packages: tuple[str, ...]

    def __str__(self) -> str:
        return f"apt-get install {' '.join(self.packages)}"


@dataclass(frozen=True)
class StartService:
    """Let systemd start the engine."""

    def __str__(self) -> str:
        return "systemctl start docker"


@dataclass(frozen=True)
class StartDaemon:
    """Start the engine by hand, since no init system does."""

    data_root: str

    def __str__(self) -> str:
        where = f" (data in {self.data_root})" if self.data_root else ""
        return f"start dockerd in the background{where}"


Action = WriteFile | AptUpdate | AptInstall | StartService | StartDaemon


def announce(actions: Sequence[Action], why: str, host: Host) -> None:
    """Say what will be done, before anything is."""
    rights = "" if host.is_root else " (as root, through sudo)"
    print(f"{why}. To be done system-wide{rights}:", flush=True)
    for action in actions:
        print(f"  - {action}", flush=True)


def ask(*, yes: bool, command: str) -> None:
    """Go on only when the user agrees.

    Raises:
        BootstrapError: the user does not, or there is no terminal to ask on.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BootstrapError("there is no terminal to ask on, so nothing was done", fix=command)
    try:
        answer = input("Go on? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise BootstrapError("nothing was done, as you wished", fix=command)


def check_rights(host: Host) -> None:
    """Raises BootstrapError when we neither are root nor can become it."""
    if not host.is_root and not host.has_sudo:
        raise BootstrapError(
            "this needs root's rights, and there is no sudo",
            fix="become root (su -), then run the same command",
        )


def run_as_root(script: Path, arguments: Sequence[str]) -> int:
    """Run one of our scripts through sudo; its exit status."""
    # Isolated: nothing of the user's environment decides what root's Python loads.
    command = ["sudo", "--", sys.executable, "-I", str(script), *arguments]
    print(f"running: {shlex.join(command)}", flush=True)
    return run_on_terminal(command)


def write_file(action: WriteFile) -> None:
    """Write beside and rename."""
    path = Path(action.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(action.text)
    beside.chmod(0o644)
    beside.rename(path)


@contextmanager
def _alone() -> Iterator[None]:
    """Wait for the apt of other bootstraps, of `bootstrap.sh` too: it waits for no lists itself."""
    place = os.open(_APT, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def apt(action: AptUpdate | AptInstall) -> None:
    """Run apt-get, showing what it installs as it goes.

    Raises:
        BootstrapError: packages could not be installed; carries apt's last lines.
    """
    print(f"  {action} ...", flush=True)
    options = ["-q", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    if isinstance(action, AptUpdate):
        words = ["update"]
    else:
        words = ["install", "--no-install-recommends", *action.packages]
    with _alone():
        result = run_shown(
            ["apt-get", *options, *words],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
            shows=lambda line: line.startswith(("Setting up", "Err:", "E:", "Need to get")),
        )
    if result.status == 0:
        return
    if isinstance(action, AptUpdate):  # one source of many may fail; the install will tell
        print(f"  apt-get update had errors, going on:{last_lines(result.output, 4)}", flush=True)
        return
    raise BootstrapError(
        f"apt-get could not install {' '.join(action.packages)}",
        where=f"its last lines:{last_lines(result.output)}",
        fix="fix what apt says (network, disk space, sources), then run the same command again",
    )
