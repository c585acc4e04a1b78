"""Plan a container; other modules carry the plan out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from helpers.images.installed.ensure import NOTHING, Installed
from helpers.images.resolve import Chosen
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.labels import own_labels
from helpers.model.names import digest_of, slug
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.scratch import HOME, scratch_mounts
from helpers.system.host import Host, User

SOCKET = "/var/run/docker.sock"
# Where `docker` looks for plugins of all users.
DOCKER_CLIENT = "/usr/local/libexec/docker"
# What the engine calls the network of a container that has none.
NO_NETWORK = "none"
# For an image that does not say.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Stands for the view that a container will have, until it is known which.
VIEW = "view"
# Files that the toolchain adds to a view, relative to the repo's root; git ignores them.
VIEW_OWN = "tmp.helpers"
VIEW_IN_CONTAINER = f"{VIEW_OWN}/in_container"
VIEW_CERTIFICATES = f"{VIEW_OWN}/certificates.pem"

# Where programs look for the certificates that they trust: OpenSSL, requests, pip, curl, git.
_CA_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
)


class Role(StrEnum):
    """Why a container is there."""

    KEPT = "kept"
    ONCE = "once"
    TEST = "test"
    INNER_ENGINE = "inner-engine"


_IDLE_SECONDS = {Role.KEPT: 1800, Role.ONCE: 1800, Role.TEST: 600}


@dataclass(frozen=True, slots=True)
class DataMount:
    """A folder of data that a container may read.

    Attributes:
        source: the folder on the engine's machine.
        target: where the container sees it.
        inode: of the folder: one that is made anew is another, which an older container does not
            see; 0: not known.
    """

    source: str
    target: str
    inode: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """The user's options for a container.

    Attributes:
        ports: `<host>:<container>` each.
        network: a network of the dir's services; empty: the engine's default.
        more_networks: further ones that it joins.
        volumes: named volumes, by where they are mounted.
        engine_socket: the inner engine's socket, as seen in the container; empty: none.
        socket: where on the host the socket for siblings is; empty: the engine's own.
        host_address: where ports that siblings publish are reached from it.
        docker_client: the folder with `docker`, for a container that is given an engine.
        view: it sees a view instead of the repo; which one is said when it is made.
        memory: bytes that it may use; 0: as many as there are.
        gpus: how many it is given.
        data: folders of data that it may read.
    """

    root: bool = False
    sibling: bool = False
    ports: tuple[str, ...] = ()
    network: str = ""
    more_networks: tuple[str, ...] = ()
    volumes: Mapping[str, str] = field(default_factory=dict)
    engine_socket: str = ""
    socket: str = ""
    host_address: str = ""
    docker_client: Path | None = None
    view: bool = False
    memory: int = 0
    gpus: int = 0
    data: tuple[DataMount, ...] = ()


def with_networks(options: Options, networks: Sequence[str]) -> Options:
    """The same options on the networks of services; without any, on the engine's default."""
    return replace(options, network="".join(networks[:1]), more_networks=tuple(networks[1:]))


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """A container, before it is made.

    Attributes:
        name: readable; the same for the same dir and options, whatever the image is.
        key: hash of all that the container is made from; a kept one with another is out of date.
        body: what the Engine API takes to create it.
        user: who commands run as.
        env: the variables of commands in it.
        installed: what is put into its Python's environment before it is used.
        more_networks: what it joins besides the network that the body names.
    """

    name: str
    key: str
    role: Role
    body: Mapping[str, Any]
    user: User
    directory: str
    env: Mapping[str, str]
    installed: Installed = NOTHING
    more_networks: tuple[str, ...] = ()

    @property
    def view(self) -> bool:
        """Whether it sees a view, which is still to be named, instead of the repo."""
        return any(mount.get("Source") == VIEW for mount in self.body["HostConfig"]["Mounts"])

    @property
    def seen(self) -> Mapping[str, Any]:
        """Everything that the container is given: two that have the same run code alike."""
        given = {name: value for name, value in self.body.items() if name != "Labels"}
        return given | {"Env": _as_settings(self.env)}

    def with_view(self, name: str, tree: Path) -> "ContainerPlan":
        """The same container with a view in place of the repo."""
        host = self.body["HostConfig"]
        mounts = [
            {**mount, "Source": str(tree)} if mount.get("Source") == VIEW else mount
            for mount in host["Mounts"]
        ]
        return replace(
            self,
            body={
                **self.body,
                "Labels": {**self.body["Labels"], labels.VIEW: name},
                "HostConfig": {**host, "Mounts": mounts},
            },
        )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a container gets from the host.

    Attributes:
        socket: path of the engine's socket on its own machine.
        socket_group: the group that may use it.
        git_folders: what git needs outside the work tree (for worktrees).
        certificates: the bundle that programs in it trust, below the repo, so that it is seen at
            the same path inside; none: the image's own.
        installed: what the dir's code has as after `pip install -e`.
        inodes: of the folders that are mounted. A repo that is cloned anew at the same path is
            another folder, which a container that was made before does not see.
    """

    socket: str
    socket_group: int
    git_folders: tuple[Path, ...]
    certificates: Path | None = None
    installed: Installed = NOTHING
    inodes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What decides about a container besides its dir and image."""

    host: Host
    options: Options
    surroundings: Surroundings


