"""Reach hosts: this machine, and those that ssh leads to."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

from helpers.engine.client import Client
from helpers.model.names import digest_of, slug
from helpers.model.repo import Repo
from helpers.model.settings.hosts_config import DockerHost
from helpers.model.settings.resources import MEMORY
from helpers.reach.fleet import NamedHost
from helpers.reach.place import FOLDER, Place, local_place
from helpers.reach.reached import reach
from helpers.remote.shell import ask_shell, free_disk
from helpers.system.host import Host, User
from helpers.system.ports import free_port


def named_hosts(
    found: Sequence[DockerHost], repo: Repo, host: Host, client: Client, jobs: int
) -> list[NamedHost]:
    """The hosts of a run, each with what reaches it.

    Args:
        jobs: how many dirs are tested here at once.
    """

    def opener(one: DockerHost) -> NamedHost:
        if one.is_local:
            return NamedHost(one.name, partial(_this_machine, repo, host, client, jobs))
        return NamedHost(one.name, partial(_through_ssh, one, repo, host))

    return [opener(one) for one in found]


def _this_machine(
    repo: Repo, host: Host, client: Client, jobs: int, *_: int
) -> AbstractContextManager[Place]:
    return nullcontext(local_place(repo, host, client, jobs))


@contextmanager
def _through_ssh(
    docker_host: DockerHost, repo: Repo, host: Host, scheduler: int, images: int
) -> Iterator[Place]:
    """A host that ssh leads to.

    Args:
        scheduler: the port of ours that its worker is to reach; `images` as well.

    Raises:
        HelpersError: it is not reached, or its engine does not answer.
    """
    key = f"{FOLDER}/{slug(repo.config.name)}-{checkout_of(repo)}"
    group = ["stat", "-c", "%g", docker_host.socket]
    asked = (["id", "-u"], ["id", "-g"], ["pwd"], group, ["mkdir", "-p", f"{key}/trees"])
    uid, gid, home, socket_group = ask_shell(docker_host, *asked)[-4:]
    port = free_port()
    with reach(docker_host, host.environment, (scheduler, images), (port,)) as there:
        assert there.link, "it is another machine"
        version, info = (there.client.call("GET", path) for path in ("/version", "/info"))
        resources = {**docker_host.resources}
        resources[MEMORY] = docker_host.memory or int(info["MemTotal"])
        yield Place(
            name=docker_host.name,
            client=there.client,
            folder=Path(home, key),
            socket=docker_host.socket,
            socket_group=int(socket_group),
            user=User(host.user.name, int(uid), int(gid)),
            platform=f"{version['Os']}/{version['Arch']}",
            slots=docker_host.slots or int(info["NCPU"]),
            port=port,
            offers=resources,
            scheduler=there.link.ports[scheduler],
            registry=there.link.ports[images],
            prepare=lambda folders: _make(docker_host, [str(folder) for folder in folders]),
            free=lambda: free_disk(docker_host, info["DockerRootDir"]),
        )


def _make(docker_host: DockerHost, folders: list[str]) -> None:
    ask_shell(docker_host, ["mkdir", "-p", *folders])


def checkout_of(repo: Repo) -> str:
    """What tells this checkout from others on a host that several people use."""
    return digest_of(f"{socket.gethostname()} {os.getuid()} {repo.root}", 12)
