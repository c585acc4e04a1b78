"""The versions that a dir's lock file has, as what third-party needs are pinned to."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.lockers import conda, pip
from helpers.lockers.locked import read_text, read_toml
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.lockers.requirement_files import logical_lines, read_requirements_file
from helpers.lockers.versions import parse_versions
from helpers.lockers.workspaces.member import find_member
from helpers.lockers.workspaces.polylith import find_shared_lock
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.model.packages.locked import READ_LOCKS
from helpers.model.runnable_dir import dir_option

if TYPE_CHECKING:
    from packaging.requirements import Requirement

# A version, and where it is the one that counts; empty: everywhere.
Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pins:
    """A lock file.

    Attributes:
        place: the dir that it locks, relative to the repo's root.
        versions: by normalised name.
    """

    place: str
    file: Path
    versions: Mapping[str, tuple[Choice, ...]]

    def pinned(self, lines: Sequence[str]) -> list[str]:
        """Requirements with the locked versions, each of several under its own marker.

        Raises:
            HelpersError: the lock file lacks one, or has another version.
        """
        from packaging.requirements import Requirement

        return [text for line in lines for text in self._pin(Requirement(line))]

    def _pin(self, wanted: "Requirement") -> Iterator[str]:
        from packaging.requirements import Requirement

        if wanted.url:
            yield str(wanted)
            return
        held = self.versions.get(python_name(wanted.name), ())
        fitting = [one for one in held if wanted.specifier.contains(one[0], prereleases=True)]
        if not fitting:
            has = f"has {', '.join(version for version, _ in held)}" if held else "does not hold it"
            raise HelpersError(
                f"{wanted.name}{wanted.specifier} is needed, and {self.file.name} {has}",
                where=str(self.file),
                fix=f"i dependency_lock {dir_option(self.place)}",
            )
        extras = f"[{','.join(sorted(wanted.extras))}]" * bool(wanted.extras)
        for version, where in fitting:
            markers = [f"({one})" for one in (wanted.marker, where if held[1:] else "") if one]
            text = f" ; {' and '.join(markers)}" if markers else ""
            yield str(Requirement(f"{wanted.name}{extras}=={version}{text}"))


def read_pins(root: Path, place: str) -> Pins:
    """The lock file of the dir at `root`: its own, or that of the workspace around it.

    Raises:
        HelpersError: there is none, or it cannot be read.
    """
    around = find_member(root) or find_shared_lock(root)
    files = [root / name for name in LOCK_FILES]
    file = next((one for one in files if one.is_file()), around.lock_file if around else None)
    if file is not None and file.is_file():
        return Pins(place, file, _collected(_packages(file)))
    file = root / pip.LOCK_FILE
    if file.is_file():
        return Pins(place, file, _collected(_lines(file)))
    raise HelpersError(
        f"{place} has no lock file to pin to",
        where=str(root),
        fix=f"i dependency_lock {dir_option(place)}",
    )


def _collected(found: Iterator[tuple[str, Choice]]) -> dict[str, tuple[Choice, ...]]:
    versions: dict[str, tuple[Choice, ...]] = {}
    for name, choice in found:
        versions[name] = (*versions.get(name, ()), choice)
    return versions


def _packages(file: Path) -> Iterator[tuple[str, Choice]]:
    if file.name in (conda.LOCK_FILE, *READ_LOCKS):
        # Of several platforms it holds the same version more than once.
        versions = parse_versions(file.name, read_text(file))
        pairs = ((name, one) for name, many in versions.items() for one in many)
        yield from ((python_name(name), (version, "")) for name, version in pairs)
        return
    for package in read_toml(file).get("package", ()):
        if "version" in package:
            yield python_name(str(package["name"])), (str(package["version"]), _where(package))


def _where(package: Mapping[str, Any]) -> str:
    """In uv's words a list, in Poetry's a text or one for each group."""
    markers = package.get("resolution-markers", package.get("markers", ""))
    if isinstance(markers, dict):
        markers = list(dict.fromkeys(map(str, markers.values())))
    if isinstance(markers, list):
        return " or ".join(f"({one})" for one in markers)
    return str(markers)


def _lines(file: Path) -> Iterator[tuple[str, Choice]]:
    from packaging.requirements import InvalidRequirement, Requirement

    for line in logical_lines(read_requirements_file(file)):
        try:
            found = Requirement(line.partition(" --")[0])
        except InvalidRequirement:
            continue  # an option, or a path
        exact = [one.version for one in found.specifier if one.operator in ("==", "===")]
        if len(exact) == 1 and not exact[0].endswith(".*"):
            yield python_name(found.name), (exact[0], str(found.marker or ""))
