"""When a service of a stack is ready, and why one never will be."""

from collections.abc import Sequence
from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.numbers import KILLED

# Seconds that a service without a health check must have run: one that fails at once has by then.
STAYS = 1.0
# A service may end until another one is there, and be started again; not for ever. The engine waits
# twice as long each time, so this is half a minute.
_RESTARTS = 8
# The exit status of what was ended by SIGKILL.


class Phase(StrEnum):
    """How a service stands."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Look:
    """What the engine says of a container.

    Attributes:
        status: created, running, restarting, exited, paused or dead.
        started: when, as the engine writes it.
        health: empty where it has no health check.
        running: seconds since it was first seen to run as it does.
        restarts: how often the engine started it again.
        error: why the engine could not start it.
        memory: bytes that it may use; 0: as many as there are.
        said: the last thing that its health check wrote.
    """

    service: str
    container: str
    status: str
    started: str = ""
    exit_status: int = 0
    health: str = ""
    running: float = 0.0
    restarts: int = 0
    out_of_memory: bool = False
    error: str = ""
    memory: int = 0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a service stands, and why in words."""

    phase: Phase
    why: str = ""


def standing(looks: Sequence[Look], *, once: bool) -> Standing:
    """How a service stands: as the worst of its containers does.

    Args:
        looks: at its containers; none: they are not made yet.
        once: it is ready when it has ended.
    """
    found = [_one(look, once=once) for look in looks]
    order = (Phase.FAILED, Phase.STARTING, Phase.WAITING, Phase.READY, Phase.DONE)
    return min(found, key=lambda one: order.index(one.phase), default=Standing(Phase.WAITING))


def _one(look: Look, *, once: bool) -> Standing:
    if look.error and look.status != "running":
        return Standing(Phase.FAILED, engine_refusal(look.error))
    if look.status in ("exited", "dead"):
        if look.exit_status == 0 and look.status == "exited":
            return Standing(Phase.DONE, "ended with 0")
        return Standing(Phase.FAILED, _ended(look))
    if look.restarts >= _RESTARTS:
        return Standing(
            Phase.FAILED, f"{_ended(look)}, and was started again {look.restarts} times"
        )
    if look.status == "restarting":
        return Standing(Phase.STARTING, f"{_ended(look)}; it is started again")
    if look.health == "unhealthy":
        return Standing(Phase.FAILED, f"unhealthy: {look.said}" if look.said else "unhealthy")
    if look.status != "running":
        return Standing(Phase.WAITING, look.status)
    if once:
        return Standing(Phase.STARTING, "runs until it has ended")
    if look.health:
        ready = look.health == "healthy"
        return Standing(Phase.READY if ready else Phase.STARTING, look.health)
    # What was started again and again must run the longer to be believed.
    stays = look.running >= STAYS * (1 + look.restarts)
    return Standing(Phase.READY if stays else Phase.STARTING, "runs")


def _ended(look: Look) -> str:
    limit = f"{look.memory / 2**20:.0f} MiB"
    if look.out_of_memory:
        most = f" of {limit}" if look.memory else ""
        return f"out of memory: it reached its limit{most}"
    if look.memory and look.exit_status == KILLED:
        # An engine can lose the event: https://github.com/containerd/containerd/issues/8893
        return f"was killed (status {KILLED}): most likely out of memory, its limit is {limit}"
    return f"exited with status {look.exit_status}"


def is_port_taken(text: str) -> bool:
    """Whether a refusal of the engine is about a port of the host."""
    return "port is already allocated" in text or "address already in use" in text


def engine_refusal(text: str) -> str:
    """Why the engine did not start a container, in short."""
    return f"port taken: {text}" if is_port_taken(text) else f"cannot start: {text}"
