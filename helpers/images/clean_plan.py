"""Plan what a clean-up removes and keeps, and why; `clean` carries it out."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import field
from datetime import datetime, timedelta

from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import BUILDER, RELEASING, Stage, renamed
from helpers.model.version import Version

_KEPT_VERSIONS = 3
_AGE = re.compile(r"([0-9]{1,9})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_VERSION = r"(?P<version>\d+\.\d+\.\d+)"
_VARIANT = r"(?P<variant>-(amd64|arm64))?"
_TAG = re.compile(rf"(?P<stage>(local|{BUILDER})-.+|{Stage.DEV}|{Stage.PROD})-{_VERSION}{_VARIANT}")
_CANDIDATE = re.compile(
    rf"({Stage.PROD}-.+-[0-9a-f-]+|\d+\.\d+\.\d+\.dev[0-9][0-9A-Za-z.-]*){_VARIANT}"
)
_FLOATING = (Stage.DEV.value, Stage.PROD.value)
# A release that nobody resumed by then is abandoned.
_RESUMED = timedelta(days=1)
# Marks images that are temporary: candidates, and releases under way.
_PASSING = "passing"
# Images that are named by a hash of what they are made of, for services and inner engines.
_NO_STAGE = ("",)
_BY_CONTENT = ("helpers-service-", "helpers-inner-engine", f"helpers-{BUILDER}")


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image of the repo on the engine."""

    id: str
    tags: tuple[str, ...]
    labels: Mapping[str, str]
    created: datetime
    size: int

    @property
    def dir(self) -> str:
        """The runnable dir that it was built for; empty if it does not say."""
        return self.labels.get(labels.DIR, "")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The user's options for a clean-up.

    Attributes:
        older_than: only what is older goes.
        keep: how many of the newest versions of a dir and stage stay; None: as many as it takes,
            three, or none where `older_than` says what goes.
        stage: images of this stage alone.
        dir: images of this dir alone.
    """

    older_than: timedelta | None = None
    keep: int | None = None
    stage: Stage | None = None
    dir: str = ""

    @property
    def kept_versions(self) -> int:
        """How many of the newest versions are kept whatever their age."""
        if self.keep is not None:
            return self.keep
        return _KEPT_VERSIONS if self.older_than is None else 0


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that decide.

    Attributes:
        in_use: ids of the images that containers have, running or not.
        current: by dir, the version that its changelog has now.
        names: by dir, the names that its images have today, as `Repo.image_names` has them.
    """

    now: datetime
    in_use: frozenset[str] = frozenset()
    current: Mapping[str, Version] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a name of an image, or an untagged image, is removed, and why.

    Attributes:
        tag: empty where the image has none.
    """

    image: StoredImage
    tag: str
    goes: bool
    why: str

    @property
    def name(self) -> str:
        """The name in messages."""
        return self.tag or f"untagged {self.image.id.removeprefix('sha256:')[:12]}"


@dataclass(frozen=True, slots=True)
class _Named:
    """A name of an image, with the group of which the newest images are kept.

    Attributes:
        rank: what is newer in the group has a higher one.
    """

    image: StoredImage
    tag: str
    group: tuple[str, ...]
    rank: Version | datetime


def parse_age(text: str) -> timedelta:
    """Read `30d`, `12h` or `2w`.

    Raises:
        HelpersError: the text is no age.
    """
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise HelpersError(
            f"{text[:80]!r} is no age", fix="write hours, days or weeks: 12h, 30d, 2w"
        )
    try:
        return int(match[1]) * _UNITS[match[2]]
    except OverflowError as error:
        raise HelpersError(f"{text!r} is too long", fix="such as 30d") from error


def plan_clean(images: Sequence[StoredImage], wishes: Wishes, facts: Facts) -> list[Verdict]:
    """Decide for each name of every image of a repo whether it is removed.

    Kept always is what a container uses, the changelog's version of each dir, what the floating
    tags name, releases under way, the newest image of each service, and what images that stay are
    built on.
    """
    asked = [image for image in images if not wishes.dir or image.dir == wishes.dir]
    verdicts = [
        _of_untagged(image, wishes, facts)
        for image in asked
        if not image.tags and _has_stage(image, wishes.stage)
    ]
    named = [_named(image, tag) for image in asked for tag in image.tags]
    ranks: dict[tuple[str, ...], set[Version | datetime]] = {}
    for item in named:
        if item.group:
            ranks.setdefault(item.group, set()).add(item.rank)
    newest = {group: sorted(found, reverse=True) for group, found in ranks.items()}
    there = {tag for image in images for tag in image.tags}
    for item in named:
        if wishes.stage is None or wishes.stage.value in item.group[:1]:
            verdict = _of_former(item, there, facts)
            verdicts.append(verdict or _of_named(item, newest.get(item.group, []), wishes, facts))
    return _with_bases(images, verdicts)


def removed_images(verdicts: Iterable[Verdict]) -> list[StoredImage]:
    """The images that the plan removes completely: those that keep no name."""
    going: dict[str, set[str]] = {}
    found = {}
    for verdict in verdicts:
        if verdict.goes:
            going.setdefault(verdict.image.id, set()).add(verdict.tag)
            found[verdict.image.id] = verdict.image
    return [image for image in found.values() if going[image.id] >= set(image.tags)]


def _of_untagged(image: StoredImage, wishes: Wishes, facts: Facts) -> Verdict:
    if image.id in facts.in_use:
        return Verdict(image, "", False, "a container uses it")
    if not _is_old(image, wishes, facts):
        return Verdict(image, "", False, "not that old")
    return Verdict(image, "", True, "it has no tag")


def _of_named(
    item: _Named, newest: Sequence[Version | datetime], wishes: Wishes, facts: Facts
) -> Verdict:
    why = _kept_always(item, facts)
    if not why and item.group[:1] == _NO_STAGE and item.rank == newest[0]:
        why = "the newest of its kind"
    given_up = _tag_of(item.tag).startswith(RELEASING)
    if not why and not given_up and item.rank in newest[: wishes.kept_versions]:
        why = f"among the newest {wishes.kept_versions}"
    if not why and not _is_old(item.image, wishes, facts):
        why = "not that old"
    if why:
        return Verdict(item.image, item.tag, False, why)
    reason = "older than --older-than"
    if given_up:
        reason = "left by an abandoned release"
    elif wishes.kept_versions:
        reason = f"older than the newest {wishes.kept_versions}"
    elif wishes.older_than is None:
        reason = "--keep is 0"
    return Verdict(item.image, item.tag, True, reason)


def _of_former(item: _Named, there: Set[str], facts: Facts) -> Verdict | None:
    """A name that the dir's images no longer have; None: it is no such."""
    if item.group[:1] == (BUILDER,) and item.image.id not in facts.in_use:
        return Verdict(item.image, item.tag, True, "images that write locks belong to no dir today")
    if _TAG.fullmatch(_tag_of(item.tag)) and item.image.id not in facts.in_use:
        today = renamed(item.tag, facts.names.get(item.image.dir, ()), there)
        return Verdict(item.image, item.tag, True, f"it is {today} today") if today else None
    return None


