"""Images and containers on the engine, as typed values."""

import fnmatch
import io
import json
import re
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from helpers.engine.client import Client, EngineError, Json
from helpers.model import labels as label_names
from helpers.model.dataclass import dataclass
from helpers.system.process import run

_FORBIDDEN = 403
_NO_SUCH = 404
_CONFLICT = 409
_LOOKUPS = 4
_SETTLING_SECONDS = 1.0
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Image:
    """An image: its id (a digest), tags and labels.

    Attributes:
        path: where it says that programs are looked for; empty in a list of images.
        python_path: the same of Python's modules.
        ports: that it says it serves, such as `8000/tcp`; none in a list of images.
        platform: such as `linux/amd64`; empty in a list of images.
    """

    id: str
    tags: tuple[str, ...]
    labels: Mapping[str, str]
    created: str
    size: int
    path: str = ""
    python_path: str = ""
    ports: tuple[str, ...] = ()
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A container."""

    id: str
    name: str
    image: str
    running: bool
    labels: Mapping[str, str]
    status: str = ""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that is put into a container before it starts."""

    path: str
    content: bytes
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class ContainerState:
    """How a container's first process stands, and when it started (RFC 3339)."""

    running: bool
    exit_status: int
    out_of_memory: bool
    started: str = ""


def find_image(client: Client, reference: str) -> Image | None:
    """The image of that name or id; None where the engine has none."""
    found = client.get(f"/images/{urllib.parse.quote(reference)}/json")
    return None if found is None else _inspected_image(found)


def unpacked_size(client: Client, image: str) -> int:
    """The bytes of an image's files."""
    return sum(layer["Size"] for layer in client.call("GET", f"/images/{image}/history"))


def list_names(client: Client, pattern: str) -> list[tuple[str, str]]:
    """The names of images that a pattern of the engine fits, each with the image's id.

    Args:
        pattern: of names without tags; `*` stands for anything but a slash.
    """
    found = _images(client, json.dumps({"reference": [pattern]}))
    return [
        (name, item["Id"])
        for item in found
        # One that has no other name is called by its digest.
        for name in item.get("RepoTags") or item.get("RepoDigests") or ()
        if fnmatch.fnmatchcase(re.split(r"@|:[^:/]*$", name)[0], pattern)
    ]


def load_image(archive: Path) -> None:
    """Bring an image from an archive to the engine, with the names that it has there.

    Raises:
        ProcessError: it is no archive of an image, or the disk is full.
    """
    run(["docker", "load", "--quiet", "--input", archive])


def tag_image(client: Client, image: str, reference: str) -> None:
    """Give an image a further name; whatever had that name loses it.

    Raises:
        EngineError: there is no such image.
    """
    name, _, tag = reference.rpartition(":")
    client.call("POST", f"/images/{image}/tag", query={"repo": name, "tag": tag})


def list_images(client: Client, labels: Mapping[str, str]) -> list[Image]:
    """The images that carry all of the labels."""
    return [
        Image(
            item["Id"],
            _tags(item),
            item.get("Labels") or {},
            str(item.get("Created", "")),
            item.get("Size", 0),
        )
        for item in _images(client, _filters(labels))
    ]


def _images(client: Client, filters: str) -> Json:
    """The engine's list of images, which it cannot finish when one of them is just removed."""
    for wait in (0.05, 0.1, 0.2, 0.4, 0.8):
        try:
            return client.call("GET", "/images/json", query={"filters": filters})
        except EngineError as error:
            if "not found" not in error.what:
                raise
        time.sleep(wait)
    return client.call("GET", "/images/json", query={"filters": filters})


def list_containers(client: Client, labels: Mapping[str, str]) -> list[Container]:
    """The containers that carry all of the labels, stopped ones too."""
    query = {"all": "1", "filters": _filters(labels)}
    return [
        Container(
            id=item["Id"],
            name=item["Names"][0].lstrip("/") if item["Names"] else item["Id"][:12],
            image=item["ImageID"],
            running=item["State"] == "running",
            labels=item.get("Labels") or {},
            status=item.get("Status", ""),
        )
        for item in client.call("GET", "/containers/json", query=query)
    ]


def find_container(client: Client, name: str) -> Container | None:
    """The container of that name or id; None where there is none."""
    found = client.get(f"/containers/{name}/json")
    if found is None:
        return None
    return Container(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        image=found["Image"],
        running=found["State"]["Running"],
        labels=found["Config"].get("Labels") or {},
        status=found["State"].get("Status", ""),
    )


