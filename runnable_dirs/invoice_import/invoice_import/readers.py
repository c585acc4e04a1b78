"""Files in, raw invoices out: one mapping per invoice, nothing checked yet."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

RawInvoice = dict[str, Any]

_LINE_COLUMNS = ("article", "quantity", "unit_price")


class UnreadableFileError(Exception):
    """A file is of no known kind, or is not what its name says."""


def read_raw_invoices(path: Path) -> Iterator[RawInvoice]:
    """Yield the invoices of a `.csv` or `.json` file, as written.

    Raises:
        UnreadableFileError: the kind of file is not known, or its content is malformed.
    """
    try:
        reader = _READERS[path.suffix.lower()]
    except KeyError:
        raise UnreadableFileError(f"{path.name}: expected .csv or .json") from None
    try:
        yield from reader(path)
    except (csv.Error, KeyError, ValueError) as error:
        raise UnreadableFileError(f"{path.name}: {error}") from error


def _read_csv(path: Path) -> Iterator[RawInvoice]:
    """A row is a line of an invoice; rows of one invoice follow each other. Streams the file."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        for _, rows in groupby(csv.DictReader(file), key=_invoice_columns):
            yield _merge_rows(list(rows))


def _invoice_columns(row: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in row.items() if name not in _LINE_COLUMNS]


def _merge_rows(rows: list[dict[str, str]]) -> RawInvoice:
    lines = [{name: row[name] for name in _LINE_COLUMNS} for row in rows]
    return {**dict(_invoice_columns(rows[0])), "lines": lines}


def _read_json(path: Path) -> Iterator[RawInvoice]:
    """One invoice or a list of them; money is never read as binary floating point."""
    content = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    for invoice in content if isinstance(content, list) else [content]:
        if not isinstance(invoice, dict):
            raise ValueError(f"expected an invoice, found {invoice!r}")
        yield invoice


_READERS: Mapping[str, Callable[[Path], Iterator[RawInvoice]]] = {
    ".csv": _read_csv,
    ".json": _read_json,
}
