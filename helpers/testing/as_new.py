"""Whether a container in which tests ran is as good as a new one.

The container is asked itself, in one command that runs as root after the tests. Whatever is done to
a file moves its time of change, or that of its folder: no user of a container can set these back,
so nothing may have one after the container's start, or after what we put into it then. What is in
memory is emptied, and what the kernel keeps besides (queues, semaphores and shared memory of System
V and POSIX) must not be there.
"""

import re
from pathlib import PurePosixPath

from helpers.containers.plan import ContainerPlan
from helpers.engine.client import Client
from helpers.engine.containers import container_state
from helpers.engine.execs import run_command
from helpers.model.scratch import HOME, LAST_INSTALLED, SCRATCH

# docker-init, the shell that keeps the container alive, its sleep, and the shell that looks.
_PROCESSES = 4
_SHARED = (*(folder for folder in SCRATCH if folder != HOME), "/dev/shm")  # noqa: S108
_GLOB = re.compile(r"[*?\\[\]]")
# Arguments: the time of the start, then what `find` leaves out. Prints what a new one has not.
# Of all files the time is looked at first: few are left then whose paths are compared.
_LOOK = f"""
start=$1; shift
find {" ".join(_SHARED)} {HOME} -xdev -mindepth 1 -delete 2>/dev/null
find {" ".join(_SHARED)} {HOME} /dev/mqueue -xdev -mindepth 1 "$@" -print -quit
find {" ".join(_SHARED)} -maxdepth 0 ! -perm 1777
find {HOME} -maxdepth 0 ! -perm 0700
[ ! -e {LAST_INSTALLED} ] || set -- "$@" -newercc {LAST_INSTALLED}
find / /dev -xdev -newerct "$start" "$@" -print -quit
tail -qn +2 /proc/sysvipc/msg /proc/sysvipc/sem /proc/sysvipc/shm
set -- /proc/[0-9]*; [ $# -eq {_PROCESSES} ] || echo "$# processes"
"""


def is_as_new(client: Client, container: str, plan: ContainerPlan) -> bool:
    """Whether a container's next tests meet nothing of those that ran in it; it is emptied.

    Raises:
        EngineError: the engine does not answer.
    """
    state = container_state(client, container)
    if state is None or not state.running:
        return False
    args = ["/bin/sh", "-c", _LOOK, "sh", state.started, *_left_out(plan)]
    # Whatever is printed counts, complaints of the programs too.
    return run_command(client, container, args) == (0, b"")


def _left_out(plan: ContainerPlan) -> list[str]:
    """Tests of `find` that pass over the roots of mounts, which change by themselves.

    So do the folders that lead to a mount below one that is emptied, such as a repo below /tmp.
    """
    host = plan.body["HostConfig"]
    emptied = [*host.get("Tmpfs", {}), "/dev/shm"]  # noqa: S108
    targets = [PurePosixPath(mount["Target"]) for mount in host.get("Mounts", ())]
    leading = [
        folder
        for target in targets
        for folder in target.parents
        if any(folder.is_relative_to(place) for place in emptied)
    ]
    names = dict.fromkeys([*emptied, *map(str, targets), *map(str, leading)])
    patterns = [_GLOB.sub(lambda found: f"\\{found[0]}", name) for name in names]
    return [word for pattern in patterns for word in ("!", "-path", pattern)]
