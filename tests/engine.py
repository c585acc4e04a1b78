"""What the engine has, asked through the Docker SDK: a witness that shares no code with ours.

The SDK is imported when a test first asks, so that unit tests need neither it nor an engine. Lists
come from one request each: the SDK's own lists inspect every object, and other tests remove theirs
meanwhile.
"""

import functools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ANY: Mapping[str, str] = {}


@dataclass(frozen=True)
class Found:
    """A container, image, network or volume.

    Attributes:
        id: a volume has its name alone.
        names: an image's are its tags.
    """

    id: str
    names: tuple[str, ...]
    labels: Mapping[str, str]
    running: bool = False

    @property
    def name(self) -> str:
        """The only name, or the first."""
        return self.names[0]


@functools.cache
def sdk() -> Any:
    """The SDK's client of the engine that `DOCKER_HOST` names, or of the default socket."""
    import docker

    return docker.from_env()


def containers(labels: Mapping[str, str] = _ANY) -> list[Found]:
    """The containers that carry all of the labels, stopped ones too."""
    return [
        Found(
            item["Id"],
            tuple(name.lstrip("/") for name in item["Names"] or [item["Id"][:12]]),
            item["Labels"] or {},
            item["State"] == "running",
        )
        for item in sdk().api.containers(all=True, filters=_filters(labels))
    ]


def images(labels: Mapping[str, str]) -> list[Found]:
    """The images that carry all of the labels, with their tags."""
    from docker.errors import APIError

    for attempt in range(6):
        try:
            found = sdk().api.images(filters=_filters(labels))
            break
        except APIError:  # the engine's list fails while another test removes an image
            if attempt == 5:
                raise
            time.sleep(0.2)
    return [Found(item["Id"], _tags(item), item["Labels"] or {}) for item in found]


def networks(labels: Mapping[str, str] = _ANY) -> list[Found]:
    """The networks that carry all of the labels."""
    found = sdk().api.networks(filters=_filters(labels))
    return [Found(item["Id"], (item["Name"],), item["Labels"] or {}) for item in found]


def volumes(labels: Mapping[str, str] = _ANY) -> list[Found]:
    """The volumes that carry all of the labels."""
    found = sdk().api.volumes(filters=_filters(labels))["Volumes"] or ()
    return [Found(item["Name"], (item["Name"],), item["Labels"] or {}) for item in found]


def container(name: str) -> Any:
    """All that the engine says of a container; None where there is none."""
    return _inspected(sdk().api.inspect_container, name)


def image(reference: str) -> Any:
    """All that the engine says of an image; None where it has none."""
    return _inspected(sdk().api.inspect_image, reference)


def volume(name: str) -> Any:
    """All that the engine says of a volume; None where there is none."""
    return _inspected(sdk().api.inspect_volume, name)


def remove_images(labels: Mapping[str, str]) -> None:
    """Remove the images that carry all of the labels; one that is gone or in use is left."""
    for found in images(labels):
        remove_image(found.id)


def remove_image(name: str) -> None:
    """Remove an image with all of its names, unless it is gone or in use."""
    _remove(sdk().api.remove_image, name)


def remove_container(name: str) -> None:
    """Stop and remove a container, unless it is gone or going."""
    _remove(sdk().api.remove_container, name)


def _remove(remove: Any, name: str) -> None:
    from docker.errors import APIError

    try:
        remove(name, force=True)
    except APIError as error:
        if error.status_code not in (404, 409):
            raise


def _inspected(inspect: Any, name: str) -> Any:
    from docker.errors import NotFound

    try:
        return inspect(name)
    except NotFound:
        return None


def _tags(item: Any) -> tuple[str, ...]:
    """The names that people gave, without digests and without the word for none."""
    names = item["RepoTags"] or ()
    return tuple(name for name in names if "@" not in name and not name.startswith("<none>"))


def _filters(labels: Mapping[str, str]) -> dict[str, list[str]]:
    return {"label": [f"{key}={value}" if value else key for key, value in labels.items()]}
