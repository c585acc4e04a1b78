"""The version of a package that its index should have, and the files that it has of one."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.errors import HelpersError
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.model.runnable_dir import dir_option
from helpers.registry.package_index import IndexClient
from helpers.system.host import Host
from helpers.wheels.archive import read_wheel
from helpers.wheels.build import platforms_of
from helpers.wheels.existing import read_there, runs_on, version_of
from helpers.wheels.options import BuildOptions
from helpers.wheels.plan import WheelPlan, plan_wheels
from helpers.wheels.publish import commits_of
from helpers.wheels.renumber import without_local

if TYPE_CHECKING:
    from packaging.version import Version


def meant_version(
    inputs: RepoInputs, plans: Sequence[WheelPlan], index: PackageIndex, folders: Sequence[Path]
) -> tuple[str, str]:
    """Name and version: as the project's file says, or as a wheel that was made of it does.

    Args:
        plans: of one wheel, each with other options.
        folders: where such wheels are looked for.

    Raises:
        HelpersError: nothing says it.
    """
    from packaging.version import InvalidVersion, Version

    plan = plans[0]
    name, version = plan.own.name, plan.own.version
    if not name or not version:
        there = {path: made for folder in folders for path, made in read_there(folder).items()}
        paths = [one for one, made in there.items() if made in {one.inputs for one in plans}]
        if not paths:
            raise HelpersError(
                f"only its backend knows which version {plan.place} has, and no wheel of it is in"
                f" {' or '.join(dict.fromkeys(one.name for one in folders))}",
                where=str(inputs.repo.root / plan.own.file),
                fix=f"i package_build {dir_option(plan.place)}",
            )
        built = read_wheel(paths[0])
        name, version = built.name, built.version
    try:
        version = str(Version(version))
    except InvalidVersion as error:
        raise HelpersError(
            str(error), where=plan.own.file, fix="write a version such as 1.2.0"
        ) from error
    if "+" in version and not index.local_versions:
        version = without_local(version, commits_of(inputs.repo.root / plan.place))
    return name, version


def version_there(
    inputs: RepoInputs, name: str, options: BuildOptions, client: IndexClient, host: Host
) -> str:
    """The version of a dir's package, where its index has all files of that version.

    Returns:
        Empty, where the index lacks one, or only the package's backend knows name and version.

    Raises:
        HelpersError: an input is refused, or the index cannot be asked.
    """
    plan = plan_wheels(inputs, name, options)[-1]
    if not plan.own.name or not plan.own.version:
        return ""
    package, version = meant_version(inputs, [plan], client.index, ())
    files = [Path(one) for one in client.files(package) if version_of(one) == version]
    wheels = [one for one in files if one.suffix == ".whl"]
    has_all = all(
        any(runs_on(one, platform) for one in wheels)
        for platform in platforms_of(inputs.repo, plan, host)
    )
    return version if has_all and len(files) >= len(wheels) + options.sdist else ""


def check_there(client: IndexClient, dir: str, package: str, version: str) -> list[IndexFile]:
    """The files that an index has of a version.

    Args:
        dir: the dir that the package is of, for messages.

    Raises:
        HelpersError: it has none; with the versions that it has.
    """
    files = client.files(package)
    found = [one for one in files.values() if version_of(one.name) == version]
    if not found:
        versions = sorted({version_of(name) for name in files} - {""}, key=_order)
        there = ", ".join(versions[-20:]) or "no version of it"
        raise HelpersError(
            f"{client.index} lacks {package} {version}",
            where=f"{client.index.simple} has: {there}",
            fix=publish_command(client.index, dir),
        )
    return found


def publish_command(index: PackageIndex, dir: str) -> str:
    """The command that publishes a dir's package at an index, with what it needs before."""
    command = f"i package_publish {dir_option(dir)} --index {index}"
    return command if index.publish else f"add 'publish' to {index} in repo_config.yaml\n{command}"


def _order(version: str) -> "Version":
    from packaging.version import Version

    return Version(version)
