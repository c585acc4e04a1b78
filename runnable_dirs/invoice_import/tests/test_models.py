"""What a vendor may write, and what it becomes; much of it holds for pydantic 1 alone."""

from datetime import date
from decimal import Decimal
from typing import Any

import pydantic
import pytest
from invoice_import.models import Invoice
from pydantic import ValidationError

from tests.builders import make_raw_invoice


def _line(**changes: Any) -> dict[str, Any]:
    return {"article": "bolt", "quantity": 10, "unit_price": "0.10", **changes}


def test_installed_pydantic_is_of_major_version_1() -> None:
    assert pydantic.VERSION.split(".")[0] == "1"


def test_invoice_number_written_as_number_becomes_text() -> None:
    assert Invoice.parse_obj(make_raw_invoice(number=10045)).number == "10045"


def test_optional_field_without_default_may_be_missing() -> None:
    assert Invoice.parse_obj(make_raw_invoice()).due_on is None


def test_missing_field_has_the_error_type_of_pydantic_1() -> None:
    raw = make_raw_invoice()
    del raw["vendor"]
    with pytest.raises(ValidationError) as caught:
        Invoice.parse_obj(raw)
    assert caught.value.errors() == [
        {"loc": ("vendor",), "msg": "field required", "type": "value_error.missing"}
    ]


def test_blank_due_date_counts_as_missing() -> None:
    assert Invoice.parse_obj(make_raw_invoice(due_on="")).due_on is None


@pytest.mark.parametrize(("written", "meant"), [("yes", True), ("off", False), (1, True)])
def test_words_for_true_and_false_are_understood(written: object, meant: bool) -> None:
    assert Invoice.parse_obj(make_raw_invoice(paid=written)).paid is meant


def test_other_names_of_fields_are_understood() -> None:
    raw = make_raw_invoice()
    raw = {**raw, "Invoice Number ": raw.pop("number"), "DATE": raw.pop("issued_on")}
    invoice = Invoice.parse_obj(raw)
    assert (invoice.number, invoice.issued_on) == ("R-1", date(2026, 3, 1))


def test_quantity_with_a_fraction_is_refused_and_not_cut() -> None:
    with pytest.raises(ValidationError, match=r"2\.7 is not a whole number"):
        Invoice.parse_obj(make_raw_invoice(lines=[_line(quantity=2.7)]))


def test_total_that_is_not_the_sum_of_the_lines_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"total is 9\.99, the lines add up to 1\.00"):
        Invoice.parse_obj(make_raw_invoice(total="9.99"))


def test_invoice_without_lines_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        Invoice.parse_obj(make_raw_invoice(lines=[], total=0))


def test_money_is_written_as_exact_text() -> None:
    invoice = Invoice.parse_obj(make_raw_invoice(lines=[_line(unit_price=Decimal("0.10"))]))
    assert '"total": "1.00"' in invoice.json()


def test_invoice_cannot_be_changed() -> None:
    invoice = Invoice.parse_obj(make_raw_invoice())
    with pytest.raises(TypeError, match="immutable"):
        invoice.number = "R-2"
