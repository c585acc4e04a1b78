"""The pip part of a conda environment: resolved by uv against the Python that was locked.

Runs in builder images.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conda_rattler import CondaError, Wheel, glibc
from packaging import tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

_UV = "/opt/installer/bin/uv"
_ALWAYS = ("--quiet", "--no-progress", "--color=never", "--no-header", "--no-annotate")
_MACHINES = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}
# The newest glibc that uv knows by name, and the oldest for which wheels are made.
_NEWEST, _OLDEST = 40, 5
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Target:
    """What wheels must fit: a platform and a Python."""

    platform: str
    python: str

    @property
    def glibc(self) -> int:
        """The second number of the C library's version."""
        return min(int((glibc() or "2.17").split(".")[1]), _NEWEST)

    @property
    def options(self) -> "list[str]":
        """How uv is told."""
        machine = f"{_MACHINES[self.platform]}-manylinux_2_{self.glibc}"
        return ["--python-version", self.python, "--python-platform", machine]

    def tags(self) -> "dict[tags.Tag, int]":
        """The tags of wheels that fit, each with its rank: the lowest is the best."""
        machine = _MACHINES[self.platform]
        platforms = []
        for minor in range(self.glibc, _OLDEST - 1, -1):
            platforms.append(f"manylinux_2_{minor}_{machine}")
            platforms += [f"{_OLD_NAMES[minor]}_{machine}"] if minor in _OLD_NAMES else []
        platforms.append(f"linux_{machine}")
        version = tuple(int(part) for part in self.python.split(".")[:2])
        found = [*tags.cpython_tags(version, platforms=platforms)]
        interpreter = f"cp{version[0]}{version[1]}"
        found += tags.compatible_tags(version, interpreter, platforms)
        return {tag: rank for rank, tag in reversed([*enumerate(found)])}


@dataclass(frozen=True)
class Wanted:
    """What is asked of indexes.

    Attributes:
        lines: requirements.
        held: conda's Python packages, with their versions: none of those is installed again.
        constraints: versions that packages must have.
    """

    lines: Sequence[str]
    held: Mapping[str, str]
    constraints: Mapping[str, str]


def resolve(
    wanted: Wanted, target: Target, kept: Iterable[Wheel], newer: "Sequence[str] | None"
) -> "tuple[Wheel, ...]":
    """The files of packages that requirements ask for.

    Args:
        kept: what was locked before, and is taken where it fits.
        newer: packages of which what was locked does not count; empty: all; None: none.

    Raises:
        CondaError: nothing fits, or a file is of no index.
    """
    with tempfile.TemporaryDirectory() as made:
        constraints, pins = Path(made, "constraints.txt"), Path(made, "pins.txt")
        constraints.write_text("".join(f"{one}\n" for one in _constraints(wanted.constraints)))
        keep = kept if newer != [] else ()
        pins.write_text("".join(f"{one.name}=={one.version}\n" for one in keep))
        options = [*target.options, "--constraint", str(constraints)]
        upgrade = [f"--upgrade-package={name}" for name in newer or ()]
        asked = "\n".join(wanted.lines) + "\n"
        _uv(("--output-file", str(pins), *options, *upgrade), asked, target)
        names = {canonicalize_name(name) for name in wanted.held}
        chosen = [
            f"{name}=={version}"
            for name, version in _PIN.findall(pins.read_text("utf-8"))
            if canonicalize_name(name) not in names
        ]
        if not chosen:
            return ()
        lock = Path(made, "pylock.toml")
        found = ("--no-deps", "--format=pylock.toml", "--output-file", str(lock))
        _uv((*found, *target.options), "\n".join(chosen) + "\n", target)
        return tuple(_files(lock.read_text("utf-8"), target))


def _constraints(versions: Mapping[str, str]) -> Iterator[str]:
    for name, version in versions.items():
        try:
            Version(version)
        except InvalidVersion:
            continue  # conda's own way of counting, which no index has
        yield f"{name}=={version}"


def _uv(options: Sequence[str], given: str, target: Target) -> None:
    command = [_UV, "pip", "compile", *_ALWAYS, *options, "-"]
    environment = {**os.environ, "UV_PYTHON": sys.executable}
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise CondaError(
            f"uv cannot resolve the pip part for {target.platform} and Python {target.python};"
            " nothing is changed",
            done.stderr.strip()[-2000:],
            "ask for other versions, or take the package from a channel",
        )


def _files(text: str, target: Target) -> Iterator[Wheel]:
    import tomllib

    ranks = target.tags()
    for package in tomllib.loads(text).get("packages", ()):
        name, version = package["name"], str(package.get("version", ""))
        ranked = sorted((_rank(one, ranks), one["url"]) for one in package.get("wheels", ()))
        by_url = {one["url"]: one for one in package.get("wheels", ())}
        if ranked and ranked[0][0] < len(ranks):
            file = by_url[ranked[0][1]]
        else:
            file = package.get("sdist") or package.get("archive")
        if not file or not file.get("url") or "sha256" not in file.get("hashes", {}):
            raise CondaError(
                f"{name} {version} of the pip part has no file for {target.platform} with a hash",
                "",
                "ask for another version, or take it from a channel",
            )
        yield Wheel(name, version, file["url"], file["hashes"]["sha256"])


def _rank(wheel: Mapping[str, Any], ranks: "Mapping[tags.Tag, int]") -> int:
    name = wheel.get("name") or wheel["url"].partition("#")[0].rpartition("/")[2]
    try:
        found = parse_wheel_filename(name)[3]
    except InvalidWheelFilename:
        return len(ranks)
    return min((ranks[tag] for tag in found if tag in ranks), default=len(ranks))
