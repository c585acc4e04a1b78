"""Which licences the Python packages of images have, and which of them a repo does not allow."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from helpers.images.contents.inspection import Inspected
from helpers.model.packages.installed import Package, PackageKind
from helpers.model.packages.licences import LicenceReport, check_names, judge_licences
from helpers.model.repo import Repo
from helpers.model.runnable_dir import path_below
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.settings.licence_config import LicencePolicy

# What the toolchain runs with inside containers; no production image has it.
_TOOLCHAIN = "/opt/helpers/"


def check_licences(
    repo: Repo, inspected: Sequence[Inspected], today: date, *, whole: bool
) -> list[LicenceReport]:
    """Judge the packages of each image by the settings of the dir's own repo.

    Args:
        today: exceptions end after their day.
        whole: the images are those of all dirs, so that exceptions without need are known.

    Raises:
        HelpersError: an allowed licence has no name of SPDX's.
    """
    policies: dict[str, LicencePolicy] = {}
    reports = []
    for item in inspected:
        own = repo.of(item.runnable_dir.name)
        if own.place not in policies:
            where = f"{path_below(own.place, CONFIG_FILE_NAME)}, key 'licenses'"
            policies[own.place] = check_names(own.config.licenses, where)
        reports.append(_report(item, policies[own.place], today))
    if not whole:
        return reports
    for place, policy in policies.items():
        of_repo = [i for i, one in enumerate(reports) if repo.of(one.dir).place == place]
        used = {by for i in of_repo for _, by in reports[i].excepted}
        needless = tuple(one for one in policy.exceptions if one not in used and one.until >= today)
        # Reported once: no dir needs it.
        reports[of_repo[0]] = replace(reports[of_repo[0]], unused=needless)
    return reports


def _report(item: Inspected, policy: LicencePolicy, today: date) -> LicenceReport:
    packages = _dependencies(item)
    findings, excepted = judge_licences(packages, policy, today)
    return LicenceReport(
        item.runnable_dir.name,
        item.chosen.reference,
        item.chosen.image.id,
        len({one.purl for one in packages}),
        tuple(findings),
        tuple(excepted),
        tuple(one for one in policy.exceptions if one.until < today),
    )


def _dependencies(item: Inspected) -> list[Package]:
    every = item.packages.of(PackageKind.PYTHON)
    return [one for one in every if not one.place.startswith(_TOOLCHAIN)]