def plan_container(
    repo: Repo, runnable_dir: RunnableDir, chosen: Chosen, given: Given, role: Role, lease: str = ""
) -> ContainerPlan:
    """Decide what a container will be.

    Args:
        lease: name of the lease whose end makes the container a leftover; empty for a kept one,
            which ends by itself when it is idle.
    """
    options, surroundings = given.options, given.surroundings
    user = User("root", 0, 0) if options.root else given.host.user
    env = _environment(repo, runnable_dir, chosen, given, user)
    listed = _listed(repo, runnable_dir, given.host)
    labelled = {**repo.labels, **own_labels(repo, runnable_dir.name), labels.ROLE: role.value}
    labelled |= {labels.RUN: lease} if lease else {}
    if surroundings.installed.digest:
        labelled[labels.INSTALLED] = surroundings.installed.digest
    keep_alive = in_container(repo, options) / "keep_alive.sh"
    body = {
        "Image": chosen.image.id,
        "Entrypoint": [],
        "Cmd": ["/bin/sh", str(keep_alive), str(_IDLE_SECONDS[role])],
        "User": f"{user.uid}:{user.gid}",
        "WorkingDir": str(runnable_dir.root),
        "Env": _as_settings(env | listed),
        "Labels": labelled,
        "HostConfig": _host_config(repo, options, surroundings, user),
        **({"ExposedPorts": {_port(p): {} for p in options.ports}} if options.ports else {}),
    }
    key = _digest([body, (*surroundings.inodes, *(one.inode for one in options.data))])
    # What tells containers of one dir apart, whatever their image is.
    asked = [options.root, options.sibling, options.view, chosen.stage.value]
    variant = _digest([str(repo.root), runnable_dir.name, [user.uid, user.gid], asked])
    body["Labels"] = {**labelled, labels.KEY: key}
    if role is Role.TEST:
        # The engine writes down what a container is made with: values of listed variables are for
        # the commands in it alone.
        body["Env"] = _as_settings(env)
    return ContainerPlan(
        name=f"helpers-{slug(repo.config.name)}-{runnable_dir.slug}-{role}-{variant[:8]}",
        key=key,
        role=role,
        body=body,
        user=user,
        directory=str(runnable_dir.root),
        env=env | listed,
        installed=surroundings.installed,
        more_networks=options.more_networks,
    )


def in_container(repo: Repo, options: Options) -> Path:
    """Where a container sees the toolchain's part that is for containers."""
    return repo.root / VIEW_IN_CONTAINER if options.view else repo.in_container


