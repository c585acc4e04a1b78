"""Docker Compose: the services of a dir, with our labels on all that it makes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.engine.endpoint import Endpoint
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError, run

_WAIT_SECONDS = 120
_BUILD_TIMEOUT = 1800.0


@dataclass(frozen=True, slots=True)
class Project:
    """A set of services that run together.

    Attributes:
        name: Compose's project name; networks and containers are named after it.
        file: the `compose.yaml`.
        labels: put on every container, network and volume.
        image_tag: tag of the images that the file builds; changes when what they are made of does.
        environment: variables that the file may use.
    """

    name: str
    file: Path
    labels: Mapping[str, str]
    image_tag: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Described:
    """What services are made from.

    Attributes:
        content: all that their file says, with variables filled in.
        images: what they run.
        folders: paths of the host that they see.
    """

    content: str
    images: tuple[str, ...]
    folders: tuple[str, ...]


def describe_services(endpoint: Endpoint, project: Project) -> Described:
    """Read a services file as Compose understands it.

    Raises:
        HelpersError: the file is malformed.
    """
    config = _labelled(_read_config(endpoint, project), project)
    services = config["services"].values()
    mounts = [volume for service in services for volume in service.get("volumes") or ()]
    # Names and labels are the run's, and say nothing of what runs.
    said = [
        {key: value for key, value in service.items() if key != "labels"} for service in services
    ]
    return Described(
        content=json.dumps(said, sort_keys=True).replace(project.name, ""),
        images=tuple(sorted({service["image"] for service in services})),
        folders=tuple(v["source"] for v in mounts if v.get("type") == "bind"),
    )


def start_services(endpoint: Endpoint, project: Project) -> str:
    """Start the services and wait until they are healthy; what runs already is left alone.

    Returns:
        The name of the network on which they are reached by their names.

    Raises:
        HelpersError: the file is malformed, an image cannot be built, a service is not healthy.
    """
    config = _labelled(_read_config(endpoint, project), project)
    up = ["up", "--detach", "--wait", "--wait-timeout", str(_WAIT_SECONDS)]
    try:
        run(
            [*_compose(endpoint, project), "--file", "-", *up, "--quiet-pull"],
            stdin=json.dumps(config),
            env=project.environment,
            timeout=_BUILD_TIMEOUT,
        )
    except ProcessError as error:
        logs = _last_logs(endpoint, project)
        stop_services(endpoint, project)
        raise HelpersError(
            "the services did not become healthy",
            where="\n".join([str(project.file), *error.last_lines[-8:], *logs]),
            mend=f"docker compose --file '{project.file}' up",
        ) from error
    return str(config["networks"]["default"]["name"])


def stop_services(endpoint: Endpoint, project: Project) -> None:
    """Stop and remove the services with their network and volumes; none is as good."""
    down = ["down", "--volumes", "--timeout", "1", "--remove-orphans"]
    run([*_compose(endpoint, project), *down], check=False)


def _compose(endpoint: Endpoint, project: Project) -> list[str]:
    return ["docker", "--host", endpoint.url, "compose", "--project-name", project.name]


def _read_config(endpoint: Endpoint, project: Project) -> Any:
    command = [*_compose(endpoint, project), "--file", str(project.file)]
    try:
        shown = run([*command, "config", "--format", "json"], env=project.environment)
    except ProcessError as error:
        raise HelpersError(
            "the services file cannot be read",
            where="\n".join([str(project.file), *error.last_lines[-4:]]),
            mend=f"docker compose --file '{project.file}' config",
        ) from error
    return json.loads(shown.stdout)


def _labelled(config: Any, project: Project) -> Any:
    """The configuration with our labels, and stable names for the images that it builds."""
    for name, service in config["services"].items():
        service["labels"] = {**(service.get("labels") or {}), **project.labels}
        if service.get("build") and not service.get("image"):
            service["image"] = f"helpers-service-{name}:{project.image_tag}"
            service["build"]["labels"] = {**(service["build"].get("labels") or {})} | {
                key: value for key, value in project.labels.items() if "run" not in key
            }
    networks = config.setdefault("networks", {})
    networks.setdefault("default", {"name": f"{project.name}_default"})
    for group in ("networks", "volumes"):
        for item in (config.get(group) or {}).values():
            if not item.get("external"):
                item["labels"] = {**(item.get("labels") or {}), **project.labels}
    return config


def _last_logs(endpoint: Endpoint, project: Project) -> list[str]:
    shown = run([*_compose(endpoint, project), "logs", "--no-color", "--tail", "8"], check=False)
    return shown.stdout.splitlines()
