"""What a lock file says, whichever tool wrote it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import OutdatedPackage
from helpers.system.files import unreadable

PROJECT = "pyproject.toml"

Toml = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Locked:
    """The Python dependencies of a dir.

    Attributes:
        locker: name of the tool, as the Dockerfile's LOCKER: poetry, uv, conda, pip, none.
        content: what the environment is made from; the same content, the same environment.
        local_packages: dependencies by path, which no build can see.
        fix: the command that renews the lock file.
        prod_options: what the tool is told to leave nothing out that production needs.
        conflicting: extras or groups exclude each other, so nobody has all of them.
        files: what it is installed from, by paths; none: from the dir's own lock file.
        in_context: a build takes those files for the dir's own, which are others.
        checked_by_tool: whether the tool can tell, in a build, that the lock file is up to date.
        export_words: what the tool is told besides whenever it exports.
        default_groups: groups of others that a development image has by default.
        archives: packages that lie in the repo, by their places beside those files.
        sets_variables: using its packages sets variables, as their scripts say.
    """

    locker: str
    content: str
    local_packages: tuple[str, ...] = ()
    fix: str = ""
    prod_options: str = ""
    conflicting: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    in_context: bool = False
    checked_by_tool: bool = True
    export_words: tuple[str, ...] = ()
    default_groups: tuple[str, ...] = ()
    archives: Mapping[str, Path] = field(default_factory=dict)
    sets_variables: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What settings say of locking.

    Attributes:
        platforms: those that images are made for; none: the settings name none.
        own: this machine's.
        cuda: the version that machines have; empty: none.
    """

    platforms: tuple[str, ...]
    own: str
    cuda: str = ""


class Action(StrEnum):
    """What is done to a dir's dependencies."""

    LOCK = "lock"
    UPDATE = "update"
    ADD = "add"
    REMOVE = "remove"
    OUTDATED = "outdated"
    CHECK = "check"


class Locker(Protocol):
    """A tool that locks dependencies: a module with these."""

    # Its table below `[tool]`, and the Dockerfile's LOCKER.
    NAME: str
    LOCK_FILE: str
    # What else locks a dir for it, and is never written; files of a group belong together.
    OTHER_LOCKS: tuple[tuple[str, ...], ...]
    # Whether that is TOML; otherwise YAML.
    IS_TOML: bool
    # What is started, in an image that this stage of the Dockerfile makes.
    PROGRAM: tuple[str, ...]
    BUILDER: str
    # Options of its export: add an extra, add a group, leave out the default groups; empty: it
    # knows none.
    EXTRA: str
    GROUP: str
    NO_OTHER_GROUPS: tuple[str, ...]
    # Its words for each action; none of them installs.
    COMMANDS: Mapping[Action, tuple[str, ...]]
    # Its words that write what it locked to standard output, as a requirements file; none: it
    # cannot.
    EXPORT: tuple[str, ...]
    # What a person types before a package that only developing needs.
    ADD_DEV: str
    # What it says in a build of a lock file that is out of date.
    STALE: str
    # What stands in its lock file before the places that were asked, be they the machine's own;
    # none: it names none.
    BEFORE_PLACES: tuple[str, ...]

    def read(self, root: Path) -> Locked:
        """Read its lock file in `root`."""
        ...

    def check_lock(self, root: Path) -> None:
        """Raise an error where it could not start from its lock file in `root`."""
        ...

    def asks(self, root: Path, wishes: Wishes, edited: Mapping[str, str], /) -> tuple[str, ...]:
        """Words that say what the dir at `root` asks for; none: the tool reads that itself.

        Args:
            edited: texts of its files that are not written yet, by name.
        """
        ...

    def explain(self, lines: Iterable[str], /) -> HelpersError | None:
        """The error that it told when it failed; None: its last lines tell it."""
        ...

    def update_words(self, packages: Sequence[str]) -> list[str]:
        """Further arguments of its update command; no packages: update all."""
        ...

    def read_outdated(self, output: str) -> tuple[OutdatedPackage, ...]:
        """What its command for `Action.OUTDATED` wrote."""
        ...

    def variables(self, caches: Path) -> Mapping[str, str]:
        """What its process is given, with a folder below `caches` for its own."""
        ...


def read_toml(path: Path) -> Toml:
    """A TOML file.

    Raises:
        HelpersError: with the line, when it is malformed.
    """
    try:
        return load_toml(read_text(path))
    except ValueError as error:
        raise _malformed(path, str(error)) from error


def read_text(path: Path) -> str:
    """A text file.

    Raises:
        HelpersError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error


def _malformed(path: Path, reason: str) -> HelpersError:
    """Tomllib says where in its message: `... (at line 3, column 5)` or `(at end of document)`."""
    text, _, place = reason.rpartition(" (at ")
    words = place.replace(",", " ").split()
    line = words[1] if words[:1] == ["line"] else str(len(read_text(path).splitlines()))
    return HelpersError(
        f"{path.name} is malformed: {text or reason}",
        where=f"{path}:{line}",
        fix="correct that line, or take the file of the last commit:"
        f" git checkout HEAD -- {path.name}",
    )
