"""Known vulnerabilities of packages, and which of them a repo allows for a while."""

from collections.abc import Iterable
from datetime import date

from helpers.model.dataclass import dataclass
from helpers.model.settings.keys import Key, Kind
from helpers.model.settings.reader import read_items

ALLOW_FILE_NAME = "audit_allow.yaml"

_KEYS = (
    Key("id", Kind.TEXT, required=True),
    Key("until", Kind.DATE, required=True),
    Key("reason", Kind.TEXT, required=True),
)


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """A package and its version; the name as PyPI normalises it."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, order=True)
class Vulnerability:
    """A vulnerability that is known of a version of a package.

    Attributes:
        aliases: the names that other lists have for it.
        fixed_in: versions from which on it is fixed, oldest first.
        places: where in the image the package is; empty until that is known.
    """

    pin: Pin
    id: str
    aliases: tuple[str, ...] = ()
    fixed_in: tuple[str, ...] = ()
    summary: str = ""
    places: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Every name that it has, in capital letters."""
        return frozenset(name.upper() for name in (self.id, *self.aliases))


@dataclass(frozen=True, slots=True, order=True)
class Unchecked:
    """A package of which nothing can be said, and why."""

    pin: Pin
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a vulnerability source says of packages."""

    vulnerabilities: tuple[Vulnerability, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Allowance:
    """A vulnerability that is no finding up to and including a day.

    Attributes:
        where: file and line, for messages.
    """

    id: str
    until: date
    reason: str
    where: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit of the packages of a dir's image.

    Attributes:
        packages: how many packages there are, of those that were looked at.
        allowed: with what allows each.
        expired: allowances that no longer allow anything.
        unused: allowances for which the image has nothing.
        others: how many packages of conda channels are none of Python's, which nothing looks up.
    """

    dir: str
    image: str
    digest: str
    packages: int
    vulnerabilities: tuple[Vulnerability, ...]
    allowed: tuple[tuple[Vulnerability, Allowance], ...]
    expired: tuple[Allowance, ...]
    unused: tuple[Allowance, ...]
    unchecked: tuple[Unchecked, ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """Vulnerabilities, divided by what is allowed on a day."""

    vulnerabilities: tuple[Vulnerability, ...]
    allowed: tuple[tuple[Vulnerability, Allowance], ...]
    expired: tuple[Allowance, ...]
    unused: tuple[Allowance, ...]


def parse_allowances(text: str, path: str) -> tuple[Allowance, ...]:
    """Read an allow-list; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when it is malformed.
    """
    return tuple(
        Allowance(
            item["id"].value.strip(),
            item["until"].value,
            item["reason"].value,
            f"{path}:{item['id'].line}",
        )
        for item in read_items(text, path, _KEYS)
    )


def judge(
    found: Iterable[Vulnerability], allowances: Iterable[Allowance], today: date
) -> Judgement:
    """Divide vulnerabilities into those that count and those that are allowed."""
    listed = tuple(allowances)
    valid = {entry.id.upper(): entry for entry in reversed(listed) if entry.until >= today}
    counted, allowed = [], []
    named: set[str] = set()
    for vulnerability in sorted(found):
        named |= vulnerability.names
        by = next((valid[name] for name in sorted(vulnerability.names) if name in valid), None)
        if by:
            allowed.append((vulnerability, by))
        else:
            counted.append(vulnerability)
    return Judgement(
        tuple(counted),
        tuple(allowed),
        expired=tuple(entry for entry in listed if entry.until < today),
        unused=tuple(
            entry for entry in listed if entry.until >= today and entry.id.upper() not in named
        ),
    )
