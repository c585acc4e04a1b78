"""A container of a dir's builder image: it sees a working copy, and the host's install settings."""

import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import (
    TextFile,
    create_container,
    remove_container,
    start_container,
    write_files,
)
from helpers.engine.execs import Command, start_command
from helpers.images.installing.certificates import bundle_content
from helpers.images.installing.install_settings import (
    CA_BUNDLE,
    SETTINGS,
    install_settings,
    resolver_settings,
)
from helpers.images.installing.working_copy import WorkingCopy
from helpers.lockers.project_lockers import PROJECT_LOCKERS
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.labels import own_labels
from helpers.model.numbers import KILLED
from helpers.model.repo import Repo
from helpers.model.scratch import HOME, scratch_mounts
from helpers.system.host import Host
from helpers.system.lease import Lease, working_folder

_WITH_SETTINGS = "/run/helpers/with_settings.sh"
# It ends after this time if its command was killed.
_SECONDS = 7200
_PASSWORD = re.compile(r"(?<=://)[^/\s@]+@")


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of a command in the container; both outputs in `lines`, one in `stdout`."""

    status: int
    stdout: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuilderContainer:
    """A container that runs."""

    client: Client
    id: str
    user: str
    directory: str

    def run(self, args: tuple[str, ...], stopped: Callable[[], bool]) -> Finished:
        """Run a command with the host's settings to its end, in the dir, as the host's user.

        Args:
            stopped: whether the user interrupted meanwhile.

        Raises:
            EngineError: the engine stopped answering.
            KeyboardInterrupt: the user interrupted.
        """
        command = Command(("/bin/sh", _WITH_SETTINGS, *args), self.user, self.directory)
        started = start_command(self.client, self.id, command)
        everything, stdout = bytearray(), bytearray()

        def take(is_error: bool, data: bytes) -> None:
            everything.extend(data)
            if not is_error:
                stdout.extend(data)

        try:
            while started.pump(take):
                if stopped():
                    raise KeyboardInterrupt
            status = started.exit_status()
        finally:
            started.close()
        lines = (_PASSWORD.sub("", line).rstrip() for line in _text(everything).splitlines())
        kept = tuple(line for line in lines if line)
        return Finished(KILLED if status is None else status, _text(stdout), kept)


@contextmanager
def builder_container(
    repo: Repo, copy: WorkingCopy, host: Host, client: Client, image: str, *, resolves: bool = True
) -> Iterator[BuilderContainer]:
    """A container of the image, whose removal begins when the context ends for whatever reason.

    The settings are files of the container alone. This process does not end before it is removed.
    Should it be killed, the next command that looks for leftovers removes it.

    Args:
        resolves: versions are chosen in it, also by Poetry; otherwise pip alone is told of indexes.

    Raises:
        EngineError: the engine refused it.
    """
    token = f"dependencies-{os.getpid()}-{os.urandom(4).hex()}"
    user = f"{host.user.uid}:{host.user.gid}"
    with Lease(repo.root, token, passing=True):
        name = f"helpers-{copy.runnable_dir.slug}-{token}"
        made = create_container(client, name, _body(repo, copy, host, image, token))
        assert made is not None, "the name is unique"
        try:
            own = repo.of(copy.runnable_dir.name)
            write_files(client, made, _files(own, host, resolves=resolves))
            start_container(client, made)
            yield BuilderContainer(client, made, user, str(copy.runnable_dir.root))
        finally:
            # The engine takes a while, and nothing that follows depends on it.
            threading.Thread(target=_remove, args=(client, made)).start()


def _remove(client: Client, container: str) -> None:
    # An engine that fails now leaves what the next command finds.
    with suppress(EngineError):
        remove_container(client, container)


def _body(repo: Repo, copy: WorkingCopy, host: Host, image: str, lease: str) -> Mapping[str, Any]:
    user = host.user
    return {
        "Image": image,
        "Entrypoint": [],
        "Cmd": ["sleep", str(_SECONDS)],
        "User": f"{user.uid}:{user.gid}",
        "WorkingDir": str(copy.runnable_dir.root),
        "Env": [f"{name}={value}" for name, value in _environment(repo, host).items()],
        "Labels": own_labels(repo, copy.runnable_dir.name)
        | {labels.ROLE: "dependencies", labels.RUN: lease},
        "HostConfig": {
            "Init": True,
            "AutoRemove": True,
            "Mounts": list(copy.mounts),
            **({"NetworkMode": copy.network} if copy.network else {}),
            "Tmpfs": scratch_mounts(user.uid, user.gid),
        },
    }


def _environment(repo: Repo, host: Host) -> dict[str, str]:
    # Below the repo, so that they belong to the user and are mounted already.
    caches = working_folder(repo.root) / "dependencies" / "caches"
    caches.mkdir(parents=True, exist_ok=True)
    found = {
        "HOME": HOME,
        "USER": host.user.name,
        "PIP_CACHE_DIR": str(caches / "pip"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "200",
    }
    for locker in PROJECT_LOCKERS:
        found |= locker.variables(caches)
    return found


def _files(repo: Repo, host: Host, *, resolves: bool) -> list[TextFile]:
    certificates = bundle_content(repo, host)
    settings = (resolver_settings if resolves else install_settings)(
        host, with_certificates=bool(certificates)
    )
    script = repo.shared_devops / "in_build" / "with_settings.sh"
    files = [TextFile(SETTINGS, settings.encode()), TextFile(_WITH_SETTINGS, script.read_bytes())]
    return files + ([TextFile(CA_BUNDLE, certificates)] if certificates else [])


def _text(data: bytearray) -> str:
    return data.decode(errors="replace")
