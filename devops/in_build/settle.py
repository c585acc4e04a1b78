"""Make files the same in every build: byte code, and one time for all of them.

Runs inside builds: the standard library alone. usage: settle.py FOLDER LAYER: what is at FOLDER
then stands below LAYER at the path that it had, to be copied to / as it is.
"""

import compileall
import csv
import hashlib
import importlib.util
import io
import os
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

# The first moment that a zip archive can hold, which is what wheels are.
TIME = 315532800  # 1980-01-01
# From so many sources on, starting further processes pays.
_MANY = 200


def settle(folder: Path, layer: Path, cache: "Path | None" = None) -> None:
    """Compile what is below `folder`, give all of it one time, and move it below `layer`.

    Args:
        cache: where byte code of packages is kept from one build to the next.
    """
    set_time(folder)
    # Byte code holds the time of its source, so it is made after that is set.
    for packages in folder.glob("lib/*/site-packages") if cache else ():
        for info in sorted(packages.glob("*.dist-info")):
            compile_package(packages, info, cache)
    compile_folder(folder)
    place = layer / folder.relative_to("/")
    place.parent.mkdir(parents=True)
    folder.rename(place)
    set_time(layer)


def set_time(root: Path) -> None:
    """Give every file, link and folder at and below `root` the same time."""
    for folder, folders, files in os.walk(root, topdown=False):
        # Among the folders are links to such.
        for name in (*files, *folders, "."):
            os.utime(Path(folder, name), (TIME, TIME), follow_symlinks=False)


def compile_folder(folder: Path) -> None:
    """Compile all sources that are not, as they stand at their final place."""
    lacking = sum(not _compiled(source).exists() for source in folder.rglob("*.py"))
    # What does not compile is for another Python, and never imported.
    compileall.compile_dir(folder, quiet=2, workers=0 if lacking > _MANY else 1)


def compile_package(packages: Path, info: Path, cache: "Path | None") -> None:
    """Compile an installed package, or take the byte code that an earlier build made of it.

    What it is made from is in the key: the sources' hashes, which RECORD has, their place and
    time, and the Python.
    """
    record = info / "RECORD"
    if cache is None or not record.is_file():
        return
    made_from = f"{sys.version} {packages} {TIME} ".encode() + importlib.util.MAGIC_NUMBER
    key = hashlib.sha256(made_from + record.read_bytes()).hexdigest()
    kept = cache / f"{key}.tar"
    try:
        with tarfile.open(kept) as tar:
            # Bookworm's Python 3.11.2 has no filters yet.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(packages)
    except (OSError, tarfile.TarError):
        for source in _sources(packages, record):
            compileall.compile_file(source, quiet=2)
        _keep(kept, packages, record)


def _sources(packages: Path, record: Path) -> "Iterator[Path]":
    for row in csv.reader(io.StringIO(record.read_text(encoding="utf-8"))):
        if row and row[0].endswith(".py") and not row[0].startswith((".", "/")):
            yield packages / row[0]


def _compiled(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source)))


def _keep(kept: Path, packages: Path, record: Path) -> None:
    """Put a package's byte code into the cache, whole or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    beside = kept.with_name(f".{kept.name}.{os.urandom(4).hex()}")
    try:
        with tarfile.open(beside, "w") as tar:
            for source in _sources(packages, record):
                if _compiled(source).is_file():
                    tar.add(_compiled(source), _compiled(source).relative_to(packages))
        beside.replace(kept)
    except OSError:
        beside.unlink(missing_ok=True)  # only a saving


if __name__ == "__main__":
    settle(Path(sys.argv[1]), Path(sys.argv[2]))
