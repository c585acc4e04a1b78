"""Packages in lock files: changes, differences between dirs, outdated ones."""

from collections.abc import Iterable, Mapping

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError

# The versions of each package that a lock file holds: several, where markers choose among them.
Versions = Mapping[str, tuple[str, ...]]
# The table of the tools that lock what a dir asks for, each with its lock file; how each is used
# stands in `helpers/lockers`.
LOCK_FILES: Mapping[str, str] = {
    "poetry": "poetry.lock",
    "uv": "uv.lock",
    "conda": "pixi.lock",
}
# Locks of other tools, which are read and never written: of conda-lock, and of conda itself.
READ_LOCKS = ("conda-lock.yml", "conda-linux-64.lock", "conda-linux-aarch64.lock")
EVERY_LOCK_FILE = (*LOCK_FILES.values(), *READ_LOCKS)


@dataclass(frozen=True, slots=True)
class PackageChange:
    """The change of a package; no version: it was added or removed."""

    name: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutdatedPackage:
    """A package of which there is a newer version."""

    name: str
    locked: str
    latest: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A package of which dirs lock different versions: each version with its dirs."""

    name: str
    versions: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class HostEnvironment:
    """A dir's virtual environment on the host, once it is up to date.

    Attributes:
        folder: its path.
        python: the version of its Python.
        packages: how many come from an index.
        by_path: the places of the packages by path.
        changed: whether it was not up to date before.
    """

    folder: str
    python: str
    packages: int
    by_path: tuple[str, ...]
    changed: bool


def compare_versions(before: Versions, after: Versions) -> tuple[PackageChange, ...]:
    """What differs between two states of a lock file, by name."""
    return tuple(
        PackageChange(name, before.get(name, ()), after.get(name, ()))
        for name in sorted({*before, *after})
        if before.get(name, ()) != after.get(name, ())
    )


def find_conflicts(locked: Mapping[str, Versions]) -> tuple[Conflict, ...]:
    """The packages of which the dirs lock different versions.

    Args:
        locked: what each dir locks, by its name.
    """
    dirs_by_package: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, versions in locked.items():
        for package, found in versions.items():
            dirs_by_package.setdefault(package, {})[name] = found
    return tuple(
        Conflict(package, tuple(_by_version(dirs)))
        for package, dirs in sorted(dirs_by_package.items())
        if len(set(dirs.values())) > 1
    )


def _by_version(dirs: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for version in sorted({version for found in dirs.values() for version in found}):
        yield version, tuple(sorted(name for name, found in dirs.items() if version in found))


@dataclass(frozen=True, slots=True)
class DependencyOutcome:
    """The result of a command on one dir's dependencies; `error` is None if it succeeded.

    Attributes:
        changes: what differs in the lock file.
        outdated: packages of which there are newer versions, where that was asked.
        written: names of the files that were replaced.
    """

    dir: str
    changes: tuple[PackageChange, ...] = ()
    outdated: tuple[OutdatedPackage, ...] = ()
    written: tuple[str, ...] = ()
    error: HelpersError | None = None
