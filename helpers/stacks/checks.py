"""What would keep a stack from starting, found before anything is built or started."""

from collections.abc import Iterable, Sequence
from typing import Any

from helpers.engine.client import Client
from helpers.engine.compose_files import PROJECT, SERVICE
from helpers.engine.containers import list_containers
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.stack.services import Port, Service
from helpers.stacks.images import StackStage
from helpers.stacks.stack import Stack
from helpers.system.host import Host
from helpers.system.ports import holder_of, is_taken


def check_stage(client: Client, stack: Stack, stage: StackStage) -> None:
    """Make sure that the stack does not run with images of another stage.

    Raises:
        HelpersError: it does.
    """
    other = next(one for one in StackStage if one is not stage)
    found = sorted(
        item.labels.get(SERVICE, item.name)
        for item in list_containers(client, {PROJECT: stack.project})
        if item.running and item.labels.get(labels.DIR) and labels.STACK in item.labels
        if item.labels.get(labels.STAGE) == other.image.value
    )
    if found:
        raise HelpersError(
            f"the stack runs with --stage {other}: {', '.join(found)}",
            where=stack.file,
            fix=f"i stack_down{stack.option()}\nor replace what runs:"
            f" i stack_up{stack.option()} --stage {stage} --rebuild outdated",
        )


def check_ports(client: Client, stack: Stack, services: Sequence[Service], host: Host) -> None:
    """Make sure that nobody else has a port that the services ask for.

    Raises:
        HelpersError: somebody has; says who.
    """
    wanted = [port for service in services for port in service.ports if port.number]
    if not wanted:
        return
    running = client.call("GET", "/containers/json")
    mine = [one for one in running if _label(one, PROJECT) == stack.project]
    for port in wanted:
        if any(_has(one, port) for one in mine):
            continue
        for one in running:
            if one not in mine and _has(one, port):
                raise _taken(port, *_container(one))
        # From within a container the machine's ports are not seen.
        local = bool(client.endpoint.socket) and not host.in_container
        if local and is_taken(port.address, port.number, port.protocol):
            raise _taken(port, *_process(port))


def port_holder(client: Client, stack: Stack, services: Iterable[Service]) -> str:
    """By whom a port is taken that the engine could not give; empty where that is not seen."""
    running = client.call("GET", "/containers/json")
    for port in (port for service in services for port in service.ports if port.number):
        for one in running:
            if _label(one, PROJECT) != stack.project and _has(one, port):
                return f"port {port.number} ({port.where}) is taken by {_container(one)[0]}"
        found = holder_of(port.number, port.protocol)
        if found:
            return f"port {port.number} ({port.where}) is taken by {_process(port)[0]}"
    return ""


def _taken(port: Port, holder: str, fix: str) -> HelpersError:
    return HelpersError(
        f"port {port.number} is taken by {holder}",
        where=port.where,
        fix=f"{fix}\nor give the service another port",
    )


def _container(one: Any) -> tuple[str, str]:
    """Who a container is, in words, and the command that ends it."""
    name = (one.get("Names") or [one["Id"][:12]])[0].lstrip("/")
    file, root = _label(one, labels.STACK), _label(one, labels.REPO_ROOT)
    if file:
        # Imported here: only messages need it.
        import shlex

        down = f"cd {shlex.quote(root)} && i stack_down --file {shlex.quote(file)}"
        return f"the container {name}, of the stack {file} of {root}", down
    return f"the container {name}", f"docker stop {name}"


def _process(port: Port) -> tuple[str, str]:
    found = holder_of(port.number, port.protocol)
    if found is None:
        look = f"sudo ss -lptun 'sport = :{port.number}'"
        return "a process of another user", f"{look}   (shows which; end it)"
    number, name = found
    return f"the process {number} ({name})", f"kill {number}"


def _label(one: Any, name: str) -> str:
    return str((one.get("Labels") or {}).get(name) or "")


def _has(one: Any, port: Port) -> bool:
    return any(
        item.get("PublicPort") == port.number
        and item.get("Type") == port.protocol
        and (not port.address or item.get("IP") in (port.address, "0.0.0.0", "::"))  # noqa: S104
        for item in one.get("Ports") or ()
    )
