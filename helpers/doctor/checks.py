"""What is looked at, and what is said of it."""

import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpers.engine.client import Client, EngineError
from helpers.images.base import find_base_image
from helpers.images.certificates import bundle_files
from helpers.images.python_check import base_images, check_python
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.host import Host
from helpers.system.nesting import other_versions
from helpers.system.process import ProcessError, run
from helpers.system.repo_files import read_dir_config
from helpers.system.toolchain import toolchain_version
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.git import check_out_command, missing_submodules

OK, WRONG, OPTIONAL = "ok", "wrong", "optional"
_OLDEST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 5 * 10**9
_REGISTRY_SECONDS = 3.0
_EMULATORS = {"amd64": ("arm64", "qemu-aarch64"), "arm64": ("amd64", "qemu-x86_64")}


@dataclass(frozen=True, slots=True)
class Check:
    """One row: `optional` is something that only some jobs need."""

    name: str
    state: str
    found: str
    mend: str = ""


def check_all(repo: Repo, client: Client, host: Host) -> list[Check]:
    """Look at everything; nothing is changed, and no check stops another."""
    checks: list[Callable[[], Check]] = [
        _python,
        lambda: _thin_environment(repo),
        _git,
        lambda: _engine(client),
        _buildx,
        _compose,
        lambda: _emulation(host),
        lambda: _disk(repo),
        lambda: _base_image(repo, client, host),
        lambda: _python_of_dirs(repo),
        lambda: _registry(repo),
        lambda: _certificates(repo, host),
        lambda: _submodules(repo),
        lambda: _toolchain(repo),
    ]
    return [check() for check in checks]


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _OLDEST_PYTHON:
        return Check("Python", WRONG, found, "install Python 3.11 or newer, first on PATH")
    return Check("Python", OK, found)


def _thin_environment(repo: Repo) -> Check:
    script = repo.toolchain / "dev_scripts" / "thin_env.py"
    wanted = run([sys.executable, "-I", script, "path"]).stdout.strip()
    if Path(sys.prefix).resolve() != Path(wanted).resolve():
        return Check("thin environment", WRONG, f"this runs in {sys.prefix}", "source setenv.sh")
    return Check("thin environment", OK, wanted)


def _git() -> Check:
    return _version("git", ["git", "--version"], "sudo apt-get install git")


def _buildx() -> Check:
    return _version("buildx", ["docker", "buildx", "version"], "i engine_start")


def _compose() -> Check:
    return _version("compose", ["docker", "compose", "version", "--short"], "i engine_start")


def _version(name: str, command: list[str], mend: str) -> Check:
    try:
        return Check(name, OK, run(command, timeout=20).stdout.strip())
    except ProcessError as error:
        return Check(name, WRONG, (error.last_lines or [error.what])[-1], mend)


def _engine(client: Client) -> Check:
    try:
        version = client.call("GET", "/version", timeout=10)["Version"]
    except EngineError as error:
        return Check("engine", WRONG, error.what, error.mend)
    return Check("engine", OK, f"{version} at {client.endpoint.url} ({client.endpoint.origin})")


def _emulation(host: Host) -> Check:
    own = host.platform.partition("/")[2]
    other, emulator = _EMULATORS.get(own, ("arm64", "qemu-aarch64"))
    name = f"emulation of {other}"
    if (Path("/proc/sys/fs/binfmt_misc") / emulator).exists():
        return Check(name, OK, emulator)
    mend = "sudo apt-get install qemu-user-static binfmt-support"
    return Check(name, OPTIONAL, f"none: images for {other} cannot be built here", mend)


def _disk(repo: Repo) -> Check:
    free = shutil.disk_usage(repo.root).free
    shown = f"{free / 1e9:.0f} GB free"
    if free < _LEAST_FREE_BYTES:
        return Check("disk space", WRONG, shown, "docker system prune, or free some space")
    return Check("disk space", OK, shown)


def _base_image(repo: Repo, client: Client, host: Host) -> Check:
    name = "base image"
    try:
        wanted = base_images(repo, discover_dirs(repo))
        found = {one: find_base_image(repo, client, one, host.platform) for one in wanted}
    except HelpersError as error:
        return Check(name, WRONG, error.what, error.mend)
    missing = [one for one in wanted if not found[one]]
    if missing:
        text = f"{', '.join(missing)} not there yet; the first build brings it"
        return Check(name, OPTIONAL, text, "i docker_build_base_image")
    return Check(name, OK, ", ".join(found.values()))


def _python_of_dirs(repo: Repo) -> Check:
    name = "Python of the dirs"
    try:
        for item in discover_dirs(repo):
            if not (item.devops / "Dockerfile").is_file():
                check_python(repo, item, read_dir_config(item))
    except HelpersError as error:
        return Check(name, WRONG, error.what, error.mend)
    return Check(name, OK, "their projects allow that of their images")


def _registry(repo: Repo) -> Check:
    registry = repo.config.registry
    if not registry:
        return Check("registry", OK, "none in the settings: images stay on this machine")
    host, _, port = registry.partition("/")[0].partition(":")
    try:
        socket.create_connection((host, int(port or 443)), _REGISTRY_SECONDS).close()
    except OSError as error:
        where = repo.config_path.name
        return Check("registry", WRONG, f"{registry}: {error}", f"correct 'registry' in {where}")
    return Check("registry", OK, registry)


def _certificates(repo: Repo, host: Host) -> Check:
    try:
        bundles = bundle_files(repo, host)
    except HelpersError as error:
        return Check("certificates", WRONG, error.what, error.mend)
    return Check("certificates", OK, ", ".join(map(str, bundles)) or "those of each image")


def _toolchain(repo: Repo) -> Check:
    """Which version drives, and whether repos in this one have others."""
    driving = toolchain_version(repo.toolchain)
    troubles = [item.trouble for item in repo.nested if item.trouble]
    if troubles:
        return Check("toolchain", WRONG, troubles[0].what, troubles[0].mend)
    others = other_versions(repo)
    if not others:
        return Check("toolchain", OK, str(driving))
    shown = ", ".join(f"{version} in {place}" for place, version in others.items())
    newest = max([driving, *others.values()])
    found = f"{driving} drives; {shown}"
    return Check("toolchain", OPTIONAL, found, f"i helpers_upgrade --to v{newest} in each repo")


def _submodules(repo: Repo) -> Check:
    missing = missing_submodules(repo.root)
    if missing:
        found = f"not checked out: {', '.join(missing)}"
        return Check("submodules", WRONG, found, check_out_command(repo.root, missing))
    return Check("submodules", OK, "all checked out")