def _environment(
    repo: Repo, runnable_dir: RunnableDir, chosen: Chosen, given: Given, user: User
) -> dict[str, str]:
    options, surroundings = given.options, given.surroundings
    env = {
        "HOME": HOME,
        "USER": user.name,
        "LOGNAME": user.name,
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "HELPERS_CONTAINER": "1",
        "HELPERS_DIR": runnable_dir.name,
        "HELPERS_STAGE": chosen.stage.value,
        "HELPERS_VERSION": chosen.version,
        "HELPERS_IMAGE": chosen.reference,
    }
    if chosen.image.python_path:
        env["PYTHONPATH"] = chosen.image.python_path
    if surroundings.certificates:
        seen = repo.root / VIEW_CERTIFICATES if options.view else surroundings.certificates
        env |= dict.fromkeys(_CA_VARIABLES, str(seen))
    if options.sibling:
        env["HELPERS_HOST_SOCKET"] = options.socket or surroundings.socket
    if options.socket:
        # We remove everything that tests start through this socket: no reaper is needed.
        env["TESTCONTAINERS_RYUK_DISABLED"] = "true"
        env["TESTCONTAINERS_HOST_OVERRIDE"] = options.host_address
        env["HELPERS_SIBLINGS_REPO"] = str(repo.root)
    if options.docker_client:
        # Last: the image's own counts.
        env["PATH"] = f"{chosen.image.path or _PATH}:{DOCKER_CLIENT}"
        env["HELPERS_DOCKER_CLIENT"] = str(options.docker_client)
    if options.engine_socket:
        env["DOCKER_HOST"] = f"unix://{options.engine_socket}"
    return env


def _listed(repo: Repo, runnable_dir: RunnableDir, host: Host) -> dict[str, str]:
    """The variables of the host that the settings list, with their values."""
    names = repo.of(runnable_dir.name).config.environment
    return {name: host.environment[name] for name in names if name in host.environment}


def _as_settings(env: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in env.items()]


def _host_config(
    repo: Repo, options: Options, surroundings: Surroundings, user: User
) -> dict[str, Any]:
    mounts = _files_mounts(repo, options, surroundings)
    if options.sibling:
        mounts.append(_bind(options.socket or surroundings.socket, SOCKET))
    if options.docker_client:
        mounts.append(_bind(str(options.docker_client), DOCKER_CLIENT))
    mounts += [
        {"Type": "volume", "Source": volume, "Target": target}
        for target, volume in options.volumes.items()
    ]
    mounts += map(bind_data, options.data)
    groups = [str(surroundings.socket_group)] if options.sibling and not options.socket else []
    return {
        "Init": True,
        "AutoRemove": True,
        "Mounts": mounts,
        "Tmpfs": scratch_mounts(user.uid, user.gid),
        "GroupAdd": groups,
        **_limits(options),
        **({"NetworkMode": options.network} if options.network else {}),
        **({"PortBindings": _port_bindings(options.ports)} if options.ports else {}),
    }


def _files_mounts(repo: Repo, options: Options, surroundings: Surroundings) -> list[dict[str, Any]]:
    if options.view:
        return [_bind(VIEW, str(repo.root))]
    folders = [repo.root, *surroundings.git_folders]
    if not repo.toolchain.is_relative_to(repo.root):
        folders.append(repo.toolchain)
    return [_bind(str(folder), str(folder)) for folder in folders]


def _limits(options: Options) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if options.memory:
        # Swap would only make what runs out of memory slow before it is killed.
        limits |= {"Memory": options.memory, "MemorySwap": options.memory}
    if options.gpus:
        limits["DeviceRequests"] = [{"Count": options.gpus, "Capabilities": [["gpu"]]}]
    return limits


def bind_data(data: DataMount) -> dict[str, Any]:
    """A folder of data as the Engine API takes it: to read alone."""
    return {**_bind(data.source, data.target), "ReadOnly": True}


def _bind(source: str, target: str) -> dict[str, Any]:
    return {"Type": "bind", "Source": source, "Target": target}


def _port_bindings(ports: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    # On loopback alone: a port that the network can reach is asked for as <address>:<port>.
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        address, _, outer = port.rpartition(":")[0].rpartition(":")
        bindings.setdefault(_port(port), []).append(
            {"HostIp": address or "127.0.0.1", "HostPort": outer}
        )
    return bindings


def _port(port: str) -> str:
    return f"{port.rpartition(':')[2]}/tcp"


def _digest(value: Any) -> str:
    return digest_of(json.dumps(value, sort_keys=True), 32)
