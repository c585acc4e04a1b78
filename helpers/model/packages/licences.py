"""Licences of packages, judged by what a repo allows."""

from collections.abc import Iterable
from dataclasses import field, replace
from datetime import date

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import Package, python_name
from helpers.model.packages.spdx import Licence, canonical, is_allowed, read_licence
from helpers.model.settings.licence_config import LicenceException, LicencePolicy


@dataclass(frozen=True, slots=True, order=True)
class Licensed:
    """A package in some version, and its licence for people."""

    package: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class LicenceReport:
    """The licences of the Python packages of a dir's image.

    Attributes:
        packages: how many there are.
        findings: those that nothing allows.
        excepted: those that an exception allows, with it.
        expired: exceptions that no longer allow anything.
        unused: exceptions for which the image has nothing.
    """

    dir: str
    image: str
    digest: str
    packages: int
    findings: tuple[Licensed, ...]
    excepted: tuple[tuple[Licensed, LicenceException], ...] = ()
    expired: tuple[LicenceException, ...] = field(default_factory=tuple)
    unused: tuple[LicenceException, ...] = field(default_factory=tuple)


def check_names(policy: LicencePolicy, where: str) -> LicencePolicy:
    """The policy with the names of its licences as SPDX writes them.

    Raises:
        HelpersError: one is no licence that SPDX knows, or more than one.
    """
    return replace(policy, allowed=tuple(_one_licence(name, where) for name in policy.allowed))


def _one_licence(name: str, where: str) -> str:
    found = canonical(name)
    if found and not {"AND", "OR"} & set(found.split()):
        return found
    raise HelpersError(
        f"key 'licenses': allowed: {name[:80]!r} is not the SPDX name of a licence",
        where=where,
        fix="write a name of https://spdx.org/licenses, such as MIT",
    )


def judge_licences(
    packages: Iterable[Package], policy: LicencePolicy, today: date
) -> tuple[list[Licensed], list[tuple[Licensed, LicenceException]]]:
    """The packages that nothing allows, and those that an exception does, sorted.

    Args:
        policy: with names as `check_names` writes them.
    """
    excepted = {one.package: one for one in policy.exceptions if one.until >= today}
    findings, allowed = [], []
    for package, licence in sorted(_licences(packages).items()):
        if is_allowed(licence.expression, policy.allowed):
            continue
        found = Licensed(*package, licence.shown)
        by = excepted.get(found.package)
        # A licence that changed is judged anew.
        if by and by.licence.casefold() == licence.shown.casefold():
            allowed.append((found, by))
        else:
            findings.append(found)
    return findings, allowed


def _licences(packages: Iterable[Package]) -> dict[tuple[str, str], Licence]:
    """By name and version; copies of a package are the same."""
    return {
        (python_name(one.name), one.version): read_licence(
            one.licence, one.classifiers, is_expression=one.spdx
        )
        for one in packages
    }
