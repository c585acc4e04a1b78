"""Images as people look at them: on an engine, in a registry, and what is attached to them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.images.name import Stage
from helpers.model.version import Version


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version in a registry.

    Attributes:
        version: of its environment, as its changelog says.
        release: of its code; empty: it holds none that is released.
        tag: by which it is released.
        digest: of its index.
        current: a floating tag names it.
        released: when, ISO 8601; empty where it was pushed by other means.
        owner: who released it.
        forced: why it was forced; empty: it was not.
        size: bytes that a machine of the first platform pulls.
        ids: digests of the index, and of the manifests and settings of its images.
    """

    stage: Stage
    version: Version
    release: str
    tag: str
    digest: str
    current: bool
    released: str
    owner: str
    commit: str
    forced: str
    platforms: tuple[str, ...]
    size: int
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class TagMove:
    """A rollback.

    Attributes:
        when: ISO 8601.
        before: the version that the floating tag named, or its digest where it named none.
        after: the version that it names since.
    """

    stage: Stage
    when: str
    owner: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HalfMoved:
    """A floating tag that a release or rollback was to move and did not.

    Attributes:
        tag: with its image and registry.
        names: the version that it names; empty: none.
        wanted: the version that it is to name.
        fix: the command that finishes it.
    """

    tag: str
    names: str
    wanted: str
    fix: str


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image, wherever it is.

    Attributes:
        ids: digests of its index, manifests and settings: who shares one is the same image.
        tags: all but the floating ones, unless it has no others.
        places: `here` for this engine, and registries by name.
        current: the places where a floating tag names it.
        version: of its environment, as its changelog says; empty: it does not say it.
        release: of its code; empty: it holds none that is released.
        size: bytes: unpacked on an engine, else packed in a registry.
    """

    dir: str
    ids: frozenset[str]
    tags: frozenset[str]
    places: tuple[str, ...]
    current: tuple[str, ...]
    version: str
    release: str
    size: int
    platforms: frozenset[str]
    created: str


def each_once(found: Iterable[ListedImage]) -> list[ListedImage]:
    """The images, those that are the same as one; sorted by dir and tags."""
    rows: list[ListedImage] = []
    for one in found:
        same = [row for row in rows if row.dir == one.dir and row.ids & one.ids]
        rows = [row for row in rows if row not in same]
        rows.append(reduce(_joined, [*same, one]))
    return sorted(rows, key=lambda row: (row.dir, sorted(row.tags)))


def _joined(first: ListedImage, second: ListedImage) -> ListedImage:
    return replace(
        first,
        ids=first.ids | second.ids,
        tags=first.tags | second.tags,
        places=tuple(dict.fromkeys(first.places + second.places)),
        current=tuple(dict.fromkeys(first.current + second.current)),
        platforms=first.platforms | second.platforms,
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """The statements about the image of one platform, which are about this very digest.

    Attributes:
        sbom: CycloneDX; empty where there is none.
        provenance: SLSA; empty where there is none.
    """

    platform: str
    digest: str
    sbom: Mapping[str, Any]
    provenance: Mapping[str, Any]
