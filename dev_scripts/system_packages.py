#!/usr/bin/env python3
"""Make sure that packages of the distribution are installed: says first, asks, then installs."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # isolated Python leaves it out

from bootstrap.actions import AptInstall, AptUpdate, announce, apt, ask, check_rights, run_as_root
from bootstrap.errors import BootstrapError
from bootstrap.host import agrees_beforehand, find_host
from bootstrap.packages import install, lists_are_fresh, missing_packages, plan_packages


def ensure_packages(wanted: Sequence[str], *, yes: bool, dry_run: bool = False) -> None:
    """Install those of `wanted` that are missing.

    Raises:
        BootstrapError: they cannot be installed, or the user does not want them to be.
    """
    host = find_host()
    missing = missing_packages(wanted)
    actions = plan_packages(wanted, missing, host.distribution, fresh=lists_are_fresh())
    if not actions:
        return
    check_rights(host)
    announce(actions, f"missing: {' '.join(missing)}", host)
    if dry_run:
        return
    script = Path(__file__).resolve()
    ask(yes=yes, command=f"{script} ensure {' '.join(wanted)} --yes")
    if not host.is_root:
        if run_as_root(script, ["ensure", *missing, "--yes"]) != 0:
            raise BootstrapError(f"these packages are still missing: {' '.join(missing)}")
        return
    for action in actions:
        if isinstance(action, AptUpdate):
            apt(action)
        elif isinstance(action, AptInstall):
            install(action, retry=AptUpdate() not in actions)


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="system_packages.py", description=__doc__)
    parser.add_argument("command", choices=["ensure"])
    parser.add_argument("packages", nargs="+", metavar="PACKAGE")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, only")
    chosen = parser.parse_args(arguments)
    try:
        ensure_packages(
            chosen.packages,
            yes=agrees_beforehand(chosen.yes, os.environ),
            dry_run=chosen.dry_run,
        )
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
