"""Show what a clean-up removes and keeps."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from helpers.console.sizes import readable_size
from helpers.console.tables import print_table
from helpers.model.times import ago

# What it is, when it was made, its size (None: it has none worth telling), and why.
Row = tuple[str, datetime | None, int | None, str]


def print_plan(goes: Sequence[Row], stays: Sequence[Row], freed: int, *, dry_run: bool) -> None:
    """Print what is removed, why, and the space freed; in a dry run also what is kept."""
    if goes:
        print_table(("removes", "age", "size", "why"), [_cells(row) for row in goes])
    else:
        print("nothing to remove")
    if dry_run and stays:
        print()
        print_table(("keeps", "age", "size", "why"), [_cells(row) for row in stays])
    if goes:
        print(f"\nfrees up to {readable_size(freed)}; {len(stays)} kept", flush=True)


def print_removed(names: Sequence[str], refused: Mapping[str, str]) -> None:
    """Print what is gone, and what the engine did not let go."""
    for name in names:
        print(f"removed {name}")
    for name, reason in refused.items():
        print(f"kept    {name}: {reason}", file=sys.stderr)


def _cells(row: Row) -> tuple[str, str, str, str]:
    what, made, size, why = row
    age = ago(made.isoformat(), datetime.now(UTC)) if made else ""
    return what, age.removesuffix(" ago"), "" if size is None else readable_size(size), why
