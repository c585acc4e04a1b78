"""How a production image has its code."""

from enum import StrEnum


class CodeKind(StrEnum):
    """Copied as it lies in the repo, or installed from a wheel of the dir."""

    COPY = "copy"
    WHEEL = "wheel"