def container_state(client: Client, name: str) -> ContainerState | None:
    """How a container stands; None where there is none."""
    found = client.get(f"/containers/{name}/json")
    if found is None:
        return None
    state = found["State"]
    return ContainerState(
        state["Running"], state["ExitCode"], state["OOMKilled"], state.get("StartedAt", "")
    )


def settled_state(client: Client, name: str, *, wait: bool = True) -> ContainerState | None:
    """How a container stands once the engine says that it ended, or why it killed a process.

    Args:
        wait: it says so a little later.
    """
    deadline = time.monotonic() + _SETTLING_SECONDS * wait
    while True:
        state = container_state(client, name)
        known = state is None or not state.running or state.out_of_memory
        if known or time.monotonic() >= deadline:
            return state
        time.sleep(0.05)


class ImageGoneError(EngineError):
    """A container's image is gone since it was looked up."""


def create_container(client: Client, name: str, body: Mapping[str, Any]) -> str | None:
    """Make a container as the Engine API's body says; its id, or None where the name is taken.

    Raises:
        ImageGoneError: the engine has no such image.
        EngineError: the engine refuses.
    """
    try:
        with _allowing(_CONFLICT):
            made = client.call("POST", "/containers/create", query={"name": name}, body=body)
            return str(made["Id"])
    except EngineError as error:
        if error.status == _NO_SUCH and "no such image" in error.what.lower():
            raise image_gone(str(body["Image"])) from error
        raise
    return None


def image_gone(image: str) -> ImageGoneError:
    """The error for an image that was looked up and is gone since."""
    return ImageGoneError(
        "the image is gone: another command removed it, or built one of its name",
        status=_NO_SUCH,
        where=image,
        fix="the same command again",
    )


def with_image(act: Callable[[], Result]) -> Result:
    """Look an image up and make a container of it, again while the image goes in between.

    An engine that keeps images with containerd drops one whose name another build takes.

    Raises:
        ImageGoneError: the image is gone each time.
    """
    for _ in range(_LOOKUPS - 1):
        try:
            return act()
        except ImageGoneError:
            continue
    return act()


def connect_container(client: Client, network: str, container: str) -> None:
    """Let a container join a further network."""
    client.call("POST", f"/networks/{network}/connect", body={"Container": container})


def start_container(client: Client, container: str) -> None:
    """Start it; does nothing to one that runs."""
    client.call("POST", f"/containers/{container}/start")


def rename_container(client: Client, container: str, name: str) -> bool:
    """Give it another name; False where the name is taken or the container gone."""
    with _allowing(_CONFLICT, _NO_SUCH):
        client.call("POST", f"/containers/{container}/rename", query={"name": name})
        return True
    return False


def kill_container(client: Client, container: str) -> None:
    """Kill it; one that does not run or exist is as good as killed."""
    with _allowing(_CONFLICT, _NO_SUCH):
        client.call("POST", f"/containers/{container}/kill")


def stop_container(client: Client, container: str) -> None:
    """Ask its program to end; one that has not after ten seconds is killed."""
    with _allowing(_NO_SUCH):
        client.call("POST", f"/containers/{container}/stop")


def remove_container(client: Client, container: str) -> None:
    """Remove it with its unnamed volumes, running or not; one that is gone is as good."""
    with _allowing(_CONFLICT, _NO_SUCH):
        client.call("DELETE", f"/containers/{container}", query={"force": "1", "v": "1"})
        return
    # It is gone, or the engine is at it already; when this returns, it is gone.
    with _allowing(_CONFLICT, _NO_SUCH):
        client.call("POST", f"/containers/{container}/wait", query={"condition": "removed"})


def read_file(client: Client, container: str, path: str) -> bytes | None:
    """A file of a container, which need not run; None where it has none."""
    archive = b""
    with _allowing(_NO_SUCH):
        archive = client.read("GET", f"/containers/{container}/archive", query={"path": path})
    if not archive:
        return None
    # Imported here: a kept container has its files.
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = tar.getmembers()
        file = tar.extractfile(members[0]) if members else None
        return file.read() if file else None


def write_files(client: Client, container: str, files: Iterable[TextFile]) -> None:
    """Put files, owned by root, into a container, which need not run."""
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in files:
            info = tarfile.TarInfo(file.path.lstrip("/"))
            info.size, info.mode = len(file.content), file.mode
            tar.addfile(info, io.BytesIO(file.content))
    path = f"/containers/{container}/archive"
    client.call("PUT", path, query={"path": "/"}, data=buffer.getvalue())


