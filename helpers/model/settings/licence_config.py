"""What a repo says of licences below `licenses` in its `repo_config.yaml`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.model.settings.keys import Key, Kind

# Licences that ask for no more than a notice; what a repo allows unless it says otherwise.
PERMISSIVE = (
    "0BSD",
    "Apache-1.1",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CNRI-Python",
    "HPND",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "NCSA",
    "PostgreSQL",
    "PSF-2.0",
    "Python-2.0",
    "Unlicense",
    "UPL-1.0",
    "Zlib",
    "ZPL-2.1",
)
LICENCE_KEYS = (
    Key("allowed", Kind.TEXTS, "SPDX names of all licences that are allowed, in place of ours."),
    Key("header", Kind.TEXT, "What each source file must say; a hook before a commit looks."),
    Key(
        "exceptions",
        Kind.TABLES,
        "By package, a licence that is allowed for it alone, for a while.",
        keys=(
            Key("license", Kind.TEXT, "Its licence, as the finding names it.", required=True),
            Key("until", Kind.DATE, "The last day on which it is allowed.", required=True),
            Key("reason", Kind.TEXT, "Why it is.", required=True),
        ),
    ),
)


@dataclass(frozen=True, slots=True, order=True)
class LicenceException:
    """A licence that is allowed for one package, up to and including a day.

    Attributes:
        package: the name as PyPI normalises it.
        licence: as it is shown; when the package has another, nothing is allowed.
    """

    package: str
    licence: str
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class LicencePolicy:
    """Which licences a repo allows: each attribute is as `LICENCE_KEYS` says."""

    allowed: tuple[str, ...] = PERMISSIVE
    exceptions: tuple[LicenceException, ...] = ()
    header: str = ""


def licence_policy(values: Mapping[str, Any], where: str) -> LicencePolicy:
    """The settings as typed values; `where` is for messages alone.

    Raises:
        HelpersError: a package stands twice.
    """
    exceptions: dict[str, LicenceException] = {}
    for name, one in values.get("exceptions", {}).items():
        package = python_name(name)
        if package in exceptions:
            raise HelpersError(
                f"key 'exceptions': the package {package} occurs twice",
                where=where,
                fix="remove one of the two",
            )
        licence = " ".join(one["license"].split())
        exceptions[package] = LicenceException(package, licence, one["until"], one["reason"])
    return LicencePolicy(
        values.get("allowed", PERMISSIVE), tuple(exceptions.values()), values.get("header", "")
    )
