"""Which packages a source of vulnerabilities can be asked about."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from helpers.model.packages.audit import Pin, Unchecked

if TYPE_CHECKING:
    from packaging.version import Version

# Metadata of an image may contain anything; we pass only valid names to a program.
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def split_pins(pins: Iterable[Pin]) -> tuple[dict[Pin, "Version"], list[Unchecked]]:
    """Split pins into those that can be looked up, and the others with the reason."""
    from packaging.version import InvalidVersion, Version

    found, unchecked = {}, []
    for pin in sorted(pins):
        if not _NAME.fullmatch(pin.name):
            unchecked.append(Unchecked(pin, "its name is not a valid Python package name"))
            continue
        try:
            found[pin] = Version(pin.version)
        except InvalidVersion:
            unchecked.append(Unchecked(pin, "its version is not a valid Python version (PEP 440)"))
    return found, unchecked
