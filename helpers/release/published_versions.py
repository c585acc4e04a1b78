"""The versions of an image that a registry has."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.name import code_tag as code_tag
from helpers.model.images.published import PublishedVersion
from helpers.model.version import Version
from helpers.registry.repository import Repository
from helpers.release.index import Index, read_index

RELEASED = labels.OCI_CREATED
OWNER = "org.helpers.released-by"
RELEASE_AGAIN = "release it again under a new version"
_VERSION_TAG = re.compile(r"(?P<stage>dev|prod)-(?P<version>\d+\.\d+\.\d+)")
_CODE_TAG = re.compile(r"v(\d{1,9}\.\d{1,9}\.\d{1,9})")
_AT_ONCE = 8


def version_of(tag: str) -> tuple[Stage, Version] | None:
    """Stage and version of a tag; None for any other."""
    match = _VERSION_TAG.fullmatch(tag)
    return (Stage(match["stage"]), Version.parse(match["version"])) if match else None


def released_versions(tags: Iterable[str], stage: Stage) -> list[Version]:
    """The versions of a stage among tags, newest first."""
    found = (version_of(tag) for tag in tags)
    return sorted((one[1] for one in found if one and one[0] is stage), reverse=True)


def code_versions(tags: Iterable[str]) -> list[Version]:
    """The versions of code among tags, newest first."""
    found = (match[1] for tag in tags if (match := _CODE_TAG.fullmatch(tag)))
    return sorted(map(Version.parse, found), reverse=True)


def read_versions(
    repository: Repository, stages: Iterable[Stage], floating: Sequence[str] | None = None
) -> list[PublishedVersion]:
    """The versions of an image in a registry, newest first: by stage, before them those of code.

    Args:
        floating: the floating tags of releases of code, which are of production; None: its code is
            not released.

    Raises:
        RegistryError: the registry refuses.
    """
    tags = repository.tags()
    wanted: list[tuple[Stage, str]] = []
    current: dict[str, frozenset[str]] = {}

    def want(stage: Stage, names: Iterable[str], floats: Iterable[str]) -> None:
        named = (repository.resolve(one) for one in floats if one in tags)
        digests = frozenset(one.digest for one in named if one)
        for name in names:
            wanted.append((stage, name))
            current[name] = digests

    for stage in stages:
        if stage is Stage.PROD and floating is not None:
            want(stage, map(code_tag, code_versions(tags)), floating)
        want(stage, (f"{stage}-{one}" for one in released_versions(tags, stage)), [str(stage)])

    def read(one: tuple[Stage, str]) -> PublishedVersion | None:
        stage, tag = one
        index = read_index(repository, tag)
        return None if index is None else _described(repository, stage, tag, index, current[tag])

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [found for found in pool.map(read, wanted) if found]


def image_labels(repository: Repository, index: Index) -> Mapping[str, str]:
    """The labels of the first image of an index.

    Raises:
        HelpersError: the registry refuses, or what it has is no image.
    """
    return _read_labels(repository, _read_manifests(repository, index, most=1))


def _described(
    repository: Repository, stage: Stage, tag: str, index: Index, current: Set[str]
) -> PublishedVersion | None:
    """What a tag names; None where it does not say which environment it has: it is none of ours."""
    manifests = _read_manifests(repository, index)
    found = _read_labels(repository, manifests)
    of_stage = version_of(tag)
    if of_stage is None and labels.VERSION not in found:
        return None
    said = index.annotations
    layers = next(iter(manifests.values())).get("layers", ())
    settings = (one["config"]["digest"] for one in manifests.values())
    return PublishedVersion(
        stage=stage,
        version=of_stage[1] if of_stage else Version.parse(found[labels.VERSION]),
        release=found.get(labels.RELEASE_VERSION, ""),
        tag=tag,
        digest=index.descriptor.digest,
        current=index.descriptor.digest in current,
        released=said.get(RELEASED) or found.get(labels.OCI_CREATED, ""),
        owner=said.get(OWNER) or found.get(labels.USER, ""),
        commit=found.get(labels.COMMIT, ""),
        forced=said.get(labels.FORCED) or found.get(labels.FORCED, ""),
        platforms=tuple(one.platform for one in index.images if one.platform),
        size=sum(int(layer.get("size", 0)) for layer in layers),
        # The digest of an image's settings is an engine's id of it.
        ids=frozenset({index.descriptor.digest, *manifests, *settings}),
    )


def _read_manifests(repository: Repository, index: Index, most: int = 0) -> dict[str, Any]:
    """The manifests of the images of an index, by digest; the first one is there.

    Args:
        most: how many are read; 0: all.
    """
    images = index.images
    if not images:
        raise HelpersError("an index without any image", where=f"{repository.name}")
    read: dict[str, Any] = {}
    for image in images[:most] if most else images:
        found = index if image == index.descriptor else read_index(repository, image.digest)
        if found:
            read[image.digest] = json.loads(found.content)
    if images[0].digest not in read:
        raise HelpersError(
            "the registry lacks an image that its index names",
            where=f"{repository.name}@{images[0].digest}",
            fix=RELEASE_AGAIN,
        )
    return read


def _read_labels(repository: Repository, manifests: Mapping[str, Any]) -> Mapping[str, str]:
    """The labels of the first image."""
    first = next(iter(manifests.values()))
    config = json.loads(repository.blob(first["config"]["digest"]))
    return (config.get("config") or {}).get("Labels") or {}
