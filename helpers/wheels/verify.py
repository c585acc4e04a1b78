"""The job that installs a published package from its index alone, and imports it."""

import socket
from dataclasses import replace
from urllib.parse import urlsplit

from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.registry.package_index import IndexClient
from helpers.registry.proxies import is_loopback
from helpers.system.host import Host
from helpers.wheels.build import building_folder
from helpers.wheels.builder import InstallSource, Place, open_builder
from helpers.wheels.check import modules_of
from helpers.wheels.on_index import check_there, meant_version
from helpers.wheels.options import BuildOptions
from helpers.wheels.plan import plan_wheels

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
    package, version = meant_version(inputs, [plan], client.index, [plan.options.out])
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
