"""The services of a stack: which dir's image each runs, and what it asks of the host."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.stack.stack_file import StackFile

# Labels that a person writes into a stack file.
DIR_LABEL = "helpers.dir"
ONCE_LABEL = "helpers.once"
_COMPLETED = "service_completed_successfully"


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the host that a service asks for.

    Attributes:
        address: of the host; empty: all of them.
        number: on the host; 0: any that is free.
        target: in the container.
        protocol: tcp or udp.
        where: the line that asks for it.
    """

    address: str
    number: int
    target: int
    protocol: str
    where: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service of a stack.

    Attributes:
        dir: the runnable dir whose image it runs; empty: none.
        built: it has a build of its own.
        once: it is ready when it has ended with 0.
        where: the line where it stands.
    """

    name: str
    dir: str
    built: bool
    once: bool
    ports: tuple[Port, ...]
    where: str


def plan_services(
    config: Any, file: StackFile, image_names: Mapping[str, str], dirs: Mapping[str, str]
) -> tuple[Service, ...]:
    """The services that a file describes.

    Args:
        config: what `docker compose config` says; nothing in it need be complete.
        image_names: by each name that a dir's image may have, without a tag, that dir.
        dirs: by each path that a label may name, the dir's name.

    Raises:
        HelpersError: a service leads to no dir and has no image, or asks for what another has.
    """
    services = config.get("services") or {}
    if not services:
        raise HelpersError(
            "the stack file has no services",
            where=file.path,
            fix="write one below services: an image, or labels: {helpers.dir: <dir>}",
        )
    wanted = _completed(services)
    found = tuple(
        Service(
            name=name,
            dir=_dir_of(name, given, file, image_names, dirs),
            built="build" in given,
            once=name in wanted or _label(given, ONCE_LABEL).lower() in ("true", "yes", "1"),
            ports=tuple(_ports(name, given, file)),
            where=file.at("services", name),
        )
        for name, given in services.items()
    )
    _check_ports(found)
    return found


def _completed(services: Mapping[str, Any]) -> set[str]:
    """The services on whose end others wait."""
    waits = [one for given in services.values() for one in (given.get("depends_on") or {}).items()]
    return {name for name, how in waits if (how or {}).get("condition") == _COMPLETED}


def _label(given: Any, name: str) -> str:
    return str((given.get("labels") or {}).get(name) or "")


def _dir_of(
    name: str,
    given: Any,
    file: StackFile,
    image_names: Mapping[str, str],
    dirs: Mapping[str, str],
) -> str:
    labelled = _label(given, DIR_LABEL)
    if labelled:
        dir = dirs.get(labelled.strip().rstrip("/").removeprefix("./") or ".")
        if dir is None:
            raise HelpersError(
                f"the service {name} names a dir that is none: {labelled!r}",
                where=file.at("services", name, "labels", DIR_LABEL),
                fix=_near(labelled, dirs),
            )
        return dir
    image = str(given.get("image") or "")
    if image:
        return image_names.get(without_tag(image), "")
    if given.get("build"):
        return ""
    raise HelpersError(
        f"the service {name} leads to no dir and has no image",
        where=file.at("services", name),
        fix=_near(name, dirs),
    )


def _near(text: str, dirs: Mapping[str, str]) -> str:
    """The label to write, with the dirs whose names are near."""
    if not dirs:
        return "i runnable_dir_create --dir apps/hello --template service"
    last = {path.rpartition("/")[2]: path for path in dirs}
    near = difflib.get_close_matches(text, dirs, n=3)
    near += [last[one] for one in difflib.get_close_matches(text.rpartition("/")[2], last, n=3)]
    named = list(dict.fromkeys(near)) or sorted(dirs)[:10]
    return "write " + " or ".join(f"labels: {{{DIR_LABEL}: {path}}}" for path in named)


def without_tag(image: str) -> str:
    """The name of an image without its tag and digest."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _ports(name: str, given: Any, file: StackFile) -> Iterator[Port]:
    for index, port in enumerate(given.get("ports") or ()):
        first, _, last = str(port.get("published") or "0").partition("-")
        # Of a range the engine takes one that is free.
        yield Port(
            str(port.get("host_ip") or ""),
            0 if last and last != first else int(first),
            int(port.get("target") or 0),
            str(port.get("protocol") or "tcp"),
            file.at("services", name, "ports", str(index)),
        )


def _check_ports(services: tuple[Service, ...]) -> None:
    """Make sure that no two services ask for the same port.

    Raises:
        HelpersError: two do.
    """
    taken: dict[tuple[str, int, str], str] = {}
    for service in services:
        for port in service.ports:
            key = (port.address, port.number, port.protocol)
            other = taken.setdefault(key, service.name) if port.number else service.name
            if other != service.name:
                raise HelpersError(
                    f"port {port.number} is asked for by {other} and by {service.name}",
                    where=port.where,
                    fix="give one of them another port",
                )
