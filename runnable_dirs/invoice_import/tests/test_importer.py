"""Files in, invoices and rejections out."""

from pathlib import Path

from invoice_import.importer import Rejection, import_files
from invoice_import.models import Invoice

from tests.builders import make_raw_invoice, write_csv, write_json


def _rejections(*paths: Path) -> list[str]:
    return [str(outcome) for outcome in import_files(paths) if isinstance(outcome, Rejection)]


def test_rows_of_one_invoice_become_its_lines(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "march.csv", invoices=2, lines_each=3)
    invoices = [outcome for outcome in import_files([path]) if isinstance(outcome, Invoice)]
    assert [(invoice.number, len(invoice.lines)) for invoice in invoices] == [("1", 3), ("2", 3)]


def test_single_json_invoice_needs_no_list(tmp_path: Path) -> None:
    path = write_json(tmp_path / "one.json", make_raw_invoice())
    assert _rejections(path) == []


def test_bad_invoice_does_not_stop_the_good_ones_after_it(tmp_path: Path) -> None:
    batch = [make_raw_invoice(total="soon"), make_raw_invoice()]
    outcomes = list(import_files([write_json(tmp_path / "batch.json", batch)]))
    assert [type(outcome) for outcome in outcomes] == [Rejection, Invoice]


def test_rejection_names_file_position_and_field(tmp_path: Path) -> None:
    line = {"article": "bolt", "quantity": 0, "unit_price": "1"}
    path = write_json(tmp_path / "batch.json", [make_raw_invoice(lines=[line])])
    assert _rejections(path) == [
        "batch.json#1: lines.0.quantity: ensure this value is greater than 0"
    ]


def test_same_invoice_in_two_files_is_taken_once(tmp_path: Path) -> None:
    first = write_json(tmp_path / "first.json", make_raw_invoice())
    second = write_json(tmp_path / "second.json", make_raw_invoice())
    assert _rejections(first, second) == ["second.json#1: duplicate of first.json#1"]


def test_unreadable_files_are_rejected_as_a_whole(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    rejected = _rejections(broken, tmp_path / "scan.pdf", tmp_path / "gone.csv")
    assert [line.split(":")[0] for line in rejected] == ["broken.json", "scan.pdf", "gone.csv"]
