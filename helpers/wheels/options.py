"""What a user asks of a build of wheels."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.wheel import Mode


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The same for all dirs that a command is about.

    Attributes:
        out: where the wheels go; absolute.
        mode: what becomes of packages by path.
        locked: third-party needs are pinned to the dir's lock file.
        sdist: make a source distribution of each wheel as well.
        version: the dirs' version; empty: the one that each has.
        versions: by dir, the version of its code; of others it is what each says itself.
        with_data: the tests of a wheel's own package are in it, and data files of all its packages
            are declared.
        trial: install each wheel with what it requires, and import it, before anybody gets it.
    """

    out: Path
    mode: Mode = Mode.VENDOR
    locked: bool = False
    sdist: bool = False
    version: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    with_data: bool = False
    trial: bool = True
