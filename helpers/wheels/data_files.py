"""The data files of a package: what stands beside its modules, in the repo and in a wheel."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from helpers.model.dataclass import dataclass
from helpers.model.inputs import ROOT
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import path_inside
from helpers.wheels.package import Package

# Code, and what code is compiled from.
_CODE = frozenset(
    {
        *("py", "pyc", "pyx", "pxd", "pxi", "so", "pyd", "o", "a"),
        *("c", "h", "cc", "cpp", "cxx", "hpp", "hh", "cu", "cuh", "f", "f90", "rs", "go", "swg"),
    }
)
_PACKAGE = "__init__.py"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file, and the package beside whose modules it stands.

    Attributes:
        path: relative to the repo's root.
        package: as it is imported, with dots.
        inside: the file relative to the package's folder.
    """

    path: str
    package: str
    inside: str


def is_data(path: str) -> bool:
    """Whether a file that stands in a package is data: no code, and not hidden."""
    name = path.rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    return not name.startswith(".") and not (dot and suffix.lower() in _CODE)


def module_folders(package: Package) -> tuple[str, ...]:
    """The folders from which a package's modules are imported, bricks too; the deepest first."""
    found = list(package.project.folders)
    for brick in package.bricks:
        parts = brick.split("/")
        found += ["/".join(parts[:end]) for end in range(1, len(parts))]
    return tuple(sorted(set(found), key=lambda one: (one == ROOT, -one.count("/"), one)))


def own_files(package: Package, files: Iterable[str], others: Iterable[str]) -> list[str]:
    """The files of a package and its bricks, without those of packages inside it; sorted.

    Args:
        others: the places of other packages.
    """
    places = (package.place, *package.bricks)
    inner = [one for one in others if one not in places and _within(one, package.place)]
    own = (path for path in files if any(_within(path, one) for one in places))
    return sorted(path for path in own if not any(_within(path, one) for one in inner))


def data_files(files: Collection[str], folders: Sequence[str]) -> tuple[DataFile, ...]:
    """The data files beside modules, with the package that each is of.

    Args:
        files: relative to the repo's root.
        folders: those from which modules are imported, the deepest first.
    """
    there = frozenset(files)
    with_code = _with_code(there)
    return tuple(
        one
        for path in sorted(there)
        if is_data(path) and (one := _data_file(path, folders, there, with_code))
    )


def packed_folders(
    there: Collection[str], folders: Sequence[str], names: Collection[str]
) -> Iterator[tuple[str, str]]:
    """The folders whose modules a wheel has, each with its folder in the wheel.

    Args:
        there: files of a package, relative to the repo's root.
        folders: those from which its modules are imported, the deepest first.
        names: the files of the wheel.
    """
    for name in names:
        inside = name.rpartition("/")[0]
        if inside and name.endswith(".py"):
            for folder in folders:
                path = name if folder == ROOT else f"{folder}/{name}"
                if path in there:
                    yield path.rpartition("/")[0], inside
                    break


def held_and_lacking(
    files: Collection[str], folders: Sequence[str], names: Collection[str]
) -> tuple[list[str], list[str]]:
    """The data files beside modules that a wheel has: those that it has too, and those it lacks.

    Args:
        files: of a package, relative to the repo's root.
        folders: those from which its modules are imported, the deepest first.
        names: the files of the wheel.
    """
    there = frozenset(files)
    packed = dict(packed_folders(there, folders, names))
    with_code = _with_code(there)
    held: list[str] = []
    lacking: list[str] = []
    for path in sorted(filter(is_data, there)):
        # Beside code that is not in the wheel, data is of no use there.
        owner = next((one for one in _above(path) if one in with_code), None)
        if owner in packed:
            inside = f"{packed[owner]}{path.removeprefix(owner)}"
            (held if inside in names else lacking).append(path)
    return held, lacking


def _with_code(files: Iterable[str]) -> set[str]:
    """The folders that hold modules."""
    return {path.rpartition("/")[0] for path in files if path.endswith(".py")}


def _data_file(
    path: str, folders: Sequence[str], there: Collection[str], with_code: Collection[str]
) -> DataFile | None:
    folder = next((one for one in folders if _within(path, one)), None)
    if folder is None:
        return None
    above = [one for one in _above(path) if one != folder and _within(one, folder)]
    packages = (one for one in above if f"{one}/{_PACKAGE}" in there)
    owner = next(packages, next((one for one in above if one in with_code), None))
    if owner is None:
        return None
    name = path_inside(folder, owner).replace("/", ".")
    return DataFile(path, name, path.removeprefix(f"{owner}/"))


def _above(path: str) -> list[str]:
    """The folders above a file, the nearest first."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]


def _within(path: str, folder: str) -> bool:
    return folder == ROOT or path == folder or is_inside(path, folder)
