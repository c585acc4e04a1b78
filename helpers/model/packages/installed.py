"""The packages of an image, and how those of two images differ."""

import re
from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import quote

from helpers.model.dataclass import dataclass


class PackageKind(StrEnum):
    """Who installed a package: the operating system, an installer of Python's, or one of conda's.

    A Python package of a channel is both of Python and of conda.
    """

    DEB = "deb"
    PYTHON = "python"
    CONDA = "conda"


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """An image's `os-release`, such as `debian`, `13`, `trixie`; empty: it has none."""

    id: str = ""
    version: str = ""
    codename: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A package that is installed.

    Attributes:
        architecture: of packages of the operating system, such as `amd64` or `all`.
        licence: as the package itself says; empty where it does not.
        spdx: whether it says so as an SPDX expression.
        purl: its package URL, by which other programs know it.
        place: where it was found: the folder that holds it, or the file that lists it.
        classifiers: the last words of its classifiers of licences.
    """

    kind: PackageKind
    name: str
    version: str
    architecture: str = ""
    licence: str = ""
    spdx: bool = False
    purl: str = ""
    place: str = ""
    classifiers: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[PackageKind, str]:
        """The package's identity, the same for all its versions."""
        return self.kind, python_name(self.name) if self.kind is PackageKind.PYTHON else self.name


@dataclass(frozen=True, slots=True)
class PackageSet:
    """All packages of an image, sorted; a package in several places is listed for each."""

    packages: tuple[Package, ...]
    system: OperatingSystem = OperatingSystem()

    def of(self, kind: PackageKind) -> tuple[Package, ...]:
        """Those of one kind."""
        return tuple(package for package in self.packages if package.kind is kind)


@dataclass(frozen=True, slots=True, order=True)
class PackageChange:
    """A package whose versions differ; no versions: it is not there."""

    kind: PackageKind
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def diff_packages(before: PackageSet, after: PackageSet) -> tuple[PackageChange, ...]:
    """What is in one of two sets only, or in other versions, sorted by kind and name."""
    old, new = _versions(before.packages), _versions(after.packages)
    return tuple(
        PackageChange(*key, old.get(key, ()), new.get(key, ()))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )


def python_name(name: str) -> str:
    """The name by which PyPI knows a package: `Foo.Bar_baz` is `foo-bar-baz`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python_purl(name: str, version: str) -> str:
    """The package URL of a package of PyPI's.

    The type's rules ask for small letters and hyphens for underscores, and leave dots alone.
    """
    return f"pkg:pypi/{_quoted(name.lower().replace('_', '-'))}@{_quoted(version)}"


def conda_purl(name: str, version: str, build: str, subdir: str) -> str:
    """The package URL of a package of a conda channel.

    Which channel it came from is no part of it: that may be somebody's mirror.
    """
    qualifiers = {"build": build, "subdir": subdir}
    shown = "&".join(f"{key}={_quoted(value)}" for key, value in qualifiers.items() if value)
    found = f"pkg:conda/{_quoted(name.lower())}@{_quoted(version)}"
    return f"{found}?{shown}" if shown else found


def deb_purl(name: str, version: str, architecture: str, system: OperatingSystem) -> str:
    """The package URL of a package of a Debian-like system."""
    distribution = system.codename or "-".join(filter(None, (system.id, system.version)))
    qualifiers = {"arch": architecture, "distro": distribution}
    shown = "&".join(f"{key}={_quoted(value)}" for key, value in qualifiers.items() if value)
    vendor = _quoted((system.id or "debian").lower())
    found = f"pkg:deb/{vendor}/{_quoted(name.lower())}@{_quoted(version)}"
    return f"{found}?{shown}" if shown else found


def _versions(packages: Iterable[Package]) -> dict[tuple[PackageKind, str], tuple[str, ...]]:
    found: dict[tuple[PackageKind, str], set[str]] = {}
    for package in packages:
        found.setdefault(package.key, set()).add(package.version)
    return {key: tuple(sorted(versions)) for key, versions in found.items()}


def _quoted(text: str) -> str:
    # A colon is unambiguous in a package URL, and is never quoted.
    return quote(text, safe=":")
