"""What a data loader is, and the table that each of them returns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from customer_spend.errors import InputError

# The columns that every table has, with their types.
COLUMNS = {"customer": "int64", "tenure": "float64", "visits": "float64", "note": "str"}
# What is predicted; a table to predict for need not have it.
TARGET = "spend"
# Beyond it, not every whole number has a float of its own.
_TOO_LARGE = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A table that was checked.

    Attributes:
        rows: `COLUMNS` in their order and types, perhaps the target behind them; rows are counted
            from 0.
    """

    rows: pd.DataFrame

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: Sequence[int]) -> "Frame":
        """Some rows, by their places, as a table of their own."""
        return Frame(self.rows.iloc[list(places)].reset_index(drop=True))


class DataLoader(Protocol):
    """A source of data."""

    def load(self) -> Frame:
        """Read the table.

        Raises:
            InputError: it cannot be read, or a column is missing or of another type.
        """


def typed(table: pd.DataFrame, where: str) -> Frame:
    """The table with its columns in their types; other columns are left out.

    Args:
        where: what it was read from, for messages.

    Raises:
        InputError: a column is missing or of another type, or there is no row.
    """
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise InputError(
            f"{where}: no column {missing[0]!r}; needed are {', '.join(COLUMNS)}"
        )
    if table.empty:
        raise InputError(f"{where}: there is no row")
    wanted = dict(COLUMNS)
    if TARGET in table.columns:
        wanted[TARGET] = "float64"
    made = {name: _column(table, name, kind, where) for name, kind in wanted.items()}
    return Frame(pd.DataFrame(made))


def _column(table: pd.DataFrame, name: str, kind: str, where: str) -> pd.Series:
    column = table[name].reset_index(drop=True)
    if kind == "str":
        return column.fillna("").astype(str)
    try:
        numbers = pd.to_numeric(column, errors="coerce")
    except TypeError as error:  # a list, say, of a request
        raise InputError(f"{where}: {name} is no number: {error}") from error
    whole = kind == "int64"
    # A whole number has no way to say that it is missing.
    bad = (numbers.isna() & (column.notna() | whole)) | (numbers.abs() == math.inf)
    if whole:
        bad |= (numbers % 1 != 0) | (numbers.abs() >= _TOO_LARGE)
    if bad.any():
        row = int(bad.idxmax())
        wanted = "whole number" if whole else "number"
        raise InputError(
            f"{where}: row {row + 1}: {name} is no {wanted}: {str(column[row])!r}"
        )
    return numbers.astype(kind)
