"""The container in which backends build, and wheels are installed and imported."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from helpers.engine.client import Client
from helpers.images.building.emulation import ensure_emulation
from helpers.images.dependencies.builder_image import ensure_builder_image, plan_builder_image
from helpers.images.installing.builder_container import (
    BuilderContainer,
    Finished,
    builder_container,
)
from helpers.images.installing.working_copy import Mount, WorkingCopy
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import BuildStep, Listener
from helpers.model.names import digest_of
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.lease import WORKING_FOLDER, working_folder
from helpers.vcs.worktree import git_folders
from helpers.wheels.package import Package

_UV = "/opt/installer/bin/uv"
_QUIET = ("--no-progress", "--color=never", "--no-config")
# Below the staged tree: what backends build, by number.
_BUILT = f"{WORKING_FOLDER}/built"
_AT_ONCE = 8
_KEPT_LINES = 6
_OFFLINE = re.compile(r"network was disabled|--offline|was not found in the cache|[Cc]ache")
_INDEX_TROUBLE = re.compile(
    r"[Cc]onnect|resolve host|name resolution|timed out|[Cc]ertificate|HTTP (status|error)"
)
# Lines of uv and Python that only introduce others.
_FRAMES = re.compile(r"\s*(hint:|\)|Traceback|File \"|[\s~^]+$|cause: The build backend returned)")
_IMPORTS = """\
import importlib, importlib.metadata, json, sys
name, modules = json.loads(sys.argv[1])
for module in modules:
    importlib.import_module(module)
for one in importlib.metadata.distribution(name).entry_points:
    if one.group in ("console_scripts", "gui_scripts") and not one.extras:
        one.load()
"""
_FILES = """\
import importlib.metadata, json, sys
print(json.dumps([str(one) for one in importlib.metadata.distribution(sys.argv[1]).files]))
"""


@dataclass(frozen=True, slots=True)
class Place:
    """What the builds of a dir's wheels stand on.

    Attributes:
        runnable_dir: the dir in whose builder image they are built.
        platform: of the builder image.
        folder: the builds' own; the staged tree is below it.
    """

    inputs: RepoInputs
    runnable_dir: RunnableDir
    host: Host
    platform: str
    folder: Path
    listen: Listener

    @property
    def tree(self) -> Path:
        """The staged tree, which the container has at the repo's own path."""
        return self.folder / "tree"

    def environments(self, caches: Path) -> Path:
        """Where wheels are installed: beside the cache, so that files are linked and not copied."""
        return caches / f"installs-{digest_of(str(self.folder), 16)}"


@dataclass(frozen=True, slots=True)
class InstallSource:
    """What a container installs from.

    Attributes:
        host: whose settings name it.
        network: in which it is reached, in the words of the Engine API; empty: the default one.
    """

    host: Host
    network: str = ""


