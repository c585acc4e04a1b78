"""Machines for tests: containers with an engine, an sshd and a firewall, on a network of theirs."""

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpers.engine.builds import BuildRequest, run_build
from helpers.images.building.engine_images import ensure_inner_engine_image
from helpers.images.building.plan import snapshot_args
from helpers.images.building.request import build_secrets
from helpers.model import labels
from helpers.model.repo import Repo
from helpers.system.host import Host
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.sshd import make_key, ssh_on_path

USER, STRANGER = "ci", "stranger"
_SECONDS = 30.0
_DATA = "/var/lib/docker"


@dataclass(frozen=True)
class Node:
    """One of the machines.

    Attributes:
        id: of its container.
    """

    name: str
    id: str
    network: str

    @property
    def address(self) -> str:
        """Where the others reach it."""
        found = engine.container(self.id)["NetworkSettings"]["Networks"]
        return str(found[self.network]["IPAddress"])

    def run(self, *args: str, user: str = "root", check: bool = True) -> ProcessResult:
        """Run a program there."""
        return run(["docker", "exec", "--user", user, self.id, *args], check=check)

    def shell(self, script: str, user: str = "root") -> str:
        """What a shell there writes, whatever comes of it."""
        return self.run("sh", "-c", script, user=user, check=False).stdout

    def docker(self, *args: str) -> list[str]:
        """The lines that its `docker` writes."""
        return self.run("docker", *args).stdout.splitlines()

    def kill(self) -> None:
        """End it as a power cut does."""
        run(["docker", "kill", self.id])

    def start(self) -> None:
        """Start it again, and wait until its engine answers."""
        run(["docker", "start", self.id])
        self.wait()

    def wait(self) -> None:
        """Wait until its engine and its sshd answer."""
        until = time.monotonic() + _SECONDS
        while "up" not in self.shell("docker version && pgrep -x sshd && echo up"):
            assert time.monotonic() < until, self.shell("tail -20 /var/log/dockerd.log")
            time.sleep(0.1)


@dataclass(frozen=True)
class Nodes:
    """The machines of some tests.

    Attributes:
        folder: has the configuration of ssh, and that of hosts for `XDG_CONFIG_HOME`.
    """

    repo: Repo
    host: Host
    folder: Path
    network: str
    image: str

    @property
    def environment(self) -> dict[str, str]:
        """By which a command knows them."""
        path = ssh_on_path(self.folder / "bin", self.folder / "ssh_config")
        return {"PATH": path, "XDG_CONFIG_HOME": str(self.folder)}

    def start(self, name: str, *, disk: str = "", behind: Node | None = None) -> Node:
        """Start a machine; its user's ssh knows it by its name.

        Args:
            disk: the size of its engine's disk, such as `300m`; empty: as large as there is.
            behind: the machine that alone reaches it; none: everybody does.
        """
        public = (self.folder / "key.pub").read_text().strip()
        given = ["--env", f"KEY={public}", "--label", f"{labels.REPO}={self.repo.config.name}"]
        if behind:
            given += ["--env", f"REACHED_FROM={behind.address}"]
        given += ["--tmpfs", f"{_DATA}:size={disk}"] if disk else ["--volume", _DATA]
        given += ["--network", self.network, "--hostname", name, "--privileged", "--init"]
        made = run(["docker", "run", "--detach", *given, self.image]).stdout.strip()
        node = Node(name, made, self.network)
        node.wait()
        key = node.run("cat", "/etc/ssh/ssh_host_ed25519_key.pub").stdout
        _append(self.folder / "known_hosts", f"{name} {key}")
        jump = f"  ProxyJump {behind.name}\n" if behind else ""
        said = f"Host {name}\n  HostName {node.address}\n  HostKeyAlias {name}\n{jump}"
        _append(self.folder / "ssh_config", said)
        _append(
            self.folder / "helpers" / "hosts.yaml",
            f"{name}: {{address: 'ssh://{name}', slots: 2}}\n",
        )
        return node


@contextmanager
def nodes(repo: Repo, host: Host, folder: Path) -> Iterator[Nodes]:
    """What starts machines, which are gone after the context with all that they had."""
    name = f"{repo.config.name}-nodes"
    folder.mkdir(parents=True)
    _write_settings(folder)
    with ExitStack() as stack:
        image = _build(repo, host, folder)
        stack.callback(engine.remove_image, image)
        run(["docker", "network", "create", "--label", f"{labels.REPO}={repo.config.name}", name])
        stack.callback(run, ["docker", "network", "rm", name], check=False)
        if host.in_container:
            run(["docker", "network", "connect", name, socket.gethostname()])
            leave = ["docker", "network", "disconnect", "--force", name, socket.gethostname()]
            stack.callback(run, leave, check=False)
        stack.callback(_remove_all, name)
        yield Nodes(repo, host, folder, name, image)


def _write_settings(folder: Path) -> None:
    make_key(folder / "key")
    (folder / "helpers").mkdir()
    (folder / "ssh_config").write_text(
        f"UserKnownHostsFile {folder / 'known_hosts'}\nGlobalKnownHostsFile /dev/null\n"
        f"IdentityFile {folder / 'key'}\nIdentitiesOnly yes\nUser {USER}\n"
    )


def _build(repo: Repo, host: Host, folder: Path) -> str:
    """The machines' image; what it is made of is in the builder's cache after the first time."""
    reference = f"helpers-test-node:{secrets.token_hex(4)}"
    base = ensure_inner_engine_image(repo, host, lambda _: None)
    with build_secrets(repo, host) as (given, _):
        request = BuildRequest(
            dockerfile=TOOLCHAIN_ROOT / "tests" / "node.Dockerfile",
            context=TOOLCHAIN_ROOT / "tests",
            contexts={"toolchain": TOOLCHAIN_ROOT},
            args={"ENGINE_IMAGE": base, **snapshot_args(repo)},
            labels={labels.REPO: repo.config.name},
            tags=(reference,),
            platform=host.platform,
            secrets=given,
        )
        run_build(request, folder / "build.log", lambda _: None)
    return reference


def _remove_all(network: str) -> None:
    found = run(["docker", "ps", "-aq", "--filter", f"network={network}"]).stdout.split()
    own = socket.gethostname()
    if gone := [one for one in found if not own.startswith(one)]:
        run(["docker", "rm", "--force", "--volumes", *gone], check=False)


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)
