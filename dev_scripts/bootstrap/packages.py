"""Packages of the distribution: which are missing, and what brings them."""

import time
from collections.abc import Sequence
from pathlib import Path

from bootstrap.actions import Action, AptInstall, AptUpdate, apt
from bootstrap.commands import run
from bootstrap.errors import BootstrapError
from bootstrap.host import Distribution

LISTS = Path("/var/lib/apt/lists")
FRESH_SECONDS = 24 * 3600


def parse_installed(output: str) -> frozenset[str]:
    """Names of installed packages, from lines of `<name> <status>` as dpkg-query prints them."""
    pairs = [line.split(" ", 1) for line in output.splitlines() if " " in line]
    return frozenset(name for name, status in pairs if status == "install ok installed")


def missing_packages(wanted: Sequence[str]) -> tuple[str, ...]:
    """Those of `wanted` that are not installed."""
    found = run(["dpkg-query", "-W", "-f", "${Package} ${Status}\n", *wanted])
    installed = parse_installed(found.output)
    return tuple(name for name in wanted if name not in installed)


def lists_are_fresh(lists: Path = LISTS, now: float | None = None) -> bool:
    """Whether apt knows any packages, and has asked for them within a day."""
    try:
        times = [file.stat().st_mtime for file in lists.glob("*_Packages*")]
        asked = max(lists.stat().st_mtime, (lists / "partial").stat().st_mtime)
    except OSError:
        return False
    return bool(times) and (now or time.time()) - asked < FRESH_SECONDS


def plan_packages(
    wanted: Sequence[str], missing: Sequence[str], distribution: Distribution, *, fresh: bool
) -> tuple[Action, ...]:
    """Plan how to install the missing packages; empty when none is missing.

    Raises:
        BootstrapError: the distribution has no apt.
    """
    if not missing:
        return ()
    if not distribution.has_apt_packages:
        raise BootstrapError(
            f"needed, and on {distribution.title} not ours to install: {' '.join(wanted)}",
            fix="install them with the system's package manager, then run the same command again",
        )
    update: tuple[Action, ...] = () if fresh else (AptUpdate(),)
    return (*update, AptInstall(tuple(missing)))


def install(action: AptInstall, *, retry: bool) -> None:
    """Install; `retry`: should the lists be out of date, once more after an update."""
    try:
        apt(action)
    except BootstrapError:
        if not retry:
            raise
        print("  once more, with new lists of packages", flush=True)
        apt(AptUpdate())
        apt(action)