@dataclass(frozen=True, slots=True)
class Builder:
    """The running container."""

    place: Place
    client: Client
    container: BuilderContainer
    caches: Path
    stop: threading.Event

    def build(self, packages: Sequence[Package], seconds: Mapping[str, int]) -> dict[str, Path]:
        """Build the packages side by side; each one's wheel, by its place.

        Args:
            seconds: the time of each, by its place.

        Raises:
            HelpersError: a backend failed, with what it says.
        """
        numbered = list(enumerate(packages))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            built = pool.map(lambda one: self._build(one[0], one[1], seconds), numbered)
            try:
                return dict(zip((one.place for one in packages), built, strict=True))
            except BaseException:
                self.stop.set()  # the others are not waited for
                raise

    def install(self, name: str, wheels: Sequence[Path]) -> None:
        """Install wheels of the staged tree, with what they require, into an empty environment.

        Raises:
            HelpersError: they cannot be installed.
        """
        command = (*self._installer(name), "--link-mode=hardlink")
        files = [str(self._inside(one)) for one in wheels]
        done = self._with_index(lambda offline: (*command, *offline, *files))
        if done.status:
            raise _failed(f"{name} cannot be installed", done, "correct what it requires")

    def install_published(self, name: str, version: str, index: str) -> list[str]:
        """Install a package from the index that the container knows, with what it requires.

        Returns:
            The files that it installed.

        Raises:
            HelpersError: it cannot be installed, or it installs another version.
        """
        done = self.container.run(
            (*self._installer(name), "--no-cache", f"{name}=={version}"), self.stop.is_set
        )
        if done.status:
            raise _failed(
                f"{name} {version} cannot be installed from {index} alone",
                done,
                f"publish what it requires at {index}, or let {index} hand on what others have",
            )
        python = f"{self._environment(name)}/bin/python"
        done = self.container.run((python, "-I", "-B", "-c", _FILES, name), self.stop.is_set)
        if done.status:
            raise _failed(f"{name} {version} is installed, and not found", done, "rename it")
        return [str(one) for one in json.loads(done.stdout)]

    def cut_off(self) -> None:
        """Take the network away."""
        body = {"Container": self.container.id, "Force": True}
        self.client.call("POST", "/networks/bridge/disconnect", body=body)

    def check_imports(self, name: str, modules: Sequence[str]) -> None:
        """Import modules of an installed wheel, and load its commands.

        Raises:
            HelpersError: one cannot be imported.
        """
        python = f"{self._environment(name)}/bin/python"
        asked = json.dumps([name, list(modules)])
        done = self.container.run((python, "-I", "-B", "-c", _IMPORTS, asked), self.stop.is_set)
        if done.status:
            raise _failed(
                f"the wheel of {name} is installed, and cannot be imported",
                done,
                "declare what it imports in its main dependencies",
            )

    def _build(self, number: int, package: Package, seconds: Mapping[str, int]) -> Path:
        target = self.place.tree / _BUILT / str(number)
        shown = f"{package.place} with {package.project.backend}"
        root = self.place.inputs.repo.root
        self.place.listen(BuildStep(self.place.runnable_dir.name, shown, number=str(number)))
        try:
            done = self._with_index(
                lambda offline: (
                    *("env", f"SOURCE_DATE_EPOCH={seconds[package.place]}", "PYTHONHASHSEED=0"),
                    *_said_version(package),
                    *(_UV, "build", "--wheel", *_QUIET, *offline),
                    *("--out-dir", str(self._inside(target)), str(root / package.place)),
                )
            )
        finally:
            ended = BuildStep(self.place.runnable_dir.name, shown, ended=True, number=str(number))
            self.place.listen(ended)
        if done.status:
            raise _failed(f"{package.place} cannot be built", done, f"correct {package.file}")
        return next(target.glob("*.whl"))

    def _with_index(self, command: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Finished:
        """Run a command from the cache alone, and if that lacks something, with the network."""
        if (self.caches / "uv").is_dir():
            done = self.container.run(command(("--offline",)), self.stop.is_set)
            if done.status == 0 or not _OFFLINE.search("\n".join(done.lines)):
                return done
        return self.container.run(command(()), self.stop.is_set)

    def _installer(self, name: str) -> tuple[str, ...]:
        """A command that installs into a new, empty environment."""
        environment = str(self._environment(name))
        script = f'{_UV} venv --quiet --clear --no-config "$1" && shift && exec "$@"'
        shell = ("/bin/sh", "-c", script, "sh", environment)
        return (*shell, _UV, "pip", "install", "--python", environment, *_QUIET)

    def _inside(self, path: Path) -> Path:
        """A path of the staged tree as the container has it."""
        return self.place.inputs.repo.root / path.relative_to(self.place.tree)

    def _environment(self, name: str) -> Path:
        return self.place.environments(self.caches) / name


@contextmanager
def open_builder(
    place: Place, client: Client, source: InstallSource | None = None
) -> Iterator[Builder]:
    """A container of the dir's builder image that sees the staged tree at the repo's path.

    Args:
        source: where it installs from instead of the host's indexes.

    Raises:
        HelpersError: the image cannot be built, or the engine refused the container.
    """
    repo, item = place.inputs.repo, place.runnable_dir
    plan = plan_builder_image(repo, item, place.host, place.platform)
    image = ensure_builder_image(repo, plan, place.host, client, place.listen)
    if place.platform != place.host.platform:
        ensure_emulation(repo.of(item.name), place.platform, place.host)
    caches = working_folder(repo.root) / "dependencies" / "caches"
    caches.mkdir(parents=True, exist_ok=True)
    network = source.network if source else ""
    mounts = tuple(_mounts(place, caches))
    seen = WorkingCopy(item, item.root, place.folder, {}, mounts, network)
    host = source.host if source else place.host
    try:
        with builder_container(repo, seen, host, client, image, resolves=False) as container:
            yield Builder(place, client, container, caches, threading.Event())
    finally:
        shutil.rmtree(place.environments(caches), ignore_errors=True)


def _mounts(place: Place, caches: Path) -> Iterator[Mount]:
    """The tree at the repo's path; in it the caches, and git's folder where versions need it."""
    root, tree = place.inputs.repo.root, place.tree
    for folder in (place.runnable_dir.root, caches):
        # The engine would make them, as root.
        (tree / folder.relative_to(root)).mkdir(parents=True, exist_ok=True)
    yield {"Type": "bind", "Source": str(tree), "Target": str(root)}
    yield {"Type": "bind", "Source": str(caches), "Target": str(caches)}
    if (tree / ".git").exists():
        return
    for folder in (root / ".git", *git_folders(root)):
        if folder.is_dir():
            if folder.is_relative_to(root):
                (tree / folder.relative_to(root)).mkdir(parents=True)
            yield {"Type": "bind", "Source": str(folder), "Target": str(folder), "ReadOnly": True}
        elif folder.is_file():
            shutil.copy2(folder, tree / ".git")


def _said_version(package: Package) -> tuple[str, ...]:
    """What tools that ask git are told in its place, where the version is known."""
    if not package.version:
        return ()
    name = package.name.upper().replace("-", "_")
    return (
        f"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{name}={package.version}",
        f"PDM_BUILD_SCM_VERSION={package.version}",
        f"UV_DYNAMIC_VERSIONING_BYPASS={package.version}",
        f"POETRY_DYNAMIC_VERSIONING_BYPASS={package.version}",
    )


def _failed(what: str, done: Finished, fix: str) -> HelpersError:
    lines = [line for line in done.lines if not _FRAMES.match(line)]
    said = "\n".join(lines[-_KEPT_LINES:])
    if _INDEX_TROUBLE.search(said):
        fix = "make the package index reachable (i doctor)"
    return HelpersError(what, where=said, fix=f"{fix}, then the same command again")
