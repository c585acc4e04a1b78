"""An invoice as the books want it; what vendors write is coerced into it."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import BaseModel, Extra, Field, root_validator, validator

_SPELLINGS = {
    "invoice_no": "number",
    "invoice number": "number",
    "supplier": "vendor",
    "date": "issued_on",
    "due": "due_on",
    "items": "lines",
    "sum": "total",
}


class _Record(BaseModel):
    """What all records share: they cannot be changed, and money is written exactly."""

    class Config:
        allow_mutation = False
        anystr_strip_whitespace = True
        extra = Extra.ignore
        json_encoders: ClassVar = {Decimal: str}


class LineItem(_Record):
    """A position of an invoice; `unit_price` is in the invoice's currency."""

    article: str = Field(..., min_length=1)
    quantity: int = Field(..., gt=0)
    unit_price: Decimal

    @validator("quantity", pre=True)
    @classmethod
    def _refuse_parts(cls, value: Any) -> Any:
        """Pydantic 1 would cut 2.7 to 2 and say nothing."""
        if isinstance(value, float | Decimal) and value != int(value):
            raise ValueError(f"{value} is not a whole number")
        return value

    @property
    def amount(self) -> Decimal:
        """What the position costs."""
        return self.quantity * self.unit_price


class Invoice(_Record):
    """One invoice whose positions add up to its total."""

    number: str = Field(..., min_length=1)
    vendor: str = Field(..., min_length=1)
    issued_on: date
    due_on: date | None
    currency: str = Field("EUR", regex="^[A-Z]{3}$")
    paid: bool = False
    lines: list[LineItem] = Field(..., min_items=1)
    total: Decimal

    @root_validator(pre=True)
    @classmethod
    def _unify_names(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Vendors spell the names of fields as they like."""
        lowered = {name.strip().lower(): value for name, value in values.items()}
        return {_SPELLINGS.get(name, name): value for name, value in lowered.items()}

    @validator("due_on", pre=True)
    @classmethod
    def _blank_is_missing(cls, value: Any) -> Any:
        return None if value == "" else value

    @root_validator(skip_on_failure=True)
    @classmethod
    def _total_is_sum(cls, values: dict[str, Any]) -> dict[str, Any]:
        total = sum((line.amount for line in values["lines"]), Decimal(0))
        if total != values["total"]:
            raise ValueError(f"total is {values['total']}, the lines add up to {total}")
        return values

    @property
    def key(self) -> tuple[str, str]:
        """What no two invoices share: vendor and number."""
        return self.vendor, self.number
