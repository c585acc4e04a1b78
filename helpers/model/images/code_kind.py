"""How a production image has its code."""

from enum import StrEnum


class CodeKind(StrEnum):
    """Copied as it lies in the repo, installed from a wheel of the dir, or from a published one."""

    COPY = "copy"
    WHEEL = "wheel"
    INDEX = "index"
