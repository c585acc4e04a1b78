"""Docker Compose: the services of a dir, with our labels on all that it makes.

What a file means is decided by the file, the `.env` beside it and the variables that it is given,
never by where the user stands or by what else is in the user's environment.
"""

import copy
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.engine.client import Client
from helpers.engine.compose_files import PROJECT, READ_SECONDS, SERVICE, read_config
from helpers.engine.containers import Container, list_containers
from helpers.engine.endpoint import Endpoint
from helpers.engine.service_files import close_networks, prepare
from helpers.engine.service_sources import build_contexts, digest_of_sources, image_tags
from helpers.model.dataclass import dataclass
from helpers.model.documents.json_text import json_as_yaml
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError, ProcessResult, printable, run_ending

_WAIT_SECONDS = 120.0
_STEP_SECONDS = 0.2
_UP_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Project:
    """A set of services that run together.

    Attributes:
        name: Compose's project name; networks and containers are named after it.
        file: the `compose.yaml`.
        labels: put on every container, network and volume.
        variables: what the file may use.
        cleared: variables of the user's that Compose must not see.
        for_run: they are a test run's own: nothing of them may collide with those of another.
        closed: nothing on their networks reaches anything else.
        read: what the file says, where another machine has read it; None: it is read here.
    """

    name: str
    file: Path
    labels: Mapping[str, str]
    variables: Mapping[str, str]
    cleared: tuple[str, ...]
    for_run: bool
    closed: bool = False
    read: Any = None

    @property
    def env_file(self) -> str:
        """The `.env` beside the services file, whose variables count too."""
        beside = self.file.with_name(".env")
        return str(beside) if beside.is_file() else "/dev/null"

    @property
    def said(self) -> dict[str, str]:
        """The variables and the `.env`: a secret names only its variable, so its value is here."""
        return {**self.variables, ".env": Path(self.env_file).read_text(errors="surrogateescape")}


@dataclass(frozen=True, slots=True)
class Described:
    """What services are made from.

    Attributes:
        content: all that they are made from, files included; empty where that is not known.
        images: what they run.
        folders: paths of the host that they see.
        config: what `docker compose config` says, with our labels and names.
    """

    content: str
    images: tuple[str, ...]
    folders: tuple[str, ...]
    config: Any = None


def describe_services(endpoint: Endpoint, project: Project) -> Described:
    """Read a services file as Compose understands it.

    Raises:
        HelpersError: the file is malformed, or takes too long to read.
    """
    config = _config(endpoint, project)
    services = config["services"].values()
    mounts = [volume for service in services for volume in service.get("volumes") or ()]
    return Described(
        content=digest_of_sources(config, project.name, project.labels, project.said),
        images=tuple(sorted({service["image"] for service in services})),
        folders=tuple(v["source"] for v in mounts if v.get("type") == "bind"),
        config=config,
    )


def build_services(endpoint: Endpoint, project: Project) -> None:
    """Build the images of services that have a build, before they are started.

    Raises:
        HelpersError: the file is malformed.
        ProcessError: an image cannot be built.
    """
    config = _config(endpoint, project)
    if any("build" in service for service in config["services"].values()):
        command = [*_compose(endpoint, project), "--file", "-", "build", "--quiet"]
        _run(command, project, stdin=json_as_yaml(config), timeout=_UP_SECONDS)


def start_services(endpoint: Endpoint, project: Project) -> tuple[str, ...]:
    """Start the services and wait until all are ready; what runs already is left alone.

    Ready is what is healthy, what runs and has no health check, and what ended with 0.

    Returns:
        The networks on which they are reached by their names.

    Raises:
        HelpersError: the file is malformed, an image cannot be built, a service is not healthy.
    """
    config = _config(endpoint, project)
    command = [*_compose(endpoint, project), "--file", "-", "up", "--detach", "--quiet-pull"]
    try:
        _run(command, project, stdin=json_as_yaml(config), timeout=_UP_SECONDS)
        _wait(endpoint, project)
    except ProcessError as error:
        raise _not_ready(endpoint, project, error.last_lines[-8:]) from error
    except _NotReadyError as error:
        raise _not_ready(endpoint, project, [str(error)]) from error
    return _joined(config)


def stop_services(endpoint: Endpoint, project: Project) -> None:
    """Stop and remove the services with their network and volumes; none is as good."""
    down = ["down", "--volumes", "--timeout", "1", "--remove-orphans"]
    _run([*_compose(endpoint, project), *down], project, check=False, timeout=_UP_SECONDS)


