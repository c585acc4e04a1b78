"""Make one wheel of several, or one that requires the others, from what backends built."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.model.wheel import common_tags, needs, requirement_line
from helpers.wheels.archive import (
    INPUTS_FILE,
    METADATA,
    RECORD,
    WHEEL,
    Entry,
    info_name,
    wheel_file,
    wheel_name,
)
from helpers.wheels.bill import bill_of
from helpers.wheels.part import Made, Part, Stamp

if TYPE_CHECKING:
    from packaging.metadata import RawMetadata
    from packaging.requirements import Requirement

    from helpers.wheels.pins import Pins

SBOM = "sboms/helpers.cdx.json"
_LICENSES = "licenses"
# The last one is setuptools' own: without it readers look at the files, which are those of all.
_MADE_ANEW = (METADATA, WHEEL, RECORD, INPUTS_FILE, SBOM, "top_level.txt")
# Of what `.data` holds: goes beside the code.
_CODE = ("purelib", "platlib")
_KEY = re.compile(rb"^[a-z-]+(?=:)", re.MULTILINE)
_NAMED_SO = ("LICEN", "COPYING", "NOTICE", "AUTHORS")


def merge(parts: Sequence[Part], stamp: Stamp, pins: Pins | None = None) -> Made:
    """The wheel of the first part, with all that it needs of the others in it.

    Raises:
        HelpersError: two bring the same file with different content, or they run nowhere together.
    """
    parts = _needed(parts)
    own = parts[0]
    _check_versions(parts)
    wanted = needs(
        own.wheel.name,
        {one.wheel.name: one.requires for one in parts},
        own.raw.get("provides_extra", ()),
    )
    lines = [requirement_line(text, condition) for text, condition in wanted.items()]
    return _make(parts, pins.pinned(lines) if pins else lines, stamp, ())


def pin(part: Part, others: Mapping[str, str], stamp: Stamp, pins: Pins | None = None) -> Made:
    """The wheel of one part, which requires others of the repo in the versions that they have.

    Args:
        others: their versions by normalised name.
    """
    lines, foreign, required = [], [], set()
    for requirement in part.requires:
        name = python_name(requirement.name)
        version = others.get(name)
        if name == part.wheel.name or version is None:
            foreign.append(str(requirement))
            continue
        _check_version(part, requirement, version)
        required.add(name)
        extras = f"[{','.join(sorted(requirement.extras))}]" * bool(requirement.extras)
        marker = f" ; {requirement.marker}" * bool(requirement.marker)
        lines.append(f"{name}{extras}=={version}{marker}")
    lines = sorted({*lines, *(pins.pinned(foreign) if pins else foreign)})
    return _make([part], lines, stamp, tuple(sorted(required)))


def _needed(parts: Sequence[Part]) -> list[Part]:
    """The first part and those that it leads to: what only developing needs is left out."""
    by_name = {one.wheel.name: one for one in parts}
    found = [parts[0]]
    for part in found:  # grows while it is walked
        for requirement in part.requires:
            other = by_name.get(python_name(requirement.name))
            if other and other not in found:
                found.append(other)
    return found


def _check_versions(parts: Sequence[Part]) -> None:
    versions = {one.wheel.name: one.wheel.version for one in parts}
    for part in parts:
        for requirement in part.requires:
            version = versions.get(python_name(requirement.name))
            if version is not None:
                _check_version(part, requirement, version)


def _check_version(part: Part, requirement: Requirement, version: str) -> None:
    if not requirement.specifier.contains(version, prereleases=True):
        raise HelpersError(
            f"{part.place} asks for {requirement.name}{requirement.specifier},"
            f" and the repo has {version}",
            where=f"{part.place}/pyproject.toml",
            fix=f"correct that version, or give {requirement.name} another one",
        )


def _make(
    parts: Sequence[Part], requires: Sequence[str], stamp: Stamp, internal: tuple[str, ...]
) -> Made:
    own = parts[0].wheel
    tags = common_tags(one.wheel.tags for one in parts)
    if not tags:
        shown = "\n".join(f"{one.place}: {', '.join(map(str, one.wheel.tags))}" for one in parts)
        raise HelpersError(
            "the packages run nowhere together: no platform and Python has all of their tags",
            where=shown,
            fix="the same command with --mode pin, or build them for the same Python",
        )
    info = f"{info_name(own.name, own.version)}.dist-info"
    files, licences = _join(parts, info)
    raw = _metadata(parts, requires, licences)
    from packaging.metadata import Metadata

    text = _as_written(Metadata.from_raw(raw, validate=True).as_rfc822().as_bytes())
    pure = all(one.wheel.is_pure for one in parts)
    inputs = {"inputs": stamp.inputs, "mode": stamp.mode}
    files[f"{info}/{METADATA}"] = Entry(text)
    files[f"{info}/{WHEEL}"] = Entry(wheel_file(tags, pure=pure))
    files[f"{info}/{INPUTS_FILE}"] = Entry(f"{json.dumps(inputs, sort_keys=True)}\n".encode())
    if len(parts) > 1:
        files[f"{info}/{SBOM}"] = Entry(bill_of(parts, stamp))
    file_name = wheel_name(own.name, own.version, tags)
    return Made(file_name, own.name, own.version, info, files, internal)


def _join(parts: Sequence[Part], info: str) -> tuple[dict[str, Entry], list[str]]:
    """The files of all parts by their new paths, and the licences among them."""
    files: dict[str, Entry] = {}
    bringer: dict[str, Part] = {}
    licences: list[str] = []
    for number, part in enumerate(parts):
        for name, entry in part.wheel.files.items():
            path = _path(part, name, info, first=not number)
            if not path:
                continue
            if files.setdefault(path, entry).content != entry.content:
                raise _conflict(path, bringer[path], part)
            bringer.setdefault(path, part)
            if path.startswith(f"{info}/{_LICENSES}/"):
                licences.append(path.removeprefix(f"{info}/{_LICENSES}/"))
    return files, sorted(set(licences))


def _path(part: Part, name: str, info: str, *, first: bool) -> str:
    """A file's path in the new wheel; empty: it is left out."""
    wheel = part.wheel
    data = f"{info.removesuffix('.dist-info')}.data"
    if name.startswith(f"{wheel.info}/"):
        inside = name.removeprefix(f"{wheel.info}/")
        below = "" if first else f"{wheel.name}/"
        if inside.startswith(f"{_LICENSES}/"):
            return f"{info}/{_LICENSES}/{below}{inside.removeprefix(f'{_LICENSES}/')}"
        if inside.rpartition("/")[2].upper().startswith(_NAMED_SO):
            return f"{info}/{_LICENSES}/{below}{inside}"
        if not first or inside in _MADE_ANEW:
            # Bills of what others brought into their wheels stay.
            return f"{info}/{inside}" if inside.startswith("sboms/") and inside != SBOM else ""
        return f"{info}/{inside}"
    if name.startswith(f"{wheel.data}/"):
        kind, _, inside = name.removeprefix(f"{wheel.data}/").partition("/")
        if kind in _CODE and (kind == "purelib") == wheel.is_pure:
            return inside
        # Commands are those of the project alone.
        return "" if kind == "scripts" and not first else f"{data}/{kind}/{inside}"
    return name


