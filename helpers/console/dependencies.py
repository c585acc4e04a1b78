"""Show changed dependencies, and versions in which dirs differ, as plain lines."""

import shlex
from collections.abc import Sequence

from helpers.console.tables import table_lines
from helpers.model.numbers import counted
from helpers.model.packages.locked import (
    Conflict,
    DependencyOutcome,
    HostEnvironment,
    PackageChange,
)
from helpers.model.runnable_dir import ROOT, shown_name


def outcome_lines(outcome: DependencyOutcome, root_name: str = ROOT) -> list[str]:
    """Show what a command changed in a dir, and that its version needs a bump."""
    name = shlex.quote(outcome.dir)
    if not outcome.changes:
        return change_lines(outcome, root_name)
    return [
        *change_lines(outcome, root_name),
        "  the container's version needs a bump:",
        f'    i docker_build_local_image --dir {name} --bump minor --message "Update dependencies"',
    ]


def installed_line(name: str, made: HostEnvironment) -> str:
    """Say what a dir's environment on the host holds.

    Args:
        name: the dir's, as it is shown.
    """
    if not made.changed:
        return f"{name}: {made.folder} is up to date"
    held = [counted(made.packages, "package"), f"the code of {name}", *made.by_path]
    return f"{name}: {made.folder} has {', '.join(held)} (Python {made.python})"


def change_lines(outcome: DependencyOutcome, root_name: str = ROOT) -> list[str]:
    """Show what a command changed in a dir."""
    name = shown_name(outcome.dir, root_name)
    if not outcome.written:
        return [f"{name}: nothing changed"]
    if not outcome.changes:
        return [f"{name}: {' and '.join(sorted(outcome.written))} written, no version changed"]
    rows = [_change_row(change) for change in outcome.changes]
    return [
        f"{name}: {' and '.join(sorted(outcome.written))} written",
        *(f"  {line}" for line in table_lines(("package", "", "version"), rows)[1:]),
    ]


def outdated_lines(outcomes: Sequence[DependencyOutcome], root_name: str = ROOT) -> list[str]:
    """The packages of which there are newer versions, dir by dir."""
    rows = [
        (shown_name(outcome.dir, root_name), one.name, one.locked, one.latest)
        for outcome in outcomes
        for one in outcome.outdated
    ]
    if not rows:
        return ["every package is up to date"]
    return table_lines(("dir", "package", "locked", "newest"), rows)


def conflict_lines(conflicts: Sequence[Conflict], root_name: str = ROOT) -> list[str]:
    """The packages of which dirs lock different versions.

    Args:
        root_name: what people call the repo's root.
    """
    if not conflicts:
        return ["no package is locked in different versions"]
    rows = [
        (
            "" if number else conflict.name,
            version,
            ", ".join(shown_name(dir, root_name) for dir in dirs),
        )
        for conflict in conflicts
        for number, (version, dirs) in enumerate(conflict.versions)
    ]
    return table_lines(("package", "version", "dirs"), rows)


def _change_row(change: PackageChange) -> tuple[str, str, str]:
    before, after = ", ".join(change.before), ", ".join(change.after)
    if not before:
        return change.name, "added", after
    if not after:
        return change.name, "removed", before
    return change.name, "changed", f"{before} -> {after}"
