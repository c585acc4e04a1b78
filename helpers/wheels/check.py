"""Read a wheel back: whether it is what installers anywhere take, and what it lets one import."""

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.wheels.archive import METADATA, RECORD, Wheel, broken, read_wheel, record_of

# Folders and modules that packages bring by mistake, or that nobody imports.
_NO_CODE = re.compile(r"(tests?|docs?|examples?|conftest|setup|noxfile|tasks|test_.*|.*_test)")
_TESTS = frozenset({"tests", "test"})
_MODULE = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\.[\w-]+)?\.(?:py|so|pyd)")


def read_back(path: Path, internal: Collection[str], pinned: Collection[str]) -> Wheel:
    """Read a wheel that was just written, and make sure that it installs anywhere.

    Args:
        internal: names of the repo's packages.
        pinned: those of them that it requires.

    Raises:
        HelpersError: it does not; with what is wrong.
    """
    wheel = read_wheel(path)
    _check_record(path, wheel)
    for why in _wrong_requirements(wheel, internal, pinned):
        raise HelpersError(
            f"the wheel would not install anywhere: {why}",
            where=f"{METADATA} of {path.name}",
            fix="name it by name and version in the pyproject.toml that asks for it",
        )
    return wheel


def _wrong_requirements(
    wheel: Wheel, internal: Collection[str], pinned: Collection[str]
) -> Iterator[str]:
    from packaging.metadata import Metadata

    metadata = Metadata.from_email(wheel.metadata(METADATA), validate=True)
    for one in metadata.requires_dist or ():
        name = python_name(one.name)
        if one.url and (one.url.startswith(("file:", ".", "/")) or "://" not in one.url):
            yield f"{one} is a path of this machine"
        if name in internal:
            exact = [str(part).startswith("==") for part in one.specifier] == [True]
            if name not in pinned or not exact:
                yield f"{one} names a package of this repo without its version"


def _check_record(path: Path, wheel: Wheel) -> None:
    with zipfile.ZipFile(path) as archive:
        said = archive.read(f"{wheel.info}/{RECORD}").decode()
    found = record_of(wheel.files, wheel.info).decode()
    if list(csv.reader(io.StringIO(said))) != list(csv.reader(io.StringIO(found))):
        raise broken(path, "its RECORD is not that of its files")


def modules_of(files: Collection[str]) -> list[str]:
    """The modules and packages that somebody who installs a wheel imports, sorted.

    Of a namespace package those in it.

    Args:
        files: those of the wheel.
    """
    found = set()
    for name in files:
        *folders, file = name.split("/")
        if folders and (folders[0].endswith((".dist-info", ".data")) or _is_no_code(folders)):
            continue
        match = _MODULE.fullmatch(file)
        if not match or (match["name"] != "__init__" and _NO_CODE.fullmatch(match["name"])):
            continue
        parts = folders if match["name"] == "__init__" else [*folders, match["name"]]
        if parts and parts[-1] != "__main__" and all(map(str.isidentifier, parts)):
            found.add(".".join(parts))
    packages = {".".join(name.split("/")[:-1]) for name in files if name.endswith("/__init__.py")}
    # What stands in a package is imported by it, as it likes.
    return sorted(one for one in found if not any(up in packages for up in _above(one)))


def missing_bricks(wheel: Wheel, bricks: Collection[str]) -> list[str]:
    """The bricks of which a wheel has nothing, although its project declares them."""
    folders = {"/".join(name.split("/")[:-1]) for name in wheel.files}
    every = {"/".join(one.split("/")[:end]) for one in folders for end in range(1, 20)}
    return sorted(
        brick
        for brick in bricks
        if not any("/".join(brick.split("/")[start:]) in every for start in range(brick.count("/")))
    )


def _is_no_code(folders: list[str]) -> bool:
    # Tests need more than what a wheel requires.
    return bool(_NO_CODE.fullmatch(folders[0])) or not _TESTS.isdisjoint(folders)


def _above(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))
