"""What became of many checkouts, for people: a table, then what is to be done."""

import sys
from collections.abc import Sequence
from typing import TextIO

from helpers.console.tables import print_table
from helpers.model.moves import Outcome

_HEADER = ("path", "", "what")


def print_outcomes(outcomes: Sequence[Outcome], stream: TextIO | None = None) -> None:
    """Print one row for each checkout, then the commands that mend what is not in order."""
    stream = stream or sys.stdout
    print_table(_HEADER, [(one.path, one.fate.value, one.what) for one in outcomes], stream)
    for one in outcomes:
        if one.mend:
            print(f"\n{one.path}: {one.what}\n  mend: {one.mend}", file=stream)
    stream.flush()
