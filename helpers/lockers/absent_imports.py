"""Code that imports what only an extra or a group gives which its image leaves out."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from helpers.lockers.optional import Absent, Part, fix_absent
from helpers.model.dataclass import dataclass
from helpers.model.packages.python_imports import needed_modules
from helpers.model.settings.config import DirConfig

# What has an environment of its own, as a rule, or is started with one.
_TOOLS = frozenset({"setup.py", "noxfile.py", "tasks.py", "docs", "doc", "examples", "benchmarks"})


@dataclass(frozen=True, slots=True)
class AbsentImport:
    """A file that imports a package which an extra or a group alone asks for.

    Attributes:
        package: normalised.
        prod: whether the production image lacks it.
    """

    file: str
    package: str
    part: Part
    prod: bool

    def __str__(self) -> str:
        image = "the production image" if self.prod else "the image"
        return (
            f"{self.file} imports {self.package}, which {self.part} alone asks for,"
            f" and {image} is made without it"
        )

    def fix(self, folder: Path, below: str, config: DirConfig) -> str:
        """The line of the settings, or the command, that brings it into the image."""
        return fix_absent(folder, below, config, self.package, self.part, prod=self.prod)


def absent_imports(
    files: Mapping[str, Path], absent: Absent, own: Collection[str] = (), *, prod: bool = False
) -> list[AbsentImport]:
    """The imports of absent packages at the top of files: one for each package.

    Args:
        files: those of Python, by the name that they are told under.
        own: names of the code's own modules, which no package gives.
        prod: whether the production image is meant.
    """
    found: dict[str, AbsentImport] = {}
    for name, path in sorted(files.items()) if absent.packages else ():
        if not _TOOLS.isdisjoint(name.split("/")):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # that it cannot be imported is said by its tests
        for module in needed_modules(text):
            package = "" if module.partition(".")[0] in own else absent.of_module(module)
            if package:
                found.setdefault(
                    package, AbsentImport(name, package, absent.packages[package], prod)
                )
    return [found[package] for package in sorted(found)]


def own_modules(files: Iterable[str], places: Iterable[str] = ("src",)) -> set[str]:
    """The top-level modules of a dir's files, seen from the dir and from folders in it."""
    found = set()
    starts = ["", *(f"{place}/" for place in places)]
    for name in files:
        for start in starts:
            if name.startswith(start):
                found.add(name.removeprefix(start).partition("/")[0].removesuffix(".py"))
    return found
