"""A vendor's yearly export is larger than anybody wants to hold in memory."""

import tracemalloc
from pathlib import Path

import pytest
from invoice_import.importer import import_files

from tests.builders import write_csv


@pytest.mark.superslow
def test_import_needs_less_memory_than_the_file_is_large(tmp_path: Path) -> None:
    """An invoice is dropped once it is handed out; all of them would be many times the file."""
    path = write_csv(tmp_path / "year.csv", invoices=2_000, lines_each=50)
    assert _peak_bytes(path) < path.stat().st_size


def _peak_bytes(path: Path) -> int:
    """The most memory that was in use at once while `path` was imported."""
    tracemalloc.start()
    try:
        for _ in import_files([path]):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
