"""Show how two checkouts differ that both changed shared code."""

from collections.abc import Sequence

from helpers.console.tables import print_table
from helpers.model.checkouts.integration import Row


def print_comparison(rows: Sequence[Row], same: int, since: str) -> None:
    """Print each file that differs: where it was changed, by whom, and what a merge makes of it."""
    print(f"last integration: {since}")
    if rows:
        cells = [
            (row.path, row.changed, _names(row.here_by), _names(row.there_by), row.merge)
            for row in rows
        ]
        print_table(("file", "changed", "here by", "there by", "merge"), cells)
    print(f"{same} file{'' if same == 1 else 's'} the same, {len(rows)} not")


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) or "-"
