"""What is laid over a stack's file: images, labels, and names that no other checkout has."""

import json
from collections.abc import Mapping
from typing import Any

from helpers.engine.service_sources import build_contexts, image_tags
from helpers.model.dataclass import dataclass
from helpers.model.documents.json_text import json_as_yaml
from helpers.model.labels import DIR
from helpers.model.stack.services import Service

# Stands for Compose's word that takes a key away, until the text is written.
_NOTHING = "\0nothing"


@dataclass(frozen=True, slots=True)
class Made:
    """What a dir's service is made from.

    Attributes:
        image: the image's id: a name may be another checkout's by now.
        settings: further keys of the service.
    """

    image: str
    settings: Mapping[str, Any]


def overlay(
    config: Any,
    services: tuple[Service, ...],
    made: Mapping[str, Made],
    labels: Mapping[str, str],
    variables: Mapping[str, str],
) -> str:
    """The text of the file.

    Args:
        config: what Compose says of the person's file.
        made: by dir.
        labels: of every container and network.
        variables: what builds of services may be made from.
    """
    project = config["name"]
    tags = image_tags(config, build_contexts(config), variables)
    over: dict[str, Any] = {"services": {}, "networks": {}, "volumes": {}}
    for service in services:
        given = config["services"][service.name]
        own: dict[str, Any] = {"labels": dict(labels) | ({DIR: service.dir} if service.dir else {})}
        own |= _named(given)
        if service.dir:
            own |= _of_dir(given, made[service.dir])
        elif service.built:
            # A name that changes with what the image is made of: it is never an old one.
            tag = tags.get(service.name) or project
            own["build"] = {"labels": dict(labels)}
            own["image"] = f"helpers-service-{service.name}:{tag}".lower()
            # No registry has it: what has its name there is a stranger's.
            own["pull_policy"] = "never" if tags.get(service.name) else "build"
        over["services"][service.name] = own
    for group in ("networks", "volumes"):
        for key, item in (config.get(group) or {}).items():
            if (item or {}).get("external"):
                continue
            name = str((item or {}).get("name") or key)
            found: dict[str, Any] = {"labels": dict(labels)} if group == "networks" else {}
            if not name.startswith(f"{project}_"):
                found["name"] = f"{project}_{name}"
            if found:
                over[group][key] = found
    text = json_as_yaml({key: value for key, value in over.items() if value}, indent=1)
    # A dollar would begin a variable.
    return text.replace("$", "$$").replace(json.dumps(_NOTHING), "!reset null") + "\n"


def _of_dir(given: Any, made: Made) -> dict[str, Any]:
    found: dict[str, Any] = {"image": made.image, "pull_policy": "never"}
    if "build" in given:
        found["build"] = _NOTHING
    for key, value in made.settings.items():
        if isinstance(value, dict) and key != "healthcheck":
            # What the person's file says of a variable counts.
            found[key] = {k: v for k, v in value.items() if k not in (given.get(key) or {})}
        elif not given.get(key) or (isinstance(value, list) and key in ("volumes", "tmpfs")):
            found[key] = value
    return found


def _named(given: Any) -> dict[str, Any]:
    """One engine has a container's name once; as an alias the service is reached by it still."""
    name = given.get("container_name")
    if not name:
        return {}
    networks = given.get("networks") or {}
    return {
        "container_name": _NOTHING,
        "networks": {key: {"aliases": [name]} for key in networks},
    }
