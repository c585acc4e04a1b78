"""A real sshd on loopback, of whoever runs the tests, and an `ssh` that knows its keys."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from helpers.model.settings.hosts_config import DockerHost

_SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


class Sshd:
    """An sshd; its clients' configuration is in `config`, their known keys in `known_hosts`."""

    def __init__(self, folder: Path, options: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.config = folder / "ssh_config"
        self.known_hosts = folder / "known_hosts"
        self.host_key = make_key(folder / "host_key")
        own = make_key(folder / "own_key")
        shutil.copy(own.with_suffix(".pub"), folder / "authorized_keys")
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {self.host_key_text()}")
        self.config.write_text(
            f"UserKnownHostsFile {self.known_hosts}\nGlobalKnownHostsFile /dev/null\n"
            f"IdentityFile {own}\nIdentitiesOnly yes\n"
        )
        given = {
            "Port": str(self.port),
            "ListenAddress": "127.0.0.1",
            "HostKey": str(self.host_key),
            "AuthorizedKeysFile": str(folder / "authorized_keys"),
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
            **options,
        }
        lines = [f"{name} {value}\n" for name, value in given.items()]
        (folder / "sshd_config").write_text("".join(lines))

    @property
    def address(self) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"

    def host(self, name: str = "build1", socket: str = "/var/run/docker.sock") -> DockerHost:
        return DockerHost(name, self.address, socket=socket, where="hosts.yaml:1")

    def host_key_text(self) -> str:
        return self.host_key.with_suffix(".pub").read_text()

    def start(self) -> "subprocess.Popen[bytes]":
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        program = shutil.which("sshd", path=_SEARCHED)
        assert program, "install openssh-server"
        command = [program, "-f", str(self.folder / "sshd_config"), "-D", "-e"]
        with (self.folder / "sshd.log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log, start_new_session=True)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return process
            time.sleep(0.02)
        raise AssertionError((self.folder / "sshd.log").read_text())

    def signal_sessions(self, number: int) -> None:
        """Send a signal to all processes that serve its clients, and to those of the shells."""
        for pid in _below(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    pid = 0


@contextmanager
def sshd(folder: Path, **options: str) -> Iterator[Sshd]:
    """Run an sshd until the context ends."""
    folder.mkdir(parents=True, exist_ok=True)
    served = Sshd(folder, options)
    process = served.start()
    served.pid = process.pid
    try:
        yield served
    finally:
        served.signal_sessions(signal.SIGKILL)
        process.kill()
        process.wait()


def ssh_on_path(folder: Path, config: Path) -> str:
    """A PATH on which `ssh` reads a configuration of the tests."""
    program = shutil.which("ssh")
    assert program, "install openssh-client"
    folder.mkdir(exist_ok=True)
    wrapper = folder / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {program} -F {config} "$@"\n')
    wrapper.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def make_key(path: Path) -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True, input=b"y\n")
    return path


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _below(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    try:
        children = [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:  # it has ended
        return []
    return [one for child in children for one in (child, *_below(child))]
