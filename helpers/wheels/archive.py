"""Read and write wheels: zip archives with RECORD, the same bytes for the same content.

Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import calendar
import csv
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.system.zips import UNREADABLE

if TYPE_CHECKING:
    from packaging.tags import Tag

# What a wheel of ours is made from, in its `.dist-info`.
INPUTS_FILE = "helpers_inputs.json"
RECORD, METADATA, WHEEL, ENTRY_POINTS = "RECORD", "METADATA", "WHEEL", "entry_points.txt"
_PLAIN, _RUNS = 0o644, 0o755


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a wheel, and whether it may be executed."""

    content: bytes
    runs: bool = False


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that was read.

    Attributes:
        name: normalised, as its file name has it with underscores.
        version: as its file name has it.
        tags: what it runs on.
        files: by path, `RECORD` and signatures left out.
        info: its `.dist-info` folder.
        data: its `.data` folder, which need not be there.
    """

    name: str
    version: str
    tags: "frozenset[Tag]"
    files: Mapping[str, Entry]
    info: str
    data: str

    def metadata(self, name: str) -> bytes:
        """A file of its `.dist-info`; empty where there is none."""
        found = self.files.get(f"{self.info}/{name}")
        return found.content if found else b""

    @property
    def is_pure(self) -> bool:
        """Whether its code goes where that of any architecture is."""
        return b"root-is-purelib: true" in self.metadata(WHEEL).lower()


def read_wheel(path: Path, content: bytes | None = None) -> Wheel:
    """Read a wheel.

    Args:
        content: of a file of that name; None: it is read from there.

    Raises:
        HelpersError: it is none, or a file is twice in it or leads out of it.
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name, version, _, tags = parse_wheel_filename(path.name)
        with zipfile.ZipFile(path if content is None else io.BytesIO(content)) as archive:
            listed = [item for item in archive.infolist() if not item.is_dir()]
            files = {
                item.filename: Entry(archive.read(item), bool(item.external_attr >> 16 & 0o111))
                for item in listed
            }
    except (InvalidWheelFilename, *UNREADABLE) as error:
        raise broken(path, str(error)) from error
    infos = {one.partition("/")[0] for one in files if one.partition("/")[0].endswith(".dist-info")}
    if len(files) != len(listed) or len(infos) != 1:
        raise broken(path, "a file stands in it twice, or it has no .dist-info folder of its own")
    if any(one.startswith("/") or ".." in one.split("/") for one in files):
        raise broken(path, "a file of it leads out of the folder into which it is unpacked")
    (info,) = infos
    kept = {one: item for one, item in files.items() if not _is_record(one, info)}
    data = f"{info.removesuffix('.dist-info')}.data"
    return Wheel(python_name(name), str(version), tags, kept, info, data)


def read_metadata(path: Path) -> bytes:
    """The metadata of a wheel, and nothing else of it.

    Raises:
        HelpersError: it is none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = (one for one in archive.namelist() if one.count("/") == 1)
            return archive.read(
                next(one for one in names if one.endswith(f".dist-info/{METADATA}"))
            )
    except (StopIteration, *UNREADABLE) as error:
        raise broken(path, str(error) or "it has no metadata") from error


def broken(path: Path, why: str) -> HelpersError:
    """What to say of a file that is no wheel."""
    return HelpersError(
        f"{path.name} is no complete wheel: {why}", where=str(path), fix="the same command again"
    )


def write_wheel(path: Path, files: Mapping[str, Entry], info: str, seconds: int) -> None:
    """Write a wheel with its RECORD: all files with one time, metadata last.

    Raises:
        OSError: the disk is full.
    """
    stamp = time.gmtime(seconds)[:6]
    order = sorted(files, key=lambda name: (name.startswith(f"{info}/"), name))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in order:
            _add(archive, name, files[name], stamp)
        _add(archive, f"{info}/{RECORD}", Entry(record_of(files, info)), stamp)


def record_of(files: Mapping[str, Entry], info: str) -> bytes:
    """The RECORD of a wheel's files, itself the last line."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    for name in sorted(files):
        content = files[name].content
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.writerow((name, f"sha256={digest}", len(content)))
    lines.writerow((f"{info}/{RECORD}", "", ""))
    return text.getvalue().encode()


def wheel_file(tags: "Iterable[Tag]", *, pure: bool) -> bytes:
    """The content of `WHEEL`."""
    lines = ["Wheel-Version: 1.0", "Generator: helpers"]
    lines.append(f"Root-Is-Purelib: {'true' if pure else 'false'}")
    return "\n".join([*lines, *(f"Tag: {tag}" for tag in sorted(map(str, tags))), ""]).encode()


def wheel_name(name: str, version: str, tags: "Iterable[Tag]") -> str:
    """The file name of a wheel."""
    parts = [
        ".".join(sorted({getattr(tag, part) for tag in tags}))
        for part in ("interpreter", "abi", "platform")
    ]
    return f"{'-'.join((info_name(name, version), *parts))}.whl"


def info_name(name: str, version: str) -> str:
    """Name and version as file names have them."""
    return f"{python_name(name).replace('-', '_')}-{version.replace('-', '_')}"


def read_inputs(path: Path | BinaryIO) -> str:
    """The hash of what a wheel of ours was made from; empty: it says none, or is not complete."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = (one for one in archive.namelist() if one.endswith(f".dist-info/{INPUTS_FILE}"))
            found = next(names, "")
            return str(json.loads(archive.read(found))["inputs"]) if found else ""
    except (KeyError, TypeError, *UNREADABLE):
        return ""


def read_seconds(path: Path) -> int:
    """The time of the files of a wheel of ours."""
    with zipfile.ZipFile(path) as archive:
        return calendar.timegm(archive.infolist()[0].date_time)


def is_complete(path: Path) -> bool:
    """Whether a file is an archive that was written to its end."""
    return zipfile.is_zipfile(path)


def _add(archive: zipfile.ZipFile, name: str, entry: Entry, stamp: tuple[int, ...]) -> None:
    item = zipfile.ZipInfo(name, (stamp[0], stamp[1], stamp[2], stamp[3], stamp[4], stamp[5]))
    item.external_attr = (0o100000 | (_RUNS if entry.runs else _PLAIN)) << 16
    archive.writestr(item, entry.content, zipfile.ZIP_DEFLATED)


def _is_record(name: str, info: str) -> bool:
    return name in {f"{info}/{RECORD}", f"{info}/{RECORD}.jws", f"{info}/{RECORD}.p7s"}
