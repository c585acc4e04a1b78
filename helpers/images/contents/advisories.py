"""A database of vulnerabilities in files: records of OSV, matched with packages here.

Format: https://ossf.github.io/osv-schema/
"""

import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.images.contents.auditable_pins import split_pins
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.packages.audit import Found, Pin, Vulnerability
from helpers.model.packages.installed import python_name
from helpers.system.zips import UNREADABLE

if TYPE_CHECKING:
    from packaging.version import Version

Record = Mapping[str, Any]

_ECOSYSTEM = "PyPI"
# Before every version, as `introduced` says it.
_ALWAYS = "0"
# Of events with the same version: what fixes comes before what begins, and what is the last one
# affected after it.
_ORDER = ("fixed", "introduced", "last_affected")


def find_in_database(path: Path, pins: Collection[Pin]) -> Found:
    """The known vulnerabilities of packages, from a file and without a network.

    Args:
        path: a JSON file with one record or a list of them, or a zip of such files.

    Raises:
        HelpersError: the file is missing, or holds something else.
    """
    names = {pin.name for pin in pins}
    versions, unchecked = split_pins(pins)
    found: list[Vulnerability] = []
    for record in _records(path):
        try:
            about = any(name in names for name, _ in _affected(record))
            if about and not record.get("withdrawn"):
                found += _matches(record, versions)
        except (AttributeError, KeyError, TypeError) as error:
            raise _no_database(path, f"a record is malformed: {record.get('id', '?')}") from error
    return Found(tuple(sorted(_without_aliases(found))), tuple(sorted(unchecked)))


# --- Reading ------------------------------------------------------------------------------------


def _records(path: Path) -> Iterator[Record]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".json"):
                        yield from _parsed(path, archive.read(name))
        else:
            yield from _parsed(path, path.read_bytes())
    except FileNotFoundError as error:
        raise HelpersError(
            "the database does not exist", where=str(path), fix="name a file of OSV records"
        ) from error
    except UNREADABLE as error:
        raise _no_database(path, str(error)) from error


def _parsed(path: Path, content: bytes) -> list[Record]:
    try:
        read = load_json(content)
    except ValueError as error:
        raise _no_database(path, str(error)) from error
    records = read if isinstance(read, list) else [read]
    if not all(isinstance(record, dict) and "id" in record for record in records):
        raise _no_database(path, "not every record has an id")
    return records


def _no_database(path: Path, why: str) -> HelpersError:
    return HelpersError(
        "this is not a database of OSV records",
        where=f"{path}: {why}",
        fix="give a JSON file with a list of records, or the all.zip that OSV publishes for PyPI",
    )


# --- Matching -----------------------------------------------------------------------------------


def _affected(record: Record) -> Iterator[tuple[str, Record]]:
    """The Python packages that a record affects, by name."""
    for item in record.get("affected") or ():
        package = item.get("package") or {}
        if str(package.get("ecosystem", "")).partition(":")[0] == _ECOSYSTEM:
            yield python_name(package["name"]), item


def _matches(record: Record, versions: Mapping[Pin, "Version"]) -> Iterator[Vulnerability]:
    for pin, version in versions.items():
        items = [item for name, item in _affected(record) if name == pin.name]
        if any(is_affected(item, version) for item in items):
            fixes = {fix for item in items for fix in _fixes(item, version)}
            yield Vulnerability(
                pin,
                str(record["id"]),
                tuple(sorted(str(alias) for alias in record.get("aliases") or ())),
                tuple(str(fix) for fix in sorted(fixes)),
                _first_line(record.get("summary") or record.get("details") or ""),
            )


def is_affected(affected: Record, version: "Version") -> bool:
    """Whether an `affected` of a record covers a version: it is listed, or in one of the ranges."""
    listed = (_version(text) for text in affected.get("versions") or ())
    return version in listed or any(_in_range(events, version) for events in _ranges(affected))


def _ranges(affected: Record) -> Iterator[list[tuple["Version | None", str]]]:
    """The events of each range in order; None is before every version.

    A range with a bound that is no version cannot be judged: such records list the versions.
    """
    for item in affected.get("ranges") or ():
        if item.get("type") != "ECOSYSTEM":
            continue
        events = [
            (None if kind == "introduced" and text == _ALWAYS else _version(text), kind, text)
            for event in item.get("events") or ()
            for kind, text in event.items()
            if kind in _ORDER
        ]
        if all(bound is not None or text == _ALWAYS for bound, _, text in events):
            yield _ordered([(bound, kind) for bound, kind, _ in events])


def _ordered(events: Iterable[tuple["Version | None", str]]) -> list[tuple["Version | None", str]]:
    first = [event for event in events if event[0] is None]
    rest = [(bound, kind) for bound, kind in events if bound is not None]
    return [*first, *sorted(rest, key=lambda event: (event[0], _ORDER.index(event[1])))]


def _in_range(events: Iterable[tuple["Version | None", str]], version: "Version") -> bool:
    inside = False
    for bound, kind in events:
        if kind == "introduced":
            inside = inside or bound is None or version >= bound
        elif bound is not None and (version > bound or (kind == "fixed" and version == bound)):
            inside = False
    return inside


def _fixes(affected: Record, version: "Version") -> Iterator["Version"]:
    """The next fixed version of each range that covers this version."""
    for events in _ranges(affected):
        later = [b for b, kind in events if kind == "fixed" and b is not None and b > version]
        if later and _in_range(events, version):
            yield later[0]


def _first_line(text: object) -> str:
    return str(text).strip().partition("\n")[0]


def _version(text: object) -> "Version | None":
    from packaging.version import InvalidVersion, Version

    try:
        return Version(str(text))
    except InvalidVersion:
        return None


def _without_aliases(found: Iterable[Vulnerability]) -> list[Vulnerability]:
    """Merge records of one vulnerability, under the id of PyPI's own list if it has one."""
    kept: list[Vulnerability] = []
    by_name = sorted(found, key=lambda one: (one.pin, not one.id.startswith("PYSEC-"), one.id))
    for one in by_name:
        same = next((k for k in kept if k.pin == one.pin and k.names & one.names), None)
        if same is None:
            kept.append(one)
            continue
        kept[kept.index(same)] = Vulnerability(
            same.pin,
            same.id,
            tuple(sorted({*same.aliases, one.id, *one.aliases} - {same.id})),
            same.fixed_in or one.fixed_in,
            same.summary or one.summary,
        )
    return kept
