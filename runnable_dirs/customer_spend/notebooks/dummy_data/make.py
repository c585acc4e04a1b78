"""Makes the dummy data from a seed: `python notebooks/dummy_data/make.py`."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

ROWS = 200
SEED = 20260101
COLUMNS = ("customer", "tenure", "visits", "note", "spend")
FOLDER = Path(__file__).parent

_NOTES = {
    "asks for discounts": -6.0,
    "late payer": -9.0,
    "pays in advance": 8.0,
    "recommends us": 12.0,
    "": 0.0,
}
_NOISE = 5.0
_GAPS = 0.05

Row = tuple[int, float, float | None, str, float]


def rows(seed: int = SEED, count: int = ROWS) -> Iterator[Row]:
    """Customers: id, months, visits in a month (some are missing), a note, and what they spend."""
    drawn = random.Random(seed)
    for customer in range(1, count + 1):
        tenure = float(drawn.randrange(1, 61))
        visits = round(drawn.random() * 20, 1)
        note = drawn.choice(list(_NOTES))
        noise = (drawn.random() - 0.5) * 2 * _NOISE
        spend = round(10 + 0.5 * tenure + 2 * visits + _NOTES[note] + noise, 2)
        yield customer, tenure, None if drawn.random() < _GAPS else visits, note, spend


def as_csv(table: Sequence[Row]) -> str:
    """The rows as a CSV file."""
    lines = (
        ",".join("" if cell is None else str(cell) for cell in row) for row in table
    )
    return "".join(f"{line}\n" for line in (",".join(COLUMNS), *lines))


def as_sql(table: Sequence[Row]) -> str:
    """The rows as a script for a database."""
    kinds = ("INTEGER", "REAL", "REAL", "TEXT", "REAL")
    columns = ", ".join(
        f"{name} {kind}" for name, kind in zip(COLUMNS, kinds, strict=True)
    )
    lines = (f"({', '.join(map(_literal, row))})" for row in table)
    return f"CREATE TABLE customers ({columns});\nINSERT INTO customers VALUES\n" + (
        ",\n".join(lines) + ";\n"
    )


def _literal(cell: float | str | None) -> str:
    return (
        "NULL" if cell is None else f"'{cell}'" if isinstance(cell, str) else str(cell)
    )


def main() -> None:
    """Write the files."""
    table = list(rows())
    (FOLDER / "customers.csv").write_text(as_csv(table), encoding="utf-8")
    (FOLDER / "customers.sql").write_text(as_sql(table), encoding="utf-8")


if __name__ == "__main__":
    main()
