#!/usr/bin/env python3
"""Make sure that programs of another architecture run here, under QEMU."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # isolated Python leaves it out

from bootstrap.actions import ask, check_rights, run_as_root
from bootstrap.commands import run
from bootstrap.errors import BootstrapError
from bootstrap.host import agrees_beforehand, find_host
from system_packages import ensure_packages

PACKAGES = ("qemu-user-static", "binfmt-support", "arch-test")
BINFMT = Path("/proc/sys/fs/binfmt_misc")
# What QEMU calls the architectures that Debian and OCI call otherwise.
QEMU_NAMES = {"amd64": "x86_64", "arm64": "aarch64"}


def is_registered(architecture: str, binfmt: Path = BINFMT) -> bool:
    """Whether the kernel hands programs of that architecture to QEMU, in containers too."""
    try:
        lines = (binfmt / f"qemu-{QEMU_NAMES[architecture]}").read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags:")), "")
    # F: QEMU is opened when it is registered, so containers need not have it.
    return "enabled" in lines and "F" in flags.partition(":")[2]


def ensure_emulation(architecture: str, *, yes: bool) -> None:
    """Install QEMU and register it with the kernel, where that is not so already.

    Raises:
        BootstrapError: it cannot be done, or the user does not want it.
    """
    if is_registered(architecture):
        return
    ensure_packages(PACKAGES, yes=yes)
    if is_registered(architecture):  # installing it registers it, where systemd runs
        return
    host = find_host()
    check_rights(host)
    script = Path(__file__).resolve()
    print(f"  register QEMU for {architecture} with the kernel", flush=True)
    if not host.is_root:
        ask(yes=yes, command=f"{script} ensure {architecture} --yes")
        if run_as_root(script, ["ensure", architecture, "--yes"]) != 0:
            raise _not_registered(architecture)
        return
    if not (BINFMT / "status").exists():
        run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)])
    run(["update-binfmts", "--enable", f"qemu-{QEMU_NAMES[architecture]}"])
    if not is_registered(architecture):
        raise _not_registered(architecture)


def _not_registered(architecture: str) -> BootstrapError:
    return BootstrapError(
        f"the kernel does not take QEMU for programs of {architecture}",
        where=str(BINFMT),
        fix="modprobe binfmt_misc, then again; in a container: on its host",
    )


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="emulation.py", description=__doc__)
    parser.add_argument("command", choices=["ensure"])
    parser.add_argument("architecture", choices=sorted(QEMU_NAMES))
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    chosen = parser.parse_args(arguments)
    try:
        ensure_emulation(chosen.architecture, yes=agrees_beforehand(chosen.yes, os.environ))
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
