"""The job that installs a published package from its index alone, and imports it."""

import socket
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.packages.index import IndexFile
from helpers.model.runnable_dir import dir_option
from helpers.registry.package_index import IndexClient
from helpers.registry.proxies import is_loopback
from helpers.system.host import Host
from helpers.wheels.archive import read_wheel
from helpers.wheels.build import building_folder
from helpers.wheels.builder import InstallSource, Place, open_builder
from helpers.wheels.check import modules_of
from helpers.wheels.existing import read_there, version_of
from helpers.wheels.options import BuildOptions
from helpers.wheels.plan import WheelPlan, plan_wheels
from helpers.wheels.publish import commits_of
from helpers.wheels.renumber import without_local

if TYPE_CHECKING:
    from packaging.version import Version

# What the index is called in the container.
_NAME = "PUBLISHED"


@dataclass(frozen=True, slots=True)
class Verified:
    """A package that was installed from its index, and the modules that were imported."""

    name: str
    version: str
    modules: tuple[str, ...]


def verify_package(
    inputs: RepoInputs,
    name: str,
    options: BuildOptions,
    client: IndexClient,
    host: Host,
    listen: Listener,
) -> Verified:
    """Install a dir's package from an index alone, in the dir's builder container; import it.

    Args:
        name: the runnable dir, or a package that dirs use.
        options: which version is meant, and where wheels are that say it.

    Raises:
        HelpersError: the index lacks it or what it requires, or it cannot be imported.
    """
    plan = plan_wheels(inputs, name, options)[-1]
    package, version = _meant(inputs, plan, client)
    check_there(client, name, package, version)
    engine = Client(find_endpoint(host.environment))
    with building_folder(inputs.repo.root) as folder:
        place = Place(inputs, plan.builder, host, host.platform, folder, listen)
        # Nothing of the repo is seen.
        (place.tree / ".git").mkdir(parents=True)
        with open_builder(place, engine, install_source(client, host)) as builder:
            files = builder.install_published(package, version, str(client.index))
            modules = modules_of(files)
            builder.check_imports(package, modules)
    return Verified(package, version, tuple(modules))


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
            fix=f"i package_publish {dir_option(dir)} --index {client.index}",
        )
    return found


def _meant(inputs: RepoInputs, plan: WheelPlan, client: IndexClient) -> tuple[str, str]:
    """Name and version: as the project's file says, or as a wheel that was made of it does."""
    from packaging.version import InvalidVersion, Version

    name, version = plan.own.name, plan.own.version
    if not name or not version:
        paths = [one for one, made in read_there(plan.options.out).items() if made == plan.inputs]
        if not paths:
            raise HelpersError(
                f"only its backend knows which version {plan.place} has, and no wheel of it is in"
                f" {plan.options.out.name}",
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
    if "+" in version and not client.index.local_versions:
        version = without_local(version, commits_of(inputs.repo.root / plan.place))
    return name, version


def install_source(client: IndexClient, host: Host) -> InstallSource:
    """The index alone, with its login if it wants one, instead of what the host is set up with."""
    index, login = client.index, client.login_in_use()
    kept = {
        name: value
        for name, value in host.environment.items()
        if name == "PIP_CERT" or not name.startswith(("PIP_", "UV_"))
    }
    settings = {"UV_DEFAULT_INDEX": f"{_NAME}={index.simple}", "UV_CONFIG_FILE": "/dev/null"}
    if login:
        settings[f"UV_INDEX_{_NAME}_USERNAME"] = login.username
        settings[f"UV_INDEX_{_NAME}_PASSWORD"] = login.password
    network = ""
    if is_loopback(urlsplit(index.simple).hostname or ""):
        # Where this runs, be it a container itself.
        network = f"container:{socket.gethostname()}" if host.in_container else "host"
        others = kept.get("NO_PROXY") or kept.get("no_proxy") or ""
        settings["NO_PROXY"] = ",".join(filter(None, (others, "localhost,127.0.0.1,::1")))
    return InstallSource(replace(host, environment=kept | settings), network)


def _order(version: str) -> "Version":
    from packaging.version import Version

    return Version(version)
