"""Make the archive that a base image is imported from, of Debian's packages."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

from helpers.images.base.apt_sources import read_debian_sources, snapshot_sources
from helpers.images.base.native_programs import native_programs
from helpers.images.base.recipe import EXCLUDED, PACKAGES, BaseRecipe, plan_recipe
from helpers.model.errors import HelpersError
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.system.host import read_host
from helpers.system.lease import Lease, is_held, working_folder
from helpers.system.process import run, stream

TOOLS = ("mmdebstrap",)
# For so long what was prepared for an engine that did not come is as good as made now.
_FRESH_SECONDS = 3600.0


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
    command += [f"--dpkgopt=path-exclude={path}" for path in EXCLUDED]
    command += ["--dpkgopt=path-include=/usr/share/doc/*/copyright"]
    lines: list[str] = []
    with native_programs(recipe, archive.parent) as options:
        status = stream(
            [*command, *options, recipe.suite, str(archive), *recipe.sources], lines.append
        )
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if status:
        last = "\n".join(lines[-15:])
        full = "no space left on device" in last.lower()
        raise HelpersError(
            "the disk is full" if full else "the base image cannot be made from packages",
            where=f"{last}\nwhole log: {log}",
            fix="free some space" if full else "check apt's sources: apt-get update",
        )
