"""The program as it is used."""

import json
from pathlib import Path

import pytest
from invoice_import.__main__ import main

from tests.builders import make_raw_invoice, write_csv, write_json


def test_invoices_go_to_stdout_and_rejections_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = [make_raw_invoice(), make_raw_invoice(number="R-2", total="2.00")]
    status = main([str(write_json(tmp_path / "batch.json", batch))])
    printed = capsys.readouterr()
    assert status == 1
    assert [json.loads(line)["number"] for line in printed.out.splitlines()] == ["R-1"]
    assert printed.err.startswith("batch.json#2: invoice: total is 2.00")


@pytest.mark.slow
def test_a_year_of_invoices_is_imported_without_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = []
    for month in range(1, 13):
        batch = [make_raw_invoice(number=f"{month}-{position}") for position in range(1_000)]
        paths.append(str(write_json(tmp_path / f"{month}.json", batch)))
    assert main(paths) == 0
    numbers = {json.loads(line)["number"] for line in capsys.readouterr().out.splitlines()}
    assert len(numbers) == 12_000


@pytest.mark.slow
def test_output_can_be_imported_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(write_csv(tmp_path / "in.csv", invoices=3_000, lines_each=2))])
    first = capsys.readouterr().out
    batch = [json.loads(line) for line in first.splitlines()]
    main([str(write_json(tmp_path / "again.json", batch))])
    assert capsys.readouterr().out == first
