"""A package's own wheel as its backend built it, and a wheel of ours before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from helpers.model.dataclass import dataclass
from helpers.model.packages.installed import python_name
from helpers.model.wheel import Mode
from helpers.wheels.archive import METADATA, Entry, Wheel, read_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.metadata import RawMetadata
    from packaging.requirements import Requirement


@dataclass(frozen=True, slots=True)
class Part:
    """A package's own wheel, as its backend built it.

    Attributes:
        place: the package, relative to the repo's root.
        also: what it depends on although its metadata says nothing of it: requirements.
    """

    place: str
    wheel: Wheel
    also: tuple[str, ...] = ()

    @property
    def requires(self) -> list[Requirement]:
        """What it depends on, of the repo or of others."""
        from packaging.requirements import Requirement

        lines = [*self.raw.get("requires_dist", ()), *self.also]
        return [Requirement(line) for line in lines]

    @property
    def raw(self) -> RawMetadata:
        """Its metadata, as it is written."""
        from packaging.metadata import parse_email

        return parse_email(self.wheel.metadata(METADATA))[0]


def required_names(wheel: Path) -> set[str]:
    """What a wheel depends on, normalised.

    Raises:
        HelpersError: it is none.
    """
    from packaging.metadata import parse_email
    from packaging.requirements import Requirement

    raw, _ = parse_email(read_metadata(wheel))
    return {python_name(Requirement(line).name) for line in raw.get("requires_dist", ())}


@dataclass(frozen=True, slots=True)
class Made:
    """A wheel before it is written.

    Attributes:
        requires: the packages of the repo that it requires, by name.
    """

    file_name: str
    name: str
    version: str
    info: str
    files: Mapping[str, Entry]
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is written into a wheel besides: the hash of its inputs, and its time in seconds."""

    inputs: str
    seconds: int
    mode: Mode
