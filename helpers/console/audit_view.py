"""Show known vulnerabilities of images' packages: as tables, and as JSON.

Within the JSON's format keys may be added; none is removed and none changes its meaning.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from helpers.console.repeated import print_once
from helpers.console.tables import print_table
from helpers.model.numbers import counted
from helpers.model.packages.audit import Allowance, Audit, Vulnerability

FORMAT = 1
_HEADER = ("dir", "package", "version", "vulnerability", "also known as", "fixed in")


def print_audits(audits: Sequence[Audit]) -> None:
    """Print a table of what counts, and a line for each image."""
    rows = [_row(audit, one) for audit in audits for one in audit.vulnerabilities]
    if rows:
        print_table(_HEADER, rows)
    for audit in audits:
        allowed = f", {len(audit.allowed)} allowed" if audit.allowed else ""
        print(
            f"{audit.dir}: {_number(len(audit.vulnerabilities))} in"
            f" {audit.packages} Python packages of {audit.image}{allowed}"
        )
        if audit.others:
            number = counted(audit.others, "conda package")
            print(f"{audit.dir}: not looked up, being none of Python's: {number}")


def print_allowances(audits: Sequence[Audit]) -> None:
    """Print, for people, what is allowed, what no longer is, and what could not be looked at."""
    print_once(line for audit in audits for line in _allowances(audit))


def _allowances(audit: Audit) -> Iterator[str]:
    for one, by in audit.allowed:
        yield (
            f"{audit.dir}: {one.id} of {one.pin.name} {one.pin.version} is allowed until"
            f" {by.until}: {by.reason} ({by.where})"
        )
    for entry in audit.expired:
        yield f"warning: {entry.where}: {entry.id} was allowed until {entry.until}"
    for entry in audit.unused:
        yield f"warning: {entry.where}: {entry.id} matches no image; remove it"
    for item in audit.unchecked:
        pin = item.pin
        yield f"warning: {audit.dir}: {pin.name} {pin.version} was not checked: {item.reason}"


def audits_as_json(audits: Sequence[Audit]) -> dict[str, Any]:
    """The audits as values that JSON knows."""
    return {"format": FORMAT, "images": [_image(audit) for audit in audits]}


def _row(audit: Audit, one: Vulnerability) -> tuple[str, ...]:
    return (
        audit.dir,
        one.pin.name,
        one.pin.version,
        one.id,
        ", ".join(one.aliases),
        ", ".join(one.fixed_in) or "no version",
    )


def _number(count: int) -> str:
    if not count:
        return "no known vulnerability"
    return counted(count, "vulnerability", "vulnerabilities")


def _image(audit: Audit) -> dict[str, Any]:
    return {
        "dir": audit.dir,
        "image": audit.image,
        "digest": audit.digest,
        "packages": audit.packages,
        "not_looked_up": audit.others,
        "vulnerabilities": [_vulnerability(one) for one in audit.vulnerabilities],
        "allowed": [_vulnerability(one) | {"by": _allowance(by)} for one, by in audit.allowed],
        "expired": [_allowance(entry) for entry in audit.expired],
        "unused": [_allowance(entry) for entry in audit.unused],
        "unchecked": [
            {"package": item.pin.name, "version": item.pin.version, "reason": item.reason}
            for item in audit.unchecked
        ],
    }


def _vulnerability(one: Vulnerability) -> dict[str, Any]:
    return {
        "id": one.id,
        "aliases": list(one.aliases),
        "package": one.pin.name,
        "version": one.pin.version,
        "fixed_in": list(one.fixed_in),
        "summary": one.summary,
        "places": list(one.places),
    }


def _allowance(entry: Allowance) -> dict[str, str]:
    return {
        "id": entry.id,
        "until": entry.until.isoformat(),
        "reason": entry.reason,
        "where": entry.where,
    }
