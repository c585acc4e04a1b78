"""The doctor's checks, and the row that each of them gives."""

import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from helpers.doctor.files import read_files
from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint, start_command
from helpers.images.base.find import find_base_image
from helpers.images.base.python_check import base_images, check_python
from helpers.images.installing.certificates import bundle_content, bundle_files
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.registry.access import Access
from helpers.registry.errors import RegistryUnavailableError
from helpers.registry.repository import Repository
from helpers.registry.retry_budget import RetryBudget
from helpers.system.host import Host
from helpers.system.nested_repos import other_versions
from helpers.system.process import ProcessError, run
from helpers.system.repo_files import read_dir_config
from helpers.system.toolchain import toolchain_version
from helpers.vcs.submodules import check_out_command, missing_submodules

OK, WRONG, OPTIONAL = "ok", "wrong", "optional"
_OLDEST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 5 * 10**9
_BUDGET = RetryBudget(connect=3, read=5)
_EMULATORS = {"amd64": ("arm64", "qemu-aarch64"), "arm64": ("amd64", "qemu-x86_64")}


@dataclass(frozen=True, slots=True)
class Check:
    """One row: `optional` is something that only some jobs need."""

    state: str
    found: str
    fix: str = ""
    name: str = ""


def check_all(repo: Repo, host: Host, troubles: Sequence[HelpersError] = ()) -> list[Check]:
    """Look at everything; nothing is changed, and no check stops another.

    Args:
        troubles: what is wrong with the repo's settings; the repo has the defaults then.
    """
    found = read_files(repo)
    # Several checks may meet the same unreadable file.
    broken = {str(error): error for error in (*troubles, *found.broken)}
    start = start_command(host.environment).partition("\n")[0]
    checks: dict[str, Callable[[], Check]] = {
        "Python": _python,
        "thin environment": lambda: _thin_environment(repo),
        "git": lambda: _version(["git", "--version"], "sudo apt-get install git"),
        "engine": lambda: _engine(host),
        "buildx": lambda: _version(["docker", "buildx", "version"], start),
        "compose": lambda: _version(["docker", "compose", "version", "--short"], start),
        f"emulation of {_other(host)[0]}": lambda: _emulation(host),
        "disk space": lambda: _disk(repo),
        "Python of the dirs": lambda: _python_of_dirs(repo, found.dirs),
        "toolchain": lambda: _toolchain(repo),
    }
    if not troubles:
        # With the defaults these would say what the settings do not.
        checks["base image"] = lambda: _base_image(repo, host, found.dirs)
        checks["registry"] = lambda: _registry(repo, host)
        checks["certificates"] = lambda: _certificates(repo, host)
    if found.modules:
        checks["submodules"] = lambda: _submodules(repo)
    files = [_wrong("file", error) for error in broken.values()]
    return [*files, *(_row(name, check) for name, check in checks.items())]


def _row(name: str, check: Callable[[], Check]) -> Check:
    try:
        return replace(check(), name=name)
    except HelpersError as error:
        return _wrong(name, error)
    except OSError as error:
        fix = f"ls -ld {shlex.quote(str(error.filename or '.'))}"
        return Check(WRONG, f"the system refused: {error.strerror or error}", fix, name)


def _wrong(name: str, error: HelpersError) -> Check:
    where = "; ".join(error.where.splitlines())
    return Check(WRONG, f"{where}: {error.what}" if where else error.what, error.fix, name)


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _OLDEST_PYTHON:
        return Check(WRONG, found, "install Python 3.11 or newer, first on PATH")
    return Check(OK, found)


def _thin_environment(repo: Repo) -> Check:
    script = repo.toolchain / "dev_scripts" / "thin_env.py"
    wanted = run([sys.executable, "-I", script, "path"]).stdout.strip()
    if Path(sys.prefix).resolve() != Path(wanted).resolve():
        return Check(WRONG, f"this runs in {sys.prefix}", "source setenv.sh")
    return Check(OK, wanted)


def _version(command: list[str], fix: str) -> Check:
    try:
        return Check(OK, run(command, timeout=20).stdout.strip())
    except ProcessError as error:
        return Check(WRONG, (error.last_lines or [error.what])[-1], fix)


def _engine(host: Host) -> Check:
    client = Client(find_endpoint(host.environment))
    version = client.call("GET", "/version", timeout=10)["Version"]
    return Check(OK, f"{version} at {client.endpoint.url} ({client.endpoint.origin})")


def _emulation(host: Host) -> Check:
    other, emulator = _other(host)
    if (Path("/proc/sys/fs/binfmt_misc") / emulator).exists():
        return Check(OK, emulator)
    fix = "sudo apt-get install qemu-user-static binfmt-support"
    return Check(OPTIONAL, f"none: images for {other} cannot be built here", fix)


def _other(host: Host) -> tuple[str, str]:
    """The other architecture than the host's, and its emulator."""
    return _EMULATORS.get(host.platform.partition("/")[2], _EMULATORS["amd64"])


def _disk(repo: Repo) -> Check:
    free = shutil.disk_usage(repo.root).free
    shown = f"{free / 1e9:.0f} GB free"
    if free < _LEAST_FREE_BYTES:
        return Check(WRONG, shown, "docker system prune, or free some space")
    return Check(OK, shown)


def _base_image(repo: Repo, host: Host, dirs: Sequence[RunnableDir]) -> Check:
    client = Client(find_endpoint(host.environment))
    wanted = base_images(repo, dirs)
    found = {one: find_base_image(repo, client, one, host.platform) for one in wanted}
    missing = [one for one, there in found.items() if there is None]
    if missing:
        text = f"{', '.join(missing)} not there yet; the first build brings it"
        return Check(OPTIONAL, text, "i docker_build_base_image")
    return Check(OK, ", ".join(there.reference for there in found.values() if there))


def _python_of_dirs(repo: Repo, dirs: Sequence[RunnableDir]) -> Check:
    for item in dirs:
        if not (item.devops / "Dockerfile").is_file():
            check_python(repo, item, read_dir_config(item))
    return Check(OK, "their projects allow that of their images")


def _registry(repo: Repo, host: Host) -> Check:
    registry = repo.config.registry
    if not registry:
        return Check(OK, "none in the settings: images stay on this machine")
    access = Access(host, bundle_content(repo, host) or None, budget=_BUDGET)
    try:
        Repository(f"{registry}/any", access).check_answers()
    except RegistryUnavailableError as error:
        fix = "start it, or ask those who run it; only where its name is wrong,"
        fix += f" correct 'registry' in {repo.config_path.name}"
        return Check(WRONG, error.what, fix)
    return Check(OK, registry)


def _certificates(repo: Repo, host: Host) -> Check:
    bundles = bundle_files(repo, host)
    return Check(OK, ", ".join(map(str, bundles)) or "those of each image")


def _toolchain(repo: Repo) -> Check:
    """Which version drives, and whether repos in this one have others."""
    driving = toolchain_version(repo.toolchain)
    for item in repo.nested:
        if item.trouble:
            raise item.trouble
    others = other_versions(repo)
    if not others:
        return Check(OK, str(driving))
    shown = ", ".join(f"{version} in {place}" for place, version in others.items())
    newest = max([driving, *others.values()])
    found = f"{driving} drives; {shown}"
    return Check(OPTIONAL, found, f"i helpers_upgrade --to v{newest} in each repo")


def _submodules(repo: Repo) -> Check:
    missing = missing_submodules(repo.root)
    if missing:
        found = f"not checked out: {', '.join(missing)}"
        return Check(WRONG, found, check_out_command(repo.root, missing))
    return Check(OK, "all checked out")
