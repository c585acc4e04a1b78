"""Make the archive that a base image is imported from, of Debian's packages."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

from helpers.images.base.apt_sources import read_debian_sources, snapshot_sources
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.base_image import SUITES, official
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.system.host import read_host
from helpers.system.lease import Lease, is_held, working_folder
from helpers.system.process import run, stream

BASE_NAME = "helpers-base"
TOOLS = ("mmdebstrap",)
PACKAGES = ("ca-certificates", "python3", "python3-venv")
_EXCLUDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")
# For so long what was prepared for an engine that did not come is as good as made now.
_FRESH_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class BaseRecipe:
    """How a base image is made from packages.

    Attributes:
        python: `<major>.<minor>` or with a patch, as the settings' image promises.
        sources: lines of apt's sources; none: the tool's own default.
        snapshot: the moment whose packages it is made from; empty: the newest.
    """

    suite: str
    python: str
    platform: str
    sources: tuple[str, ...] = ()
    snapshot: str = ""

    @property
    def architecture(self) -> str:
        """Debian's name of it; amd64 and arm64 have the same name in Debian and OCI."""
        return self.platform.split("/")[1]

    @property
    def key(self) -> str:
        """A hash of everything that decides what the image contains."""
        parts = [self.suite, self.python, self.platform, *PACKAGES, *_EXCLUDED]
        parts += [self.snapshot] if self.snapshot else []
        return digest_of("\n".join(parts), 12)

    @property
    def tag(self) -> str:
        """The name of the image on the engine."""
        return f"{BASE_NAME}:{self.python}-{self.suite}-{self.architecture}-{self.key}"


def plan_recipe(wanted: str, platform: str) -> BaseRecipe:
    """Plan how to make the image `wanted` from Debian's packages.

    Raises:
        HelpersError: Debian has no such Python, or `wanted` is no official Python image.
    """
    named = official(wanted)
    if named is None:
        raise HelpersError(
            "no registry can be reached, and this base image cannot be made from packages",
            where=f"base_image: {wanted}",
            fix="make the registry reachable, or name a python:<version>-slim-<suite> image"
            " without a digest",
        )
    python = named.python
    suite = next((name for name, version in SUITES.items() if version == python), "")
    suite = named.suite or suite
    if SUITES.get(suite) != python:
        offers = ", ".join(f"{version} ({name})" for name, version in SUITES.items())
        raise HelpersError(
            f"no registry can be reached, and Debian {suite} has no Python {python}"
            if suite
            else f"no registry can be reached, and no Debian has Python {python}",
            where=f"base_image: {wanted}",
            fix=f"make the registry reachable, or choose a Python that Debian has: {offers}",
        )
    return BaseRecipe(suite, python + named.patch, platform)


def recipe_if_any(repo: Repo, wanted: str, platform: str) -> BaseRecipe | None:
    """Like `plan_recipe`, without sources; None if the image cannot be made."""
    try:
        recipe = plan_recipe(wanted, platform)
        return replace(recipe, snapshot=repo.config.package_snapshot)
    except HelpersError:
        return None


def whole_recipe(repo: Repo, wanted: str, platform: str) -> BaseRecipe:
    """The recipe with the sources that this machine, or the repo's snapshot, takes packages from.

    Raises:
        HelpersError: as of `plan_recipe`.
    """
    recipe, moment = plan_recipe(wanted, platform), repo.config.package_snapshot
    if not moment:
        return replace(recipe, sources=read_debian_sources(recipe.suite))
    lines = snapshot_sources(repo.config.package_mirror, moment, recipe.suite)
    return replace(recipe, sources=lines, snapshot=moment)


def base_lease(repo: Repo, wanted: str, *, wait: bool = True) -> Lease:
    """The lease that a process holds while it gets the base image; others wait for it.

    Raises:
        BlockingIOError: another holds it, and `wait` is not set.
    """
    return Lease(repo.root, _lease_name(wanted), wait=wait)


def is_being_brought(repo: Repo, wanted: str) -> bool:
    """Whether anyone holds the lease of the base image."""
    return is_held(repo.root, _lease_name(wanted))


def _lease_name(wanted: str) -> str:
    return f"base-{digest_of(wanted, 12)}"


def prepared_archive(repo: Repo, recipe: BaseRecipe) -> Path | None:
    """The archive that `prepare` made a short while ago."""
    archive = _archive(repo, recipe)
    fresh = archive.is_file() and time.time() - archive.stat().st_mtime < _FRESH_SECONDS
    return archive if fresh else None


def discard_archives(repo: Repo) -> None:
    """Remove prepared archives: the image came from a registry, so nobody needs them."""
    shutil.rmtree(_folder(repo), ignore_errors=True)


def _folder(repo: Repo) -> Path:
    return working_folder(repo.root) / "base"


def _archive(repo: Repo, recipe: BaseRecipe) -> Path:
    return _folder(repo) / f"{recipe.key}.tar"


def make_archive(repo: Repo, recipe: BaseRecipe) -> Path:
    """The archive of a base image: one that was prepared a short while ago, or a new one.

    The lease of the base image is held.

    Raises:
        HelpersError: a tool is missing, or the packages cannot be had.
    """
    prepared = prepared_archive(repo, recipe)
    if prepared:
        return prepared
    _need_tools(repo)
    archive = _archive(repo, recipe)
    archive.parent.mkdir(exist_ok=True)
    partial = archive.with_suffix(".partial.tar")
    try:
        _bootstrap(recipe, partial, archive.with_suffix(".log"))
        partial.rename(archive)
    finally:
        partial.unlink(missing_ok=True)
    return archive


def _need_tools(repo: Repo) -> None:
    """Raises a HelpersError where a tool is missing and the user has not agreed to install it."""
    script = repo.toolchain / "dev_scripts" / "system_packages.py"
    done = run([script, "ensure", *TOOLS], check=False)
    if done.status:
        raise HelpersError(
            f"making a base image needs {' '.join(TOOLS)}",
            where=done.stderr.strip(),
            fix=f"{script} ensure {' '.join(TOOLS)}",
        )


def _bootstrap(recipe: BaseRecipe, archive: Path, log: Path) -> None:
    # As root it mounts the machine's /proc, /sys and devices below /tmp: in a namespace of its own
    # they are gone with it, however it ends. For others it takes one by itself, and a container
    # that may not have one cannot mount either.
    apart = ["unshare", "--mount"]
    is_able = read_host().user.uid == 0 and run([*apart, "true"], check=False).status == 0
    command = [
        *(apart if is_able else []),
        "mmdebstrap",
        "--variant=minbase",
        f"--arch={recipe.architecture}",
    ]
    command += [f"--include={','.join(PACKAGES)}"]
    command += [f"--dpkgopt=path-exclude={path}" for path in _EXCLUDED]
    command += ["--dpkgopt=path-include=/usr/share/doc/*/copyright"]
    command += [recipe.suite, str(archive), *recipe.sources]
    lines: list[str] = []
    status = stream(command, lines.append)
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if status:
        last = "\n".join(lines[-15:])
        full = "no space left on device" in last.lower()
        raise HelpersError(
            "the disk is full" if full else "the base image cannot be made from packages",
            where=f"{last}\nwhole log: {log}",
            fix="free some space" if full else "check apt's sources: apt-get update",
        )
