"""The job: many files in; invoices that the books can take, and rejections with reasons, out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from invoice_import.models import Invoice
from invoice_import.readers import RawInvoice, UnreadableFileError, read_raw_invoices


@dataclass(frozen=True)
class Rejection:
    """What was not taken.

    Attributes:
        source: the file's name, and the position in it (from 1) unless the file itself is bad.
        reasons: one per field that is wrong.
    """

    source: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.source}: {'; '.join(self.reasons)}"


def import_files(paths: Iterable[Path]) -> Iterator[Invoice | Rejection]:
    """Yield an outcome for each invoice, in order; the second of two alike is rejected."""
    seen: dict[tuple[str, str], str] = {}
    for path in paths:
        for source, outcome in _import_file(path):
            if isinstance(outcome, Invoice) and outcome.key in seen:
                yield Rejection(source, (f"duplicate of {seen[outcome.key]}",))
                continue
            if isinstance(outcome, Invoice):
                seen[outcome.key] = source
            yield outcome


def _import_file(path: Path) -> Iterator[tuple[str, Invoice | Rejection]]:
    try:
        for position, raw in enumerate(read_raw_invoices(path), start=1):
            source = f"{path.name}#{position}"
            yield source, _import_invoice(raw, source)
    except (UnreadableFileError, OSError) as error:
        yield path.name, Rejection(path.name, (str(error),))


def _import_invoice(raw: RawInvoice, source: str) -> Invoice | Rejection:
    try:
        return Invoice.parse_obj(raw)
    except ValidationError as error:
        reasons = (f"{_field(item['loc'])}: {item['msg']}" for item in error.errors())
        return Rejection(source, tuple(reasons))


def _field(location: tuple[int | str, ...]) -> str:
    """`("lines", 0, "quantity")` is shown as `lines.0.quantity`."""
    names = [str(part) for part in location if part != "__root__"]
    return ".".join(names) or "invoice"
