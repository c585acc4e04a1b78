"""Decide what it takes to have an engine; nothing here does anything."""

from dataclasses import dataclass

from bootstrap.actions import (
    Action,
    AptInstall,
    AptUpdate,
    StartDaemon,
    StartService,
    WriteFile,
)
from bootstrap.client import Client
from bootstrap.endpoint import Endpoint
from bootstrap.errors import BootstrapError
from bootstrap.host import Distribution, Host
from bootstrap.probe import Engine, State

DAEMON_CONFIG = "/etc/docker/daemon.json"
STORE_CONFIG = '{\n  "features": {"containerd-snapshotter": true}\n}\n'
SOURCE_FILE = "/etc/apt/sources.list.d/helpers-trixie.sources"
PIN_FILE = "/etc/apt/preferences.d/helpers-trixie.pref"
PINNED = ("docker.io", "docker-cli", "docker-buildx", "docker-compose", "containerd")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MANUAL = "https://docs.docker.com/engine/install/"


@dataclass(frozen=True)
class AptFacts:
    """`mirror`: URI of the distribution's main archive; `fresh`: its lists are of today."""

    mirror: str
    fresh: bool
    has_daemon_config: bool


def packages_for(distribution: Distribution, client: Client) -> tuple[str, ...]:
    """The packages of what is missing."""
    ubuntu = distribution.name == "ubuntu"
    packages: list[str] = []
    if not client.dockerd:
        packages += ["docker.io", "containerd", "iptables", "ca-certificates"]
    if not client.docker and not (ubuntu and not client.dockerd):
        packages += ["docker.io" if ubuntu else "docker-cli"]
    packages += [] if client.buildx else ["docker-buildx"]
    packages += [] if client.compose else ["docker-compose-v2" if ubuntu else "docker-compose"]
    return tuple(packages)


def needs_newer_release(distribution: Distribution) -> bool:
    """Debian 12's own engine is too old: 20.10, without buildx and the multi-platform store."""
    return distribution.name == "debian" and distribution.version[:1] == (12,)


def pinned_source(mirror: str) -> tuple[WriteFile, WriteFile]:
    """Debian trixie as a source of the engine's packages alone; nothing else comes from it."""
    source = f"Types: deb\nURIs: {mirror}\nSuites: trixie\nComponents: main\nSigned-By: {KEYRING}\n"
    pins = (
        "Package: *\nPin: release n=trixie\nPin-Priority: 100\n\n"
        f"Package: {' '.join(PINNED)}\nPin: release n=trixie\nPin-Priority: 990\n"
    )
    # The pin first: never is there a moment in which all of trixie could be installed.
    return WriteFile(PIN_FILE, pins), WriteFile(SOURCE_FILE, source)


def lacking_packages(host: Host, client: Client, engine: Engine) -> tuple[str, ...]:
    """The packages that `plan_install` would install."""
    return packages_for(host.distribution, _needed(client, engine))


def plan_install(host: Host, client: Client, engine: Engine, apt: AptFacts) -> tuple[Action, ...]:
    """Plan how to install the missing parts of the engine and its client.

    Raises:
        BootstrapError: this is not a distribution whose packages we know.
    """
    packages = lacking_packages(host, client, engine)
    if not packages:
        return ()
    check_distribution(host.distribution)
    actions: list[Action] = []
    if needs_newer_release(host.distribution):
        actions += [*pinned_source(apt.mirror), AptUpdate()]
    elif not apt.fresh:
        actions += [AptUpdate()]
    if not _needed(client, engine).dockerd and not apt.has_daemon_config:
        # Before the package, which may start the engine: then with the right image store at once.
        actions += [WriteFile(DAEMON_CONFIG, STORE_CONFIG)]
    return (*actions, AptInstall(packages))


def plan_start(host: Host, engine: Engine, data_root: str) -> tuple[Action, ...]:
    """Plan how to start the engine; empty when one answers."""
    if engine.state is State.ANSWERS:
        return ()
    return (StartService(),) if host.runs_systemd else (StartDaemon(data_root),)


def check_distribution(distribution: Distribution) -> None:
    """Raises BootstrapError where we do not know how the engine is packaged."""
    known = {"debian": (12,), "ubuntu": (22, 4)}.get(distribution.name)
    if known is None or (distribution.version and distribution.version < known):
        raise BootstrapError(
            "there is no Docker Engine with buildx and compose, and it is installed automatically "
            "only on Debian 12 or newer and Ubuntu 22.04 or newer",
            where=distribution.title,
            fix=f"install Docker Engine 24 or newer ({MANUAL}) and start it",
        )


def check_endpoint(endpoint: Endpoint, engine: Engine) -> None:
    """Raises BootstrapError where the engine is there but not for us, or is another machine's."""
    if engine.state is State.DENIED:
        raise BootstrapError(
            "the Docker Engine is there, but this user may not use it",
            where=endpoint.host,
            fix="sudo usermod -aG docker $USER, then log out and in again (or: newgrp docker)",
        )
    if engine.state is State.SILENT and not endpoint.is_default:
        raise BootstrapError(
            "the Docker Engine that was chosen does not answer",
            where=f"{endpoint.host} (chosen by {endpoint.chosen_by})",
            fix="start it, or choose another: unset DOCKER_HOST, `docker context use default`",
        )


def _needed(client: Client, engine: Engine) -> Client:
    """What is here; where an engine answers only the client can lack parts."""
    if engine.state is State.SILENT:
        return client
    return Client(client.docker, client.buildx, client.compose, dockerd=True)
