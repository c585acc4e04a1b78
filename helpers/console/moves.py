"""Show the outcome for each checkout: a table, then the fixes."""

import sys
from collections.abc import Iterable, Sequence

from helpers.console.sizes import readable_size
from helpers.console.tables import print_table
from helpers.model.checkouts.move_outcomes import MoveOutcome
from helpers.model.numbers import counted

_HEADER = ("path", "", "what")


def print_outcomes(outcomes: Sequence[MoveOutcome]) -> None:
    """Print one row for each checkout, then the commands that fix what is not in order."""
    if not outcomes:
        print("there is no submodule", flush=True)
        return
    print_table(_HEADER, [(one.path, one.status.value, one.what) for one in outcomes])
    for one in outcomes:
        if one.fix:
            print(f"\n{one.path}: {one.what}\n  fix: {one.fix}")
    sys.stdout.flush()


def print_branches(rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Print the branches that may go: path of the checkout, branch, why, how it is got back."""
    if rows:
        print_table(("path", "branch", "why", "to get it back"), rows)
    else:
        print("no branch was merged")
    sys.stdout.flush()


def print_litter(rows: Sequence[tuple[str, str, int]], repos: Iterable[str], size: int) -> None:
    """Print what may go: path of the checkout, file or folder, how many files that is.

    Args:
        repos: folders that stay, since they are repos of their own.
        size: of all files, in bytes.
    """
    if rows:
        print_table(
            ("path", "untracked", ""), [(path, name, counted(n, "file")) for path, name, n in rows]
        )
        print(f"\n{readable_size(size)} in {counted(sum(row[2] for row in rows), 'file')}")
    else:
        print("nothing is untracked")
    for repo in repos:
        print(f"stays: {repo} is a separate repo, not a submodule")
    sys.stdout.flush()