def list_networks(client: Client, labels: Mapping[str, str]) -> list[tuple[str, Mapping[str, str]]]:
    """The networks that carry all of the labels, as id and labels."""
    found = client.call("GET", "/networks", query={"filters": _filters(labels)})
    return [(item["Id"], item.get("Labels") or {}) for item in found]


def remove_image(client: Client, image: str) -> None:
    """Remove an image with its names; one that is gone or in use is left as it is."""
    with _allowing(_CONFLICT, _NO_SUCH):
        client.call("DELETE", f"/images/{image}", query={"force": "1"})


def untag_image(client: Client, name: str, image: str) -> None:
    """Take a name from an image, and remove one that has no other; one that is gone is as good.

    Args:
        image: its id.

    Raises:
        EngineError: a container uses it (409), or the engine does not answer.
    """
    try:
        done = _delete_image(client, name)
    except EngineError as error:
        if error.status != _CONFLICT:
            raise
        users = [one for one in list_containers(client, {}) if one.image == image]
        if not users:
            raise
        raise _in_use(name, users) from error
    left = None if any("Deleted" in one for one in done) else find_image(client, image)
    if left and not left.tags:
        # It was pulled by its digest, and is called by it.
        _delete_image(client, left.id)


def _in_use(name: str, users: Sequence[Container]) -> EngineError:
    is_stack = all(label_names.STACK in one.labels for one in users)
    names = " ".join(one.name for one in users)
    return EngineError(
        f"the image {name} is in use",
        status=_CONFLICT,
        where=f"by the containers of a stack: {names}" if is_stack else f"by containers: {names}",
        fix="i stack_down" if is_stack else f"docker rm --force {names}",
    )


def _delete_image(client: Client, name: str) -> Json:
    """What the engine did: it took names away, and deleted what had no other."""
    try:
        return client.call("DELETE", f"/images/{urllib.parse.quote(name)}")
    except EngineError as error:
        if error.status != _NO_SUCH:
            raise
        return []


def create_network(client: Client, name: str, labels: Mapping[str, str]) -> None:
    """Make a network on which containers reach each other by their names."""
    client.call("POST", "/networks/create", body={"Name": name, "Labels": dict(labels)})


def find_gateway(client: Client, network: str) -> str:
    """The host's address on a network.

    Raises:
        EngineError: there is no such network.
    """
    found = client.call("GET", f"/networks/{network}")
    return str(next(item["Gateway"] for item in found["IPAM"]["Config"] if item.get("Gateway")))


def remove_network(client: Client, network: str) -> None:
    """Remove a network; one that is gone or in use is left as it is."""
    with _allowing(_CONFLICT, _NO_SUCH, _FORBIDDEN):
        client.call("DELETE", f"/networks/{network}")


def list_volumes(client: Client, labels: Mapping[str, str]) -> list[tuple[str, Mapping[str, str]]]:
    """The volumes that carry all of the labels, as name and labels."""
    found = client.call("GET", "/volumes", query={"filters": _filters(labels)})
    return [(item["Name"], item.get("Labels") or {}) for item in found.get("Volumes") or ()]


def remove_volume(client: Client, volume: str) -> None:
    """Remove a volume; one that is gone or in use is left as it is."""
    with _allowing(_CONFLICT, _NO_SUCH):
        client.call("DELETE", f"/volumes/{volume}")


@contextmanager
def _allowing(*statuses: int) -> Iterator[None]:
    """Go on after the context where the engine refuses with one of these."""
    try:
        yield
    except EngineError as error:
        if error.status not in statuses:
            raise


def _tags(found: Any) -> tuple[str, ...]:
    """The names that people gave; an image that was pulled by its digest has that as one more."""
    names = found.get("RepoTags") or ()
    return tuple(name for name in names if "@" not in name and not name.startswith("<none>"))


def _inspected_image(found: Any) -> Image:
    config = found.get("Config") or {}
    variables = config.get("Env") or ()
    return Image(
        found["Id"],
        _tags(found),
        config.get("Labels") or {},
        found.get("Created", ""),
        found.get("Size", 0),
        path=_variable("PATH", variables),
        python_path=_variable("PYTHONPATH", variables),
        ports=tuple(sorted(config.get("ExposedPorts") or ())),
        platform=f"{found.get('Os')}/{found.get('Architecture')}",
    )


def _variable(name: str, settings: Iterable[str]) -> str:
    return next((item.partition("=")[2] for item in settings if item.startswith(f"{name}=")), "")


def _filters(labels: Mapping[str, str]) -> str:
    wanted = [f"{key}={value}" if value else key for key, value in labels.items()]
    return json.dumps({"label": wanted})
