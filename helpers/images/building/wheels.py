"""What a build asks of the job that makes wheels, which stands above images and is handed in."""

from pathlib import Path
from typing import Protocol

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.system.host import Host


@dataclass(frozen=True, slots=True)
class WheelInputs:
    """What a wheel is made from, as hashes.

    Attributes:
        digest: of everything.
        code: of all but what versions depend on that come from git.
        git: of that; empty: no version comes from git.
    """

    digest: str
    code: str
    git: str = ""


@dataclass(frozen=True, slots=True)
class WantedWheel:
    """A wheel for an image.

    Attributes:
        name: the dir that it is of.
        inputs: what it was planned from, as `Wheels.inputs_of` says.
        around: what else of the image decides about compiled code, such as its base, as a hash.
    """

    repo: Repo
    name: str
    inputs: WheelInputs
    around: str
    platform: str
    host: Host
    listen: Listener


class Wheels(Protocol):
    """Makes wheels of dirs."""

    def inputs_of(self, inputs: RepoInputs, name: str) -> WheelInputs:
        """What the wheel of a dir is made from.

        Raises:
            HelpersError: there can be none of it.
        """
        ...

    def install(self, wanted: WantedWheel, site: Path, scripts: Path) -> None:
        """Build a wheel and install it into two folders: its modules and metadata, its programs.

        Raises:
            HelpersError: a backend failed, or the dir changed since the build was planned.
            OSError: the disk is full.
        """
        ...
