"""Which known vulnerabilities the Python packages of images have."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from helpers.images.inspection import Inspected
from helpers.model.audit import (
    ALLOW_FILE_NAME,
    Allowance,
    Audit,
    Found,
    Pin,
    judge,
    parse_allowances,
)
from helpers.model.errors import HelpersError
from helpers.model.packages import PackageKind, PackageSet, python_name
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir

Finder = Callable[[Collection[Pin]], Found]


def audit_images(
    repo: Repo, inspected: Sequence[Inspected], find: Finder, today: date, *, whole: bool
) -> list[Audit]:
    """Ask once about all packages of all images; tell for each image what counts.

    Args:
        find: the source of vulnerabilities.
        today: allowances end after their day.
        whole: the images are those of all dirs, so that what the repo's own list allows without
            need is known.

    Raises:
        HelpersError: an allow-list is malformed, or the source gives no answer.
    """
    shared = read_allowances(repo.runnable_dir("."))
    own = {
        item.runnable_dir: read_allowances(item.runnable_dir)
        for item in inspected
        if item.runnable_dir.root != repo.root
    }
    places = [_places(item.packages) for item in inspected]
    found = find({pin for pins in places for pin in pins})
    audits = [
        _audit(item, pins, found, (*own.get(item.runnable_dir, ()), *shared), today)
        for item, pins in zip(inspected, places, strict=True)
    ]
    needless = set(shared) if whole else set()
    for audit in audits:
        needless &= set(audit.unused)
    # The repo's list is for every dir: what one dir does not need another may.
    others = set(shared) - needless
    return [
        replace(audit, unused=tuple(entry for entry in audit.unused if entry not in others))
        for audit in audits
    ]


def read_allowances(runnable_dir: RunnableDir) -> tuple[Allowance, ...]:
    """The allow-list of a dir; empty where it has none.

    Raises:
        HelpersError: it is malformed.
    """
    path: Path = runnable_dir.devops / ALLOW_FILE_NAME
    if not path.is_file():
        return ()
    shown = path.relative_to(runnable_dir.repo).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HelpersError(f"cannot read {path.name}: {error}", where=shown) from error
    return parse_allowances(text, shown)


def _audit(
    item: Inspected,
    places: dict[Pin, list[str]],
    found: Found,
    allowances: Sequence[Allowance],
    today: date,
) -> Audit:
    judged = judge(
        [
            replace(one, places=tuple(places[one.pin]))
            for one in found.vulnerabilities
            if one.pin in places
        ],
        allowances,
        today,
    )
    return Audit(
        item.runnable_dir.name,
        item.chosen.reference,
        item.chosen.image.id,
        len(places),
        judged.vulnerabilities,
        judged.allowed,
        judged.expired,
        judged.unused,
        tuple(one for one in found.unchecked if one.pin in places),
    )


def _places(packages: PackageSet) -> dict[Pin, list[str]]:
    """The Python packages, with the places where each is."""
    found: dict[Pin, list[str]] = {}
    for package in packages.of(PackageKind.PYTHON):
        pin = Pin(python_name(package.name), package.version)
        found.setdefault(pin, []).append(package.place)
    return found