class _NotReadyError(Exception):
    """A service that will not become ready, in words."""


def _wait(endpoint: Endpoint, project: Project) -> None:
    client, deadline = Client(endpoint), time.monotonic() + _WAIT_SECONDS
    while True:
        containers = list_containers(client, {PROJECT: project.name})
        waiting = [container for container in containers if not _is_ready(client, container)]
        if not waiting:
            return
        if time.monotonic() > deadline:
            names = ", ".join(sorted(c.labels.get(SERVICE, c.name) for c in waiting))
            raise _NotReadyError(f"not healthy after {_WAIT_SECONDS:g} s: {names}")
        time.sleep(_STEP_SECONDS)


def _is_ready(client: Client, container: Container) -> bool:
    found = client.get(f"/containers/{container.id}/json")
    if found is None:
        return True  # one that removes itself when it is done
    state, name = found["State"], container.labels.get(SERVICE, container.name)
    health = (state.get("Health") or {}).get("Status", "")
    if state["Status"] == "exited":
        if state["ExitCode"]:
            raise _NotReadyError(f"the service {name} ended with status {state['ExitCode']}")
        return True
    if health == "unhealthy":
        raise _NotReadyError(f"the service {name} is unhealthy")
    return state["Status"] == "running" and health in ("", "none", "healthy")


def _not_ready(endpoint: Endpoint, project: Project, lines: Sequence[str]) -> HelpersError:
    shown = [*_compose(endpoint, project), "logs", "--no-color", "--tail", "8"]
    logs = _run(shown, project, check=False, timeout=READ_SECONDS).stdout.splitlines()
    stop_services(endpoint, project)
    return HelpersError(
        "the services did not become healthy",
        where="\n".join([str(project.file), *lines, *logs]),
        fix=_by_hand(project, "up"),
    )


def _by_hand(project: Project, *words: str) -> str:
    """The command that shows the same to a person, in whatever environment."""
    deciding = (name for name in project.cleared if name.startswith(("COMPOSE_", "DOCKER_")))
    unset = [word for name in deciding for word in ("-u", name)]
    variables = [f"{name}={value}" for name, value in project.variables.items()]
    files = ["--env-file", project.env_file, "--file", str(project.file)]
    return printable(["env", *unset, *variables, "docker", "compose", *files, *words])


def _joined(config: Any) -> tuple[str, ...]:
    """The networks that services are on; one with a way out first, for who joins them all."""
    used = {key for service in config["services"].values() for key in service.get("networks") or ()}
    networks = config["networks"]

    def order(key: str) -> tuple[bool, bool, str]:
        return bool(networks[key].get("internal")), key != "default", key

    return tuple(networks[key]["name"] for key in sorted(used, key=order))


def _compose(endpoint: Endpoint, project: Project) -> list[str]:
    command = ["docker", "--host", endpoint.url, "compose", "--project-name", project.name]
    folder = str(project.file.parent)
    return [*command, "--env-file", project.env_file, "--project-directory", folder]


def _config(endpoint: Endpoint, project: Project) -> Any:
    """What the file says, with our labels and with names that no other set of services has.

    Raises:
        HelpersError: the file is malformed, or takes too long to read.
    """
    config = copy.deepcopy(project.read) or _read(endpoint, project)
    contexts = build_contexts(config)
    tags = image_tags(config, contexts, project.said)
    prepare(config, project.name, project.labels, tags, for_run=project.for_run)
    if project.closed:
        close_networks(config, project.file)
    return config


def _read(endpoint: Endpoint, project: Project) -> Any:
    command = [*_compose(endpoint, project), "--file", str(project.file), "config"]
    config, _ = read_config(
        lambda: _run([*command, "--format", "json"], project, timeout=READ_SECONDS),
        "the services file",
        str(project.file),
        _by_hand(project, "config"),
    )
    if not config.get("services"):
        raise HelpersError(
            "the services file has no services",
            where=str(project.file),
            fix=f"rm {printable([str(project.file)])}, or write one",
        )
    return config


def _run(
    command: Sequence[str],
    project: Project,
    *,
    timeout: float,
    stdin: str = "",
    check: bool = True,
) -> ProcessResult:
    done = run_ending(
        # Docker starts Compose as a process of its own, which a signal to Docker does not end.
        "with us",
        ["env", *(word for name in project.cleared for word in ("-u", name)), *command],
        env=project.variables,
        # Not where the user stands: what is there is not the dir's.
        cwd=project.file.parent,
        stdin=stdin,
        timeout=timeout,
    )
    return done.checked() if check else done
