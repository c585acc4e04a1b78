"""Compare changelogs with git's history, and with what was built and released of them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from helpers.engine.client import Client
from helpers.engine.containers import list_images
from helpers.images.changelogs.checkouts import Comparison as Comparison
from helpers.images.changelogs.checkouts import find_checkouts
from helpers.images.changelogs.committed import read_checkout
from helpers.model import labels
from helpers.model.changelog.history_rules import CheckedDir, Finding, check_dir, check_released
from helpers.model.changelog.parse import parse_changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version

# It is this many hours later than in UTC where the day begins first.
_EARLIEST_DAY = timedelta(hours=14)
_Released = Mapping[Stage, frozenset[Version]]


@dataclass(frozen=True, slots=True)
class Images:
    """The versions of which there are images, by the names of these.

    Attributes:
        released: what the registry has; None: it was not asked.
        built: what an engine has; None: none was asked.
    """

    released: Mapping[str, _Released] | None = None
    built: Mapping[str, frozenset[Version]] | None = None

    def of(self, name: str) -> tuple[_Released | None, frozenset[Version] | None]:
        """What the registry and the engine have of one image."""
        released = None if self.released is None else self.released.get(name, {})
        built = None if self.built is None else self.built.get(name, frozenset())
        return released, built


NOT_ASKED = Images()


@dataclass(frozen=True, slots=True)
class Order:
    """The result of a check; `limits` says what it could not check."""

    checked: int
    findings: tuple[Finding, ...]
    limits: tuple[str, ...] = ()

    @property
    def in_order(self) -> bool:
        """Whether nothing is wrong; notices are not."""
        return all(finding.notice for finding in self.findings)


def latest_day(now: datetime) -> date:
    """The latest date anywhere on earth: no entry of today is in the future for its author."""
    return (now.astimezone(UTC) + _EARLIEST_DAY).date()


def check_changelogs(
    repo: Repo,
    dirs: Sequence[RunnableDir],
    today: date,
    comparison: Comparison,
    images: Images = NOT_ASKED,
    wrong: Mapping[str, HelpersError] | None = None,
) -> Order:
    """Check the changelogs of dirs.

    Args:
        today: the day that it is, at the latest, anywhere.
        images: what there is of the versions that the changelogs tell of.
        wrong: by the name of a dir, what else is wrong with its changelog.

    Raises:
        HelpersError: there is no such commit to compare with.
        ProcessError: git fails.
    """
    limits: list[str] = []
    read: list[CheckedDir] = []
    for checkout in find_checkouts(repo, dirs, comparison, limits):
        read += read_checkout(repo, checkout, comparison, limits)
    findings = [finding for item in read for finding in check_dir(item, today)]
    # One error may be that of more dirs.
    for error, name in {error: name for name, error in (wrong or {}).items()}.items():
        findings.append(Finding(name, error.where.partition("\n")[0], error.what, error.fix))
    for item in read:
        with suppress(HelpersError):  # one that is malformed was told
            changelog = parse_changelog(item.text, item.path)
            findings += check_released(item.dir, changelog, *images.of(changelog.image_name))
    findings.sort(key=lambda finding: (finding.notice, finding.dir, finding.where))
    return Order(len(read), tuple(findings), tuple(limits))


def built_versions(client: Client, repo: Repo) -> dict[str, frozenset[Version]]:
    """The versions that this engine has, by the name of the image.

    Raises:
        EngineError: the engine does not answer.
    """
    found: dict[str, set[Version]] = {}
    names = (own.config.name for own in repo.every())
    wanted = [{labels.REPO: name, labels.VERSION: ""} for name in names]
    for image in (image for one in wanted for image in list_images(client, one)):
        if image.tags:
            version = Version.parse(image.labels[labels.VERSION])
            found.setdefault(image.labels.get(labels.IMAGE_NAME, ""), set()).add(version)
    return {name: frozenset(versions) for name, versions in found.items()}
