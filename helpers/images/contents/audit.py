"""Which known vulnerabilities the Python packages of images have."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from helpers.images.contents.inspection import Inspected
from helpers.model.errors import HelpersError
from helpers.model.packages.audit import (
    ALLOW_FILE_NAME,
    Allowance,
    Audit,
    Found,
    Pin,
    judge,
    parse_allowances,
)
from helpers.model.packages.installed import PackageKind, PackageSet, python_name
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
    packages = [_places(item.packages) for item in inspected]
    found = find({pin for pins in packages for pin in pins})
    audits: dict[int, Audit] = {}
    for place in {repo.of(item.runnable_dir.name).place for item in inspected}:
        shared = read_allowances(repo.runnable_dir(place))
        of_repo = {}
        for number, item in enumerate(inspected):
            if repo.of(item.runnable_dir.name).place == place:
                own = () if item.runnable_dir.name == place else read_allowances(item.runnable_dir)
                allowed = (*own, *shared)
                of_repo[number] = _audit(item, packages[number], found, allowed, today)
        audits |= _without_others_needs(of_repo, set(shared), whole=whole)
    return [audits[number] for number in range(len(inspected))]


def _without_others_needs(
    audits: Mapping[int, Audit], shared: set[Allowance], *, whole: bool
) -> dict[int, Audit]:
    """Report an entry of the repo's list as unused only if no dir of the repo needs it."""
    needless = set(shared) if whole else set()
    for audit in audits.values():
        needless &= set(audit.unused)
    others = shared - needless
    return {
        number: replace(audit, unused=tuple(entry for entry in audit.unused if entry not in others))
        for number, audit in audits.items()
    }


def read_allowances(runnable_dir: RunnableDir) -> tuple[Allowance, ...]:
    """The allow-list of a dir; empty if it has none.

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
        _others(item.packages),
    )


def _others(packages: PackageSet) -> int:
    """How many packages of conda channels are none of Python's."""
    python = {python_name(one.name) for one in packages.of(PackageKind.PYTHON)}
    conda = {python_name(one.name) for one in packages.of(PackageKind.CONDA)}
    return len(conda - python)


def _places(packages: PackageSet) -> dict[Pin, list[str]]:
    """The Python packages, each with the folders where it is installed."""
    found: dict[Pin, list[str]] = {}
    for package in packages.of(PackageKind.PYTHON):
        pin = Pin(python_name(package.name), package.version)
        found.setdefault(pin, []).append(package.place)
    return found
