"""Give a built wheel another version: for indexes that take no local ones such as `1.2+abc`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from helpers.model.packages.installed import python_name
from helpers.wheels.archive import METADATA, Wheel, info_name
from helpers.wheels.bill import renumbered_bill
from helpers.wheels.merge import SBOM

_NEED = re.compile(r"Requires-Dist:\s*([A-Za-z0-9][A-Za-z0-9._-]*)", re.IGNORECASE)


def without_local(version: str, commits: int) -> str:
    """A version without its local part, as a development version.

    Args:
        commits: the number of one that has none yet, or 0.
    """
    from packaging.version import Version

    read = Version(version)
    if not read.local:
        return version
    # Between two releases the local part alone tells versions apart: all of them are `.dev0`.
    return read.public if read.dev else f"{read.public.removesuffix('.dev0')}.dev{commits}"


def renumbered(wheel: Wheel, versions: Mapping[str, str]) -> Wheel:
    """A wheel with another version, which requires others in the versions that they get.

    Args:
        versions: by name of a package of the repo, its new version.
    """
    version = versions.get(wheel.name, wheel.version)
    stem = info_name(wheel.name, version)
    folders = {wheel.info: f"{stem}.dist-info", wheel.data: f"{stem}.data"}
    files = {}
    for path, entry in wheel.files.items():
        top, slash, rest = path.partition("/")
        files[f"{folders.get(top, top)}{slash}{rest}"] = entry
    info = folders[wheel.info]
    texts = {METADATA: _metadata(wheel.metadata(METADATA), version, versions)}
    if wheel.metadata(SBOM):
        texts[SBOM] = renumbered_bill(wheel.metadata(SBOM), versions)
    for name, content in texts.items():
        files[f"{info}/{name}"] = replace(files[f"{info}/{name}"], content=content)
    return Wheel(wheel.name, version, wheel.tags, files, info, folders[wheel.data])


def _metadata(content: bytes, version: str, versions: Mapping[str, str]) -> bytes:
    head, blank, body = content.decode().partition("\n\n")
    lines = _lines(head, version, versions)
    return ("\n".join(lines) + blank + body).encode()


def _lines(head: str, version: str, versions: Mapping[str, str]) -> Iterator[str]:
    for line in head.split("\n"):
        need = _NEED.match(line)
        if line.lower().startswith("version:"):
            yield f"Version: {version}"
        elif need and python_name(need[1]) in versions:
            # A wheel of ours requires packages of the repo by one version.
            yield re.sub(r"==[^\s;,]+", f"=={versions[python_name(need[1])]}", line, count=1)
        else:
            yield line
