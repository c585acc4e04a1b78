"""What the policy `read-only` shows: which objects exist, and their states.

Environments, command lines, labels and options of drivers hold secrets, of people whose containers
merely run on the same engine. So what is shown is a list; all else is left out of the answer.
"""

from collections.abc import Callable, Iterable

from helpers.engine.proxy.requests import Json

Shape = Callable[[Json], Json]

_CONTAINER = ("Id", "Created", "Name", "Image", "Platform", "RestartCount", "Driver")
_STATE = (
    *("Status", "Running", "Paused", "Restarting", "OOMKilled", "Dead"),
    *("ExitCode", "StartedAt", "FinishedAt"),
)
_LISTED = ("Id", "Names", "Image", "ImageID", "Created", "State", "Status", "Ports")
_IMAGE = (
    *("Id", "RepoTags", "RepoDigests", "Parent", "Created", "Architecture", "Variant", "Os"),
    *("Size", "SharedSize", "VirtualSize", "Containers", "ParentId", "RootFS"),
)
_STEP = ("Id", "Created", "Tags", "Size")
_NETWORK = (
    *("Id", "Name", "Created", "Scope", "Driver", "EnableIPv6", "Internal", "Attachable"),
    *("Ingress", "IPAM", "Containers"),
)
_VOLUME = ("Name", "Driver", "Mountpoint", "CreatedAt", "Scope")
_NOT_OF_INFO = ("HttpProxy", "HttpsProxy", "NoProxy", "Labels")


def container(found: Json) -> Json:
    """One container."""
    state = found.get("State") or {}
    shown = _only(_CONTAINER, found) | {"State": _only(_STATE, state)}
    if state.get("Health"):
        shown["State"]["Health"] = _only(("Status", "FailingStreak"), state["Health"])
    # There for clients that take them for granted.
    image = (found.get("Config") or {}).get("Image", "")
    return shown | {"Config": {"Image": image, "Env": [], "Cmd": [], "Labels": {}}}


def containers(found: Json) -> Json:
    """The list of containers."""
    return [_only(_LISTED, one) | {"Command": "", "Labels": {}} for one in found]


def image(found: Json) -> Json:
    """One image."""
    return _only(_IMAGE, found) | {"Config": {"Env": [], "Cmd": [], "Labels": {}}}


def images(found: Json) -> Json:
    """The list of images."""
    return [_only(_IMAGE, one) | {"Labels": {}} for one in found]


def history(found: Json) -> Json:
    """The steps of an image; what was run in them may name build arguments."""
    return [_only(_STEP, one) | {"CreatedBy": "", "Comment": ""} for one in found]


def network(found: Json) -> Json:
    """One network."""
    return _only(_NETWORK, found) | {"Options": {}, "Labels": {}}


def networks(found: Json) -> Json:
    """The list of networks."""
    return [network(one) for one in found]


def volume(found: Json) -> Json:
    """One volume; its options may name a login."""
    return _only(_VOLUME, found) | {"Options": {}, "Labels": {}}


def volumes(found: Json) -> Json:
    """The list of volumes."""
    return {"Volumes": [volume(one) for one in found.get("Volumes") or ()], "Warnings": None}


def info(found: Json) -> Json:
    """The engine; a proxy's address may have a login."""
    return {key: value for key, value in found.items() if key not in _NOT_OF_INFO}


def _only(names: Iterable[str], found: Json) -> dict[str, Json]:
    return {name: found[name] for name in names if name in found}
