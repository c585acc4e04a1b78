"""What the machine is: distribution, init system, privileges."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Distribution:
    """Of /etc/os-release: `name` such as debian, `version` such as (12,), `codename`, `title`."""

    name: str
    version: tuple[int, ...]
    codename: str
    title: str

    @property
    def has_apt_packages(self) -> bool:
        """Whether we know how this distribution packages the engine."""
        return self.name in ("debian", "ubuntu")


@dataclass(frozen=True)
class Host:
    """The facts that decide what a bootstrap does and how."""

    distribution: Distribution
    is_root: bool
    has_sudo: bool
    runs_systemd: bool


def parse_os_release(text: str) -> Distribution:
    """Read the text of an os-release file; what is missing is empty."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            values[name] = "".join(shlex.split(value, posix=True)[:1]) if value else ""
    numbers = [part for part in values.get("VERSION_ID", "").split(".") if part.isdigit()]
    name = values.get("ID", "").lower()
    return Distribution(
        name=name or sys.platform,
        version=tuple(int(number) for number in numbers),
        codename=values.get("VERSION_CODENAME", ""),
        title=values.get("PRETTY_NAME", "") or name or sys.platform,
    )


def find_host() -> Host:
    """The machine that we run on."""
    text = ""
    for file in (Path("/etc/os-release"), Path("/usr/lib/os-release")):
        if file.is_file():
            text = file.read_text(errors="replace")
            break
    return Host(
        distribution=parse_os_release(text),
        is_root=os.geteuid() == 0,
        has_sudo=shutil.which("sudo") is not None,
        runs_systemd=Path("/run/systemd/system").is_dir(),
    )


def agrees_beforehand(flag: bool, environ: Mapping[str, str]) -> bool:
    """Whether to skip the question: `--yes` was given, or this is CI.

    HELPERS_ASSUME_YES is set by bootstrap.sh, which has asked for all that follows.
    """
    return (
        flag or environ.get("CI", "").lower() == "true" or bool(environ.get("HELPERS_ASSUME_YES"))
    )
