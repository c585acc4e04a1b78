"""The versions of an image that a registry has."""

import json
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.published import PublishedVersion
from helpers.model.version import Version
from helpers.registry.repository import Repository
from helpers.release.publish import Index, read_index
from helpers.release.targets import ReleaseTarget

RELEASED = labels.OCI_CREATED
OWNER = "org.helpers.released-by"
RELEASE_AGAIN = "release it again under a new version"
_VERSION_TAG = re.compile(r"(?P<stage>dev|prod)-(?P<version>\d+\.\d+\.\d+)")
_CODE_TAG = re.compile(r"v(\d{1,9}\.\d{1,9}\.\d{1,9})")
_AT_ONCE = 8
# Versions of a stage that an error names.
_SHOWN = 10


def version_of(tag: str) -> tuple[Stage, Version] | None:
    """Stage and version of a tag; None for any other."""
    match = _VERSION_TAG.fullmatch(tag)
    return (Stage(match["stage"]), Version.parse(match["version"])) if match else None


def released_versions(tags: Iterable[str], stage: Stage) -> list[Version]:
    """The versions of a stage among tags, newest first."""
    found = (version_of(tag) for tag in tags)
    return sorted((one[1] for one in found if one and one[0] is stage), reverse=True)


def code_tag(version: Version) -> str:
    """The tag of the image of a release of code."""
    return f"v{version}"


def code_versions(tags: Iterable[str]) -> list[Version]:
    """The versions of code among tags, newest first."""
    found = (match[1] for tag in tags if (match := _CODE_TAG.fullmatch(tag)))
    return sorted(map(Version.parse, found), reverse=True)


def not_there(target: ReleaseTarget, tag: str) -> HelpersError:
    """The error for a tag that a registry does not have."""
    if version_of(tag) is None:
        fix = f"i release_history {target.of_dir}"
        return HelpersError(f"{target} has no {tag}", where=str(target), fix=fix)
    stage = Stage(tag.partition("-")[0])
    tags = target.repository.tags()
    there = {one: released_versions(tags, one) for one in (Stage.DEV, Stage.PROD)}
    (other,) = set(there) - {stage}
    shown = [f"{one}-{version}" for one in (stage, other) for version in there[one][:_SHOWN]]
    release = f"i docker_release_{stage}_image {target.of_dir}"
    if there[stage]:
        fix = f"--version {there[stage][0]}   ({target.show_history} shows all)"
    elif there[other]:
        fix = f"{release}   (nothing was released for {stage} yet, only for {other})"
    else:
        fix = f"{release}   (nothing was released yet)"
    return HelpersError(
        f"{target} has no {tag}", where=f"it has: {', '.join(shown) or 'none'}", fix=fix
    )


def read_versions(repository: Repository, stages: Iterable[Stage]) -> list[PublishedVersion]:
    """The versions of an image in a registry, by stage, newest first.

    Raises:
        RegistryError: the registry refuses.
    """
    tags = repository.tags()
    wanted: list[tuple[Stage, Version]] = []
    current: dict[Stage, str] = {}
    for stage in stages:
        wanted += [(stage, version) for version in released_versions(tags, stage)]
        if str(stage) in tags:
            found = repository.resolve(str(stage))
            current[stage] = found.digest if found else ""

    def read(one: tuple[Stage, Version]) -> PublishedVersion | None:
        stage, version = one
        index = read_index(repository, f"{stage}-{version}")
        if index is None:
            return None
        return _described(repository, stage, version, index, current.get(stage, ""))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [found for found in pool.map(read, wanted) if found]


def image_labels(repository: Repository, index: Index) -> Mapping[str, str]:
    """The labels of the first image of an index.

    Raises:
        HelpersError: the registry refuses, or what it has is no image.
    """
    return _read_labels(repository, _read_manifests(repository, index, most=1))


def _described(
    repository: Repository, stage: Stage, version: Version, index: Index, current: str
) -> PublishedVersion:
    manifests = _read_manifests(repository, index)
    found = _read_labels(repository, manifests)
    said = index.annotations
    layers = next(iter(manifests.values())).get("layers", ())
    settings = (one["config"]["digest"] for one in manifests.values())
    return PublishedVersion(
        stage=stage,
        version=version,
        digest=index.descriptor.digest,
        current=index.descriptor.digest == current,
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
