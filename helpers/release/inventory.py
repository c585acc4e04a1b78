"""The images of a repo, on the engine and in its registries, as people look at them."""

import shlex
from collections.abc import Callable, Iterable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image, list_images
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.groups import grouped
from helpers.model.images.name import Stage, renamed
from helpers.model.images.published import HalfMoved, ListedImage, PublishedVersion, TagMove
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version
from helpers.registry.access import Access
from helpers.release.lock import locked_tag
from helpers.release.moves import read_moves
from helpers.release.published_versions import read_versions, released_versions
from helpers.release.rollback import named_version
from helpers.release.targets import ReleaseTarget, registries, targets_of
from helpers.release.version_tags import VersionTags, tags_of, written
from helpers.system.repo_files import read_changelog, read_dir_config

_AT_ONCE = 8
HERE = "here"
_STAGES = (Stage.DEV, Stage.PROD)


def list_local_images(client: Client, repo: Repo, dirs: Iterable[RunnableDir]) -> list[ListedImage]:
    """The images of these dirs on the engine, but for former names of those of today.

    Raises:
        EngineError: the engine does not answer.
    """
    dirs = list(dirs)
    wanted = {item.name: _names_today(repo, item) for item in dirs}
    images = [
        (image, own.outer_name(image.labels.get(labels.DIR, "")))
        for own in repo.every()
        for image in list_images(client, {labels.REPO: own.config.name, labels.IMAGE_NAME: ""})
    ]
    there = {tag for image, _ in images for tag in image.tags}
    floating = {item.name: _floating_tags(repo, item) for item in dirs}
    return [
        _listed_here(client, image, dir, floating[dir])
        for image, dir in images
        if dir in wanted and not all(renamed(tag, wanted[dir], there) for tag in image.tags)
    ]


def _names_today(repo: Repo, item: RunnableDir) -> tuple[str, ...]:
    """What the dir's images are called; nothing where its changelog is malformed."""
    try:
        return repo.of(item.name).image_names(read_changelog(item).image_name)
    except HelpersError:
        return ()


def _floating_tags(repo: Repo, item: RunnableDir) -> set[str]:
    """The floating tags of the dir's images; those of the stages alone where settings are wrong."""
    released = None
    with suppress(HelpersError):
        released = read_dir_config(item).released(repo.of(item.name).config)
    return {*map(str, _STAGES), *(released.floating if released else ())}


def _listed_here(client: Client, image: Image, dir: str, known: Set[str]) -> ListedImage:
    tags = frozenset(tag.rpartition(":")[2] for tag in image.tags)
    floating = tags & known
    return ListedImage(
        dir=dir,
        ids=frozenset({image.id}),
        tags=tags - floating or tags,
        places=(HERE,),
        current=(HERE,) if floating else (),
        version=image.labels.get(labels.VERSION, ""),
        release=image.labels.get(labels.RELEASE_VERSION, ""),
        size=image.size,
        platforms=frozenset({_platform(client, image.id)} - {""}),
        created=image.labels.get(labels.OCI_CREATED, ""),
    )


def find_targets(
    repo: Repo,
    access: Access,
    dirs: Iterable[RunnableDir],
    registry_names: Sequence[str],
    on_trouble: Callable[[HelpersError], None],
) -> list[ReleaseTarget]:
    """Where the images of these dirs go.

    Args:
        on_trouble: is told which changelog is malformed; its dir is left out.

    Raises:
        HelpersError: the repo has no such registry.
    """
    registries(repo, registry_names)
    found: list[ReleaseTarget] = []
    for item in dirs:
        try:
            found += targets_of(repo, access, item, registry_names)
        except HelpersError as error:
            on_trouble(error)
    return found


def list_remote_images(
    found: Iterable[ReleaseTarget], on_trouble: Callable[[HelpersError], None]
) -> list[ListedImage]:
    """The versions of images in registries.

    Args:
        on_trouble: is told which registry cannot be looked at, once, and why.
    """
    refused: dict[str, HelpersError] = {}

    def read(target: ReleaseTarget) -> list[ListedImage]:
        if target.registry in refused:
            return []
        try:
            versions = read_versions(target.repository, _STAGES, target.floating)
        except HelpersError as error:
            refused[target.registry] = error
            return []
        return [_listed(target, version) for version in versions]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        listed = [one for versions in pool.map(read, found) for one in versions]
    for refusal in refused.values():
        on_trouble(refusal)
    return listed


