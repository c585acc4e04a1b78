"""Carry out a plan: make the container, or take the kept one when it is what was planned."""

import time

from helpers.containers.installing import install_late, installed_files
from helpers.containers.plan import ContainerPlan
from helpers.engine.client import Client
from helpers.engine.containers import (
    Container,
    TextFile,
    connect_container,
    create_container,
    find_container,
    read_file,
    remove_container,
    rename_container,
    start_container,
    write_files,
)
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import dir_option
from helpers.model.scratch import HOME
from helpers.system.host import User

_WAIT_SECONDS = 15.0
_STEP_SECONDS = 0.05


def open_kept(client: Client, plan: ContainerPlan) -> str:
    """Make or renew the kept container of that name unless it is as planned; return its id.

    Raises:
        EngineError: the engine refuses.
        HelpersError: the container does not start.
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        found = find_container(client, plan.name)
        if found is None:
            made = make_container(client, plan, plan.name)
            if made:
                return made
        elif found.labels.get(labels.KEY) != plan.key:
            _retire(client, found)
        elif found.running:
            return found.id
        elif found.status != "created":
            remove_container(client, found.id)
        # Another command is starting it, or the engine is still removing it.
        time.sleep(_STEP_SECONDS)
    raise HelpersError(
        "the kept container did not start",
        where=plan.name,
        fix=f"i docker_kill {dir_option(plan.env['HELPERS_DIR'])}, then again",
    )


def make_container(client: Client, plan: ContainerPlan, name: str) -> str | None:
    """Make and start the container; return its id, or None if the name is taken.

    Raises:
        EngineError: the engine refuses.
    """
    made = create_container(client, name, plan.body)
    if made is None:
        return None
    try:
        # Every image knows root; what others are called is for us to say.
        users = _files(client, made, plan.user) if plan.user.uid else []
        if files := [*users, *installed_files(plan.installed)]:
            write_files(client, made, files)
        for network in plan.more_networks:
            connect_container(client, network, made)
        start_container(client, made)
        install_late(client, made, plan.installed)
    except BaseException:
        remove_container(client, made)
        raise
    return made


def _retire(client: Client, container: Container) -> None:
    """Remove a container that is out of date, unless a command still runs in it.

    One in use goes on under another name; it ends by itself once it is idle.
    """
    inspected = client.get(f"/containers/{container.id}/json")
    if inspected and inspected.get("ExecIDs"):
        rename_container(client, container.id, f"{container.name}-{container.id[:12]}")
    else:
        remove_container(client, container.id)


def _files(client: Client, container: str, user: User) -> list[TextFile]:
    """The container's lists of users and groups, with the host's user in them."""
    files = []
    passwd = read_file(client, container, "/etc/passwd") or b""
    group = read_file(client, container, "/etc/group") or b""
    if f":x:{user.uid}:".encode() not in passwd:
        entry = f"{user.name}:x:{user.uid}:{user.gid}::{HOME}:/bin/bash\n"
        files.append(TextFile("/etc/passwd", _ended(passwd) + entry.encode()))
    if f":x:{user.gid}:".encode() not in group:
        entry = f"{user.name}:x:{user.gid}:\n"
        files.append(TextFile("/etc/group", _ended(group) + entry.encode()))
    return files


def _ended(content: bytes) -> bytes:
    return content if content.endswith(b"\n") or not content else content + b"\n"
