"""Show the licences of images' packages that are not allowed: as tables, and as JSON.

Within the JSON's format keys may be added; none is removed and none changes its meaning.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from helpers.console.repeated import print_once
from helpers.console.tables import print_table
from helpers.model.numbers import counted
from helpers.model.packages.licences import LicenceReport, Licensed
from helpers.model.settings.licence_config import LicenceException

FORMAT = 1
_HEADER = ("dir", "package", "version", "licence")


def print_licences(reports: Sequence[LicenceReport]) -> None:
    """Print a table of what nothing allows, how to allow it, and a line for each image."""
    findings = [one for report in reports for one in report.findings]
    if findings:
        rows = [
            (report.dir, one.package, one.version, one.licence)
            for report in reports
            for one in report.findings
        ]
        print_table(_HEADER, rows)
    for report in reports:
        excepted = f", {len(report.excepted)} excepted" if report.excepted else ""
        wrong = counted(len(report.findings), "licence") + " not allowed"
        print(
            f"{report.dir}: {wrong if report.findings else 'all licences allowed'} in"
            f" {report.packages} Python packages of {report.image}{excepted}"
        )
    if findings:
        print(
            "  fix: use another package, or write to repo_config.yaml: licenses: {exceptions:"
            f" {{{findings[0].package}: {{license: {findings[0].licence!r}, until: YYYY-MM-DD,"
            " reason: WHY}}}"
        )


def print_exceptions(reports: Sequence[LicenceReport]) -> None:
    """Print, for people, what is excepted, what no longer is, and what nothing needs."""
    print_once(line for report in reports for line in _exceptions(report))


def _exceptions(report: LicenceReport) -> Iterator[str]:
    for one, by in report.excepted:
        yield (
            f"{report.dir}: {one.package} {one.version} ({one.licence}) is allowed until"
            f" {by.until}: {by.reason}"
        )
    for entry in report.expired:
        yield f"warning: the licence of {entry.package} was allowed until {entry.until}"
    for entry in report.unused:
        yield f"warning: {entry.package} needs no exception for {entry.licence}; remove it"


def licences_as_json(reports: Sequence[LicenceReport]) -> dict[str, Any]:
    """The reports as values that JSON knows."""
    return {"format": FORMAT, "images": [_image(report) for report in reports]}


def _image(report: LicenceReport) -> dict[str, Any]:
    return {
        "dir": report.dir,
        "image": report.image,
        "digest": report.digest,
        "packages": report.packages,
        "findings": [_package(one) for one in report.findings],
        "excepted": [_package(one) | {"by": _exception(by)} for one, by in report.excepted],
        "expired": [_exception(one) for one in report.expired],
        "unused": [_exception(one) for one in report.unused],
    }


def _package(one: Licensed) -> dict[str, str]:
    return {"package": one.package, "version": one.version, "license": one.licence}


def _exception(one: LicenceException) -> dict[str, str]:
    return {
        "package": one.package,
        "license": one.licence,
        "until": one.until.isoformat(),
        "reason": one.reason,
    }
