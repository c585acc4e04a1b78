"""What makes a directory runnable, and where its parts are."""

import posixpath
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from helpers.model.changelog.parse import FILE_NAME
from helpers.model.dataclass import dataclass
from helpers.model.names import slug, with_checksum
from helpers.model.settings.file_names import DIR_CONFIG_FILE_NAME

# The name of the repo's root as a dir.
ROOT = "."
_PATTERN = frozenset("*?[")
_ROOT_SLUG = "root"
# The command to type if no dir has tests yet.
MAKE_ONE = "i runnable_dir_create --dir apps/hello --template library"
DEVOPS = "devops"
CHANGELOG = FILE_NAME
OS_PACKAGES = f"{DEVOPS}/os_packages.txt"
# The services that a dir needs, relative to it.
COMPOSE = f"{DEVOPS}/compose.yaml"
# How its models are trained, relative to it.
TRAIN = f"{DEVOPS}/train.yaml"


@dataclass(frozen=True, slots=True, order=True)
class RunnableDir:
    """A directory with `devops/` and `changelog.txt`.

    Attributes:
        repo: the repo's root, absolute.
        name: the path below it, with `/`; `.` for the root itself.
    """

    repo: Path
    name: str

    @property
    def root(self) -> Path:
        """The directory itself, absolute."""
        return self.repo if self.name == "." else self.repo / self.name

    @property
    def devops(self) -> Path:
        """Where what goes into its image is described."""
        return self.root / DEVOPS

    @property
    def changelog(self) -> Path:
        """Its container's version history."""
        return self.root / CHANGELOG

    @property
    def config(self) -> Path:
        """Its own settings; need not exist."""
        return self.devops / DIR_CONFIG_FILE_NAME

    @property
    def compose(self) -> Path:
        """The services that it needs; need not exist."""
        return self.root / COMPOSE

    @property
    def train(self) -> Path:
        """How its models are trained; need not exist."""
        return self.root / TRAIN

    @property
    def slug(self) -> str:
        """The name as a part of the names of containers, networks and files."""
        if self.name == ROOT:
            return _ROOT_SLUG
        found = slug(self.name)
        return with_checksum(found, self.name) if found == _ROOT_SLUG else found


def shown_name(name: str, root_name: str) -> str:
    """The display name of a dir: the root's is the repo's name, any other's its path."""
    return root_name if name == ROOT else name


def dir_option(name: str) -> str:
    """The option of a command that names a dir."""
    # Imported here: only messages need it.
    import shlex

    return f"--dir {shlex.quote(name)}"


def path_below(place: str, name: str) -> str:
    """A path relative to a place as one relative to what the place is relative to."""
    return name if place == ROOT else f"{place}/{name}"


def path_inside(place: str, path: str) -> str:
    """The other way round, of a path below the place."""
    return path if place == ROOT else path.removeprefix(f"{place}/")


def places_above(place: str) -> list[str]:
    """The folders above a place of a repo, the nearest first; the last is the root."""
    found = []
    while place != ROOT:
        place = place.rpartition("/")[0] or ROOT
        found.append(place)
    return found


def path_in_repo(name: str, path: str) -> str:
    """A path relative to a dir as one relative to the repo's root; empty where it is outside."""
    found = posixpath.normpath(posixpath.join(name, path))
    return "" if found.startswith(("/", "../")) or found in (ROOT, "..") else found


def runnable_dir_names(paths: Iterable[str]) -> list[str]:
    """The runnable dirs among a repo's files.

    Args:
        paths: files, relative to the repo's root, with `/`.

    Returns:
        Their names, sorted; `.` stands for the root.
    """
    with_changelog, with_devops = dirs_with_parts(paths)
    return sorted(with_changelog & with_devops)


def dirs_with_parts(paths: Iterable[str]) -> tuple[set[str], set[str]]:
    """The dirs of whose changelog, and those of whose `devops/`, something is among the files.

    Args:
        paths: files, relative to the repo's root, with `/`.
    """
    with_changelog: set[str] = set()
    with_devops: set[str] = set()
    for path in paths:
        # Of thousands of files few are either: the others cost no more than this look.
        if path.endswith(CHANGELOG):
            folder, _, file = path.rpartition("/")
            if file == CHANGELOG:
                with_changelog.add(folder or ROOT)
        if DEVOPS in path:
            parts = path.split("/")[:-1]
            with_devops.update(
                "/".join(parts[:i]) or ROOT for i, part in enumerate(parts) if part == DEVOPS
            )
    return with_changelog, with_devops


def relative_name(repo: Path, folder: Path) -> str:
    """The name of the dir at `folder`, which is `repo` or below it."""
    return PurePosixPath(folder.relative_to(repo)).as_posix()


def dir_config_name() -> str:
    """Where a dir's own settings stand, relative to it."""
    return f"{DEVOPS}/{DIR_CONFIG_FILE_NAME}"


def is_pattern(wanted: str) -> bool:
    """Whether a path that a user gave is a pattern, which may fit several dirs."""
    return not _PATTERN.isdisjoint(wanted)
