"""A container's resource usage."""

from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """A look at a container that runs.

    Attributes:
        read: when, in nanoseconds of any clock that runs evenly.
        cpu: nanoseconds of processor time that it had until then.
        memory: bytes, without what the kernel only keeps because nobody needs the room.
        limit: bytes that it may have; 0: not known.
        pids: how many processes and threads.
    """

    read: int
    cpu: int
    memory: int
    limit: int
    pids: int


def cpu_share(before: Usage, after: Usage) -> float | None:
    """Processors used between two measurements, 1.0 for a whole one; None if no time passed."""
    passed = after.read - before.read
    if passed <= 0:
        return None
    return max(0.0, (after.cpu - before.cpu) / passed)
