"""What tests that are given the engine's socket may do with it."""

from enum import StrEnum


class SocketPolicy(StrEnum):
    """How much of the Engine API passes."""

    READ_ONLY = "read-only"
    OWN = "own"
    FULL = "full"
