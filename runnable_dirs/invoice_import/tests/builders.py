"""Small builders for the tests."""

import csv
import json
from pathlib import Path
from typing import Any

COLUMNS = ("number", "vendor", "issued_on", "total", "article", "quantity", "unit_price")


def make_raw_invoice(**changes: Any) -> dict[str, Any]:
    """A good invoice as a vendor's JSON would hold it, but for `changes`."""
    raw = {
        "number": "R-1",
        "vendor": "Acme",
        "issued_on": "2026-03-01",
        "lines": [{"article": "bolt", "quantity": 10, "unit_price": "0.10"}],
        "total": "1.00",
    }
    return {**raw, **changes}


def write_json(path: Path, content: object) -> Path:
    """Write `content` to `path`, which is returned."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_csv(path: Path, invoices: int, lines_each: int = 1) -> Path:
    """Write good invoices, numbered from 1, each line of which costs 2.50."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(1, invoices + 1):
            head = (number, "Acme", "2026-03-01", f"{lines_each * 2.5:.2f}")
            writer.writerows((*head, f"bolt {line}", 1, "2.50") for line in range(lines_each))
    return path
