"""Add labels, and names of its own, to a services file before it is started."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.model.errors import HelpersError

_OWN_NETWORK = "default"


def prepare(
    config: Any,
    project: str,
    labels: Mapping[str, str],
    tags: Mapping[str, str],
    *,
    for_run: bool,
) -> None:
    """Put labels on all that is made, and give it names that no other project has.

    Args:
        config: what `docker compose config` says; it is changed.
        tags: the image of each service that is built; empty: it cannot be known, so it is built
            each time.
        for_run: no port of the host is taken, since another run may want it at the same time.
    """
    for name, service in config["services"].items():
        service["labels"] = {**(service.get("labels") or {}), **labels}
        if name in tags:
            _name_image(project, name, service, labels, tags[name])
        _drop_container_name(service)
        if for_run:
            service.pop("ports", None)
    for group in ("networks", "volumes"):
        # An empty value means no settings.
        config[group] = {key: item or {} for key, item in (config.get(group) or {}).items()}
        for key, item in config[group].items():
            if item.get("external"):
                continue
            item["labels"] = {**(item.get("labels") or {}), **labels}
            if not str(item.get("name", "")).startswith(f"{project}_"):
                item["name"] = f"{project}_{item.get('name') or key}"
    networks = config.setdefault("networks", {})
    networks.setdefault(_OWN_NETWORK, {"name": f"{project}_{_OWN_NETWORK}", "labels": dict(labels)})


def close_networks(config: Any, file: Path) -> None:
    """Leave no network of the services a way out.

    Args:
        config: what was prepared; it is changed.

    Raises:
        HelpersError: services are on a network that is not theirs to close.
    """
    for key, item in config["networks"].items():
        if item.get("external"):
            raise HelpersError(
                f"--offline cannot close the network {key!r}: it is external, not these services'",
                where=str(file),
                fix="leave --offline out, or give the services a network of their own",
            )
        item["internal"] = True
    for name, service in config["services"].items():
        if service.get("network_mode") not in (None, "none"):
            raise HelpersError(
                f"--offline cannot close the network of the service {name!r}:"
                f" it has network_mode: {service['network_mode']}",
                where=str(file),
                fix="leave --offline out, or give the services a network of their own",
            )


def why_here(config: Any) -> str:
    """Why what was prepared can run on this machine's engine alone; empty: on any."""
    services = config["services"].values()
    mounts = [volume for service in services for volume in service.get("volumes") or ()]
    given = [item or {} for group in ("secrets", "configs") for item in _all_of(config, group)]
    if any(v.get("type") == "bind" for v in mounts) or any(item.get("file") for item in given):
        return "its services see files of this machine"
    shared = [*given, *_all_of(config, "networks"), *_all_of(config, "volumes")]
    if any(item.get("external") for item in shared):
        return "its services use what is on this engine"
    if any(service.get("pull_policy") == "build" for service in services):
        return "its services are built for each run"
    return ""


def for_another_engine(config: Any, project: str) -> Any:
    """What was prepared, without the names of a project and without sources of images."""
    found = copy.deepcopy(config)
    for service in found["services"].values():
        service.pop("build", None)
    for item in (*_all_of(found, "networks"), *_all_of(found, "volumes")):
        item["name"] = item["name"].removeprefix(f"{project}_")
    return found


def _all_of(config: Any, group: str) -> list[Any]:
    return list((config.get(group) or {}).values())


def _name_image(project: str, name: str, service: Any, labels: Mapping[str, str], tag: str) -> None:
    """A name that changes with what the image is made of: an image of that name is never stale."""
    service["image"] = f"helpers-service-{name}:{tag or project}".lower()
    if not tag:
        service["pull_policy"] = "build"
    service["build"]["labels"] = {**(service["build"].get("labels") or {})} | {
        key: value for key, value in labels.items() if "run" not in key
    }


def _drop_container_name(service: Any) -> None:
    """One engine has a container's name once; as an alias the service is reached by it still."""
    name = service.pop("container_name", "")
    networks = service.get("networks")
    if name and isinstance(networks, dict):
        for key, settings in networks.items():
            found = settings or {}
            networks[key] = {**found, "aliases": [*(found.get("aliases") or ()), name]}
