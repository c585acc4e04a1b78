"""Images as people look at them: on an engine, in a registry, and what is attached to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helpers.model.image import Stage
from helpers.model.version import Version


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version in a registry.

    Attributes:
        digest: of its index.
        current: the floating tag names it.
        released: when, ISO 8601; empty where it was pushed by other means.
        owner: who released it.
        forced: why it was forced; empty: it was not.
        size: bytes that a machine of the first platform pulls.
    """

    stage: Stage
    version: Version
    digest: str
    current: bool
    released: str
    owner: str
    commit: str
    forced: str
    platforms: tuple[str, ...]
    size: int


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
        mend: the command that finishes it.
    """

    tag: str
    names: str
    wanted: str
    mend: str


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image under one tag.

    Attributes:
        where: `here` for this engine, else the registry's name.
        size: bytes: unpacked on an engine, packed in a registry.
        current: a floating tag names it.
    """

    dir: str
    image: str
    tag: str
    where: str
    version: str
    size: int
    platforms: str
    created: str
    current: bool


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
