"""A source distribution that builds the very wheel, wherever somebody installs from source.

It is made of the wheel alone: what leads to packages by path is gone in both.
Format: https://packaging.python.org/en/latest/specifications/source-distribution-format/
"""

import gzip
import io
import json
import tarfile
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.wheels.archive import METADATA, Entry, Wheel, info_name, read_wheel

_BACKEND = "sdist_backend"
_PROJECT = f"""\
[build-system]
requires = []
build-backend = "{_BACKEND}"
backend-path = ["build_backend"]
"""


def sdist_name(wheel: Wheel) -> str:
    """The file name of a wheel's source distribution."""
    return f"{info_name(wheel.name, wheel.version)}.tar.gz"


def sdist_of(path: Path, seconds: int) -> bytes:
    """The source distribution of a wheel: the same bytes for the same wheel.

    Args:
        seconds: the time of its files.

    Raises:
        HelpersError: the wheel has compiled code, of which it does not hold the source.
    """
    wheel = read_wheel(path)
    if not wheel.is_pure:
        raise HelpersError(
            f"{path.name} has compiled code, and a source distribution would not hold its source",
            where=str(path),
            fix="the same command without --sdist",
        )
    top = info_name(wheel.name, wheel.version)
    said = {
        "name": path.name,
        "info": wheel.info,
        "seconds": seconds,
        "files": {name: entry.runs for name, entry in sorted(wheel.files.items())},
    }
    files = {
        "PKG-INFO": Entry(wheel.metadata(METADATA)),
        "pyproject.toml": Entry(_PROJECT.encode()),
        "wheel.json": Entry(json.dumps(said, indent=1).encode()),
        f"build_backend/{_BACKEND}.py": Entry(
            Path(__file__).with_name(f"{_BACKEND}.py").read_bytes()
        ),
        **{f"wheel/{name}": entry for name, entry in wheel.files.items()},
    }
    data = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=data, mode="wb", mtime=seconds) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, entry in sorted(files.items()):
            item = tarfile.TarInfo(f"{top}/{name}")
            item.size, item.mtime = len(entry.content), seconds
            item.mode = 0o755 if entry.runs else 0o644
            archive.addfile(item, io.BytesIO(entry.content))
    return data.getvalue()