def read_history(
    found: Iterable[ReleaseTarget], stages: Sequence[Stage]
) -> list[tuple[ReleaseTarget, PublishedVersion]]:
    """The releases of an image, newest versions first.

    Raises:
        RegistryError: a registry refuses.
    """
    return [
        (target, version)
        for target in found
        for version in read_versions(target.repository, stages, target.floating)
    ]


def read_rollbacks(
    found: Iterable[ReleaseTarget], stages: Sequence[Stage]
) -> list[tuple[ReleaseTarget, TagMove]]:
    """The rollbacks of an image, newest first in each registry.

    Raises:
        HelpersError: a registry refuses, or its history cannot be read.
    """
    return [
        (target, move)
        for target in found
        for stage in stages
        for move in reversed(read_moves(target.repository, stage))
    ]


def find_half_moved(found: Iterable[ReleaseTarget]) -> list[HalfMoved]:
    """The floating tags that a release or rollback which ended in the middle did not move.

    Its lock was not ended: that tells it from what people did on purpose. One that is still under
    way looks the same.

    Raises:
        RegistryError: a registry refuses.
    """
    by_dir = grouped((target.dir, target) for target in found)
    wanted = [(of_dir, stage) for of_dir in by_dir.values() for stage in _STAGES]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [one for half in pool.map(lambda one: _half_moved(*one), wanted) for one in half]


def _half_moved(found: Sequence[ReleaseTarget], stage: Stage) -> list[HalfMoved]:
    locked = {target: locked_tag(target.repository, stage) for target in found}
    by_tag = {tag: [one for one in found if locked[one] == tag] for tag in locked.values() if tag}
    half = []
    for tag, involved in by_tag.items():
        moving = _what_moves(involved[0], stage, tag)
        there = {target: target.repository.resolve(tag) for target in involved}
        # Before the tag with the version is everywhere, nothing was to be moved.
        if moving is None or not all(there.values()):
            continue
        kind, version = moving
        names = " ".join(f"--registry {shlex.quote(target.registry)}" for target in involved)
        task = f"i docker_rollback_{stage}_image {involved[0].of_dir}"
        command = f"{task} --version {written(involved[0], kind, version)} {names}"
        for target, wanted in there.items():
            half += [
                HalfMoved(
                    f"{target}:{floating}",
                    named_version(target, kind, floating).version,
                    kind.shown(version),
                    command,
                )
                for floating in kind.floating
                if target.repository.resolve(floating) != wanted
            ]
    return half


def _what_moves(
    target: ReleaseTarget, stage: Stage, tag: str
) -> tuple[VersionTags, Version] | None:
    """The kind and the version of a locked tag, where its floating tags were to be moved.

    A release of code that was not ended lacks more than they say: `i release` ends it.
    """
    kind = tags_of(target, stage, tag)
    versions = kind.among([tag])
    if not versions:
        return None
    moves = read_moves(target.repository, stage) if kind.is_code else []
    if kind.is_code and not (moves and moves[-1].after == kind.shown(versions[0])):
        return None
    return kind, versions[0]


def read_released(
    repo: Repo, access: Access, dirs: Sequence[RunnableDir], registry_names: Sequence[str]
) -> dict[str, dict[Stage, frozenset[Version]]]:
    """The released versions of these dirs' images, by the images' names.

    A dir whose changelog is malformed is left out: whoever reads it says so.

    Raises:
        HelpersError: the repo has no such registry, or one refuses.
    """
    found = find_targets(repo, access, dirs, registry_names, lambda _: None)
    by_image = grouped((target.image.name, target) for target in found)

    def read(of_image: Sequence[ReleaseTarget]) -> dict[Stage, frozenset[Version]]:
        tags = [tag for target in of_image for tag in target.repository.tags()]
        return {stage: frozenset(released_versions(tags, stage)) for stage in _STAGES}

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(by_image, pool.map(read, by_image.values()), strict=True))


def _listed(target: ReleaseTarget, version: PublishedVersion) -> ListedImage:
    return ListedImage(
        dir=target.dir,
        ids=version.ids,
        tags=frozenset({version.tag}),
        places=(target.registry,),
        current=(target.registry,) if version.current else (),
        version=str(version.version),
        release=version.release,
        size=version.size,
        platforms=frozenset(one.partition("/")[2] for one in version.platforms),
        created=version.released,
    )


def _platform(client: Client, image: str) -> str:
    try:
        found = find_image(client, image)
    except HelpersError:
        return ""
    return found.platform.partition("/")[2] if found else ""
