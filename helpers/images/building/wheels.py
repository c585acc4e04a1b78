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


@dataclass(frozen=True, slots=True)
class PublishedWheel:
    """A wheel that an index has.

    Attributes:
        file: its name.
        sha256: of its content, in hexadecimal.
    """

    name: str
    version: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PublishedCode:
    """A dir's code as an index has it.

    Attributes:
        wheels: the dir's own first, then those of packages of the repo that are wheels of their
            own.
        index: the name of the index.
        is_older: it was made from other files than those that are here.
    """

    wheels: tuple[PublishedWheel, ...]
    index: str
    is_older: bool

    def __str__(self) -> str:
        """Which it is; the same code from another index is the same."""
        return ", ".join(f"{one.name} {one.version} sha256:{one.sha256}" for one in self.wheels)

    @property
    def release_version(self) -> str:
        """The version of the dir's own, as the label of an image says it."""
        return self.wheels[0].version.replace("+", "-")

    @property
    def lines(self) -> list[str]:
        """Version, file and hash of each, for people."""
        lines = [
            f"{one.name} {one.version} of the index {self.index}: {one.file} sha256:{one.sha256}"
            for one in self.wheels
        ]
        if self.is_older:
            lines[0] += ", made from other files than those that are here"
        return lines


@dataclass(frozen=True, slots=True)
class Target:
    """What published wheels must run on.

    Attributes:
        python: such as `3.13`; empty: it is not known.
    """

    platform: str
    python: str


class Wheels(Protocol):
    """Makes wheels of dirs, and gets published ones, in the versions that dirs' code has."""

    def release_version(self, inputs: RepoInputs, name: str) -> str:
        """The version of a dir's code, as the label of an image says it.

        Returns:
            Empty, where its code is not released.

        Raises:
            HelpersError: it cannot be said.
        """
        ...

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

    def find_published(
        self, inputs: RepoInputs, name: str, index: str, target: Target
    ) -> PublishedCode:
        """The code of a dir's release version as an index has it; nothing is written.

        Args:
            index: which one the dir's settings name; empty: none.

        Raises:
            HelpersError: the index lacks it, what it has is not of this repo or runs elsewhere, or
                it needs what the lock file lacks.
        """
        ...

    def install_published(self, code: PublishedCode, repo: Repo, site: Path, scripts: Path) -> None:
        """Install published code into two folders: its modules and metadata, its programs.

        Raises:
            OSError: the disk is full.
        """
        ...
