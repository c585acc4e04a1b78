"""Wheels that are there already: made from the same inputs, or in the way."""

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.images.platform import architecture
from helpers.model.packages.installed import python_name
from helpers.model.runnable_dir import dir_option
from helpers.model.wheel import BuiltWheel, Mode
from helpers.wheels.archive import info_name, is_complete, read_inputs
from helpers.wheels.part import Made, required_names
from helpers.wheels.plan import WheelPlan

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def read_there(out: Path) -> dict[Path, str]:
    """The wheels of a folder, each with the hash of what it was made from; empty: it says none."""
    paths = sorted(out.glob("*.whl")) if out.is_dir() else ()
    return {path: read_inputs(path) for path in paths}


def find_made(
    plan: WheelPlan, platforms: Sequence[str], there: Mapping[Path, str]
) -> tuple[BuiltWheel, ...]:
    """The wheels that were made from the same inputs; none, where one of a platform is missing.

    Args:
        there: all wheels of the folder, with the hashes of their inputs.
    """
    paths = [path for path, inputs in there.items() if inputs == plan.inputs]
    if not all(any(runs_on(path, one) for path in paths) for one in platforms):
        return ()
    return tuple(_described(plan, path) for path in paths)


def runs_on(wheel: Path, platform: str) -> bool:
    """Whether a wheel is for a platform, as its file name says."""
    name = wheel.name
    return name.endswith("-any.whl") or _MACHINES.get(architecture(platform), platform) in name


def check_nothing_other(
    plan: WheelPlan, there: Mapping[Path, str], made: Made | None = None
) -> None:
    """Make sure that no wheel of the same version and of other content is in the way.

    Args:
        there: all wheels of the folder, with the hashes of their inputs.
        made: the new wheel, where only its backend knew name and version.

    Raises:
        HelpersError: there is one.
    """
    name, version = (made.name, made.version) if made else (plan.own.name, plan.own.version)
    if not name or not version:
        return
    from packaging.version import InvalidVersion, Version

    try:
        start = info_name(name, str(Version(version)))
    except InvalidVersion:
        return  # its backend says best what is wrong with it
    for path, inputs in there.items():
        same_version = path.name.startswith(f"{start}-") and is_complete(path)
        if same_version and inputs != plan.inputs:
            raise HelpersError(
                f"{path.name} is there, and its content is another one",
                where=str(path),
                fix=f"{_another_version(plan, version)}   (or rm {shlex.quote(str(path))})",
            )


def version_of(file: str) -> str:
    """The version in the name of a wheel or source distribution; empty: it is neither."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    try:
        if file.endswith(".whl"):
            return str(parse_wheel_filename(file)[1])
        return str(parse_sdist_filename(file)[1])
    except (InvalidSdistFilename, InvalidWheelFilename):
        return ""


def _described(plan: WheelPlan, path: Path) -> BuiltWheel:
    name, version, *_ = path.name.split("-")  # as `info_name` wrote them
    internal = {one.name for one in plan.packages[1:]}
    return BuiltWheel(
        dir=plan.place,
        path=path,
        name=python_name(name),
        version=version,
        inputs=plan.inputs,
        mode=plan.options.mode,
        requires=tuple(sorted(required_names(path) & internal)) if internal else (),
        changed=False,
    )


def _another_version(plan: WheelPlan, version: str) -> str:
    if plan.options.mode is Mode.PIN:
        # Others require it by the version that its file says.
        return f'write  version = "{next_version(version)}"  in {plan.own.file}'
    how = f"{' --locked' * plan.options.locked}{' --with-data' * plan.options.with_data}"
    return f"i package_build {dir_option(plan.place)}{how} --version {next_version(version)}"


def next_version(version: str) -> str:
    """The version after one, its last number raised."""
    found = re.match(r"(\d+!)?\d+(\.\d+)*", version)
    if not found:
        return "1.0.0"
    head, dot, last = found[0].rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if dot else f"{found[0]}.0.1"