def _kept_always(item: _Named, facts: Facts) -> str:
    image = item.image
    tags = [_tag_of(name) for name in image.tags]
    floating = [tag for tag in tags if tag in _FLOATING]
    if image.id in facts.in_use:
        return "a container uses it"
    if any(tag.startswith(RELEASING) for tag in tags) and facts.now - image.created < _RESUMED:
        return "it is being released"
    if floating:
        return f"it is what {' and '.join(sorted(floating))} names"
    if not item.group:
        return "the toolchain did not name it"
    if _PASSING in item.group:
        return ""
    current = facts.current.get(image.dir)
    if current is not None and current in (item.rank, _labelled_version(image)):
        return "the changelog's version"
    return ""


def _with_bases(images: Iterable[StoredImage], verdicts: list[Verdict]) -> list[Verdict]:
    """Also keep the bases of images that are kept."""
    gone = {image.id for image in removed_images(verdicts)}
    bases = {image.labels.get(labels.OCI_BASE_DIGEST) for image in images if image.id not in gone}
    return [
        Verdict(one.image, one.tag, False, "the base of an image that stays")
        if one.goes and one.image.id in bases
        else one
        for one in verdicts
    ]


def _named(image: StoredImage, name: str) -> _Named:
    repository, tag = name.rpartition(":")[0], _tag_of(name)
    match = _TAG.fullmatch(tag)
    if match:
        stage = match["stage"].partition("-")[0]
        group = (stage, image.dir, match["variant"] or "")
        return _Named(image, name, group, Version.parse(match["version"]))
    if _CANDIDATE.fullmatch(tag):
        return _Named(image, name, (Stage.PROD.value, image.dir, _PASSING), image.created)
    if tag.startswith(RELEASING):
        return _Named(image, name, (tag, image.dir, _PASSING), image.created)
    if repository.rpartition("/")[2].startswith(_BY_CONTENT):
        return _Named(image, name, (*_NO_STAGE, image.dir, repository), image.created)
    return _Named(image, name, (), image.created)


def _tag_of(name: str) -> str:
    return name.rpartition(":")[2]


def _labelled_version(image: StoredImage) -> Version | None:
    text = image.labels.get(labels.VERSION)
    return Version.parse(text) if text else None


def _has_stage(image: StoredImage, stage: Stage | None) -> bool:
    return stage is None or image.labels.get(labels.STAGE) == stage


def _is_old(image: StoredImage, wishes: Wishes, facts: Facts) -> bool:
    return wishes.older_than is None or facts.now - image.created > wishes.older_than
