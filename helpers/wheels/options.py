"""What a user asks of a build of wheels."""

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
        version: the dirs' version; empty: the one that each says itself.
        trial: install each wheel with what it requires, and import it, before anybody gets it.
    """

    out: Path
    mode: Mode = Mode.VENDOR
    locked: bool = False
    sdist: bool = False
    version: str = ""
    trial: bool = True