def _conflict(path: str, one: Part, other: Part) -> HelpersError:
    return HelpersError(
        f"both {one.place} and {other.place} have {path}, with different content",
        where=f"{path} of {one.wheel.name} ({one.place})\n"
        f"{path} of {other.wheel.name} ({other.place})",
        fix="rename one, or --mode pin",
    )


def _metadata(
    parts: Sequence[Part], requires: Sequence[str], licences: Sequence[str]
) -> RawMetadata:
    raw = parts[0].raw.copy()
    raw["metadata_version"] = "2.4"  # the first whose licences stand in a folder
    raw["requires_dist"] = list(requires)
    raw["license_files"] = list(licences)
    raw.pop("dynamic", None)  # nothing is, from here on
    pythons = sorted(_pythons(parts))
    if pythons:
        raw["requires_python"] = ",".join(pythons)
    if raw.get("license_expression"):
        raw.pop("license", None)
    return raw


def _as_written(metadata: bytes) -> bytes:
    """Metadata whose keys are as the specification writes them, and as people look for them."""
    head, blank, body = metadata.partition(b"\n\n")
    titled = _KEY.sub(lambda key: key[0].title().replace(b"-Url", b"-URL"), head)
    return titled + blank + body


def _pythons(parts: Sequence[Part]) -> set[str]:
    from packaging.specifiers import SpecifierSet

    return {str(one) for part in parts for one in SpecifierSet(part.raw.get("requires_python", ""))}
