"""What tests may do with the engine's socket."""

from enum import StrEnum


class SocketPolicy(StrEnum):
    """How much of the Engine API passes."""

    READ_ONLY = "read-only"
    OWN = "own"
    FULL = "full"
