"""The images of a repo, on the engine and in its registries, as people look at them."""

import shlex
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from helpers.engine.client import Client
from helpers.engine.containers import Image, list_images
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.published import HalfMoved, ListedImage, PublishedVersion, TagMove
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version
from helpers.registry.access import Access
from helpers.release.lock import locked_tag
from helpers.release.moves import read_moves
from helpers.release.published_versions import read_versions, released_versions, version_of
from helpers.release.targets import ReleaseTarget, targets
from helpers.system.repo_files import read_changelog

_AT_ONCE = 8
HERE = "here"
_STAGES = (Stage.DEV, Stage.PROD)


def list_local_images(client: Client, repo: Repo, dirs: Iterable[RunnableDir]) -> list[ListedImage]:
    """The images of these dirs on the engine.

    Raises:
        EngineError: the engine does not answer.
    """
    wanted = {item.name for item in dirs}
    images = [
        (image, own.outer_name(image.labels.get(labels.DIR, "")))
        for own in repo.every()
        for image in list_images(client, {labels.REPO: own.config.name, labels.IMAGE_NAME: ""})
    ]
    return [
        _listed_here(client, image, dir) for image, dir in images if dir in wanted and image.tags
    ]


def _listed_here(client: Client, image: Image, dir: str) -> ListedImage:
    tags = frozenset(tag.rpartition(":")[2] for tag in image.tags)
    floating = tags & {str(stage) for stage in _STAGES}
    return ListedImage(
        dir=dir,
        ids=frozenset({image.id}),
        tags=tags - floating or tags,
        places=(HERE,),
        current=(HERE,) if floating else (),
        size=image.size,
        platforms=frozenset({_platform(client, image.id)} - {""}),
        created=image.labels.get(labels.OCI_CREATED, ""),
    )


def list_remote_images(
    repo: Repo,
    access: Access,
    dirs: Sequence[RunnableDir],
    registry_names: Sequence[str],
    on_trouble: Callable[[HelpersError], None],
) -> list[ListedImage]:
    """The versions of these dirs' images in registries.

    Args:
        on_trouble: is told what cannot be looked at, and why: a registry once, or a dir.

    Raises:
        HelpersError: the repo has no such registry.
    """
    wanted: list[tuple[RunnableDir, ReleaseTarget]] = []
    for item in dirs:
        try:
            name = read_changelog(item).image_name
        except HelpersError as error:
            on_trouble(error)
            continue
        wanted += [(item, one) for one in targets(repo, access, item, name, registry_names)]
    refused: dict[str, HelpersError] = {}

    def read(one: tuple[RunnableDir, ReleaseTarget]) -> list[ListedImage]:
        item, target = one
        if target.registry in refused:
            return []
        try:
            versions = read_versions(target.repository, _STAGES)
        except HelpersError as error:
            refused[target.registry] = error
            return []
        return [_listed(item, target, version) for version in versions]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [listed for found in pool.map(read, wanted) for listed in found]
    for refusal in refused.values():
        on_trouble(refusal)
    return found


def read_history(
    repo: Repo,
    access: Access,
    runnable_dir: RunnableDir,
    stages: Sequence[Stage],
    registry_names: Sequence[str],
) -> list[tuple[ReleaseTarget, PublishedVersion]]:
    """The releases of a dir's image, newest versions first.

    Raises:
        HelpersError: the repo has no such registry, or one refuses.
    """
    name = read_changelog(runnable_dir).image_name
    return [
        (target, version)
        for target in targets(repo, access, runnable_dir, name, registry_names)
        for version in read_versions(target.repository, stages)
    ]


def read_rollbacks(
    repo: Repo,
    access: Access,
    runnable_dir: RunnableDir,
    stages: Sequence[Stage],
    registry_names: Sequence[str],
) -> list[tuple[ReleaseTarget, TagMove]]:
    """The rollbacks of a dir's image, newest first in each registry.

    Raises:
        HelpersError: the repo has no such registry, or one refuses.
    """
    name = read_changelog(runnable_dir).image_name
    return [
        (target, move)
        for target in targets(repo, access, runnable_dir, name, registry_names)
        for stage in stages
        for move in reversed(read_moves(target.repository, stage))
    ]


def find_half_moved(
    repo: Repo, access: Access, dirs: Sequence[RunnableDir], registry_names: Sequence[str]
) -> list[HalfMoved]:
    """The floating tags that a release or rollback which ended in the middle did not move.

    Its lock was not ended: that tells it from what people did on purpose. One that is still under
    way looks the same.

    Raises:
        HelpersError: the repo has no such registry, or one refuses.
    """

    def look(one: tuple[RunnableDir, Stage]) -> list[HalfMoved]:
        item, stage = one
        name = read_changelog(item).image_name
        asked = targets(repo, access, item, name, registry_names)
        # The others are asked only where that says that something did not end.
        if not any(locked_tag(target.repository, stage) for target in asked):
            return []
        every = targets(repo, access, item, name, registry_names or list(repo.config.registries))
        return _half_moved(item, stage, every)

    wanted = [(item, stage) for item in dirs for stage in _STAGES]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [one for found in pool.map(look, wanted) for one in found]


def _half_moved(
    runnable_dir: RunnableDir, stage: Stage, found: Sequence[ReleaseTarget]
) -> list[HalfMoved]:
    locked = {target: locked_tag(target.repository, stage) for target in found}
    by_tag = {tag: [one for one in found if locked[one] == tag] for tag in locked.values() if tag}
    half = []
    for tag, involved in by_tag.items():
        named = version_of(tag)
        there = {target: target.repository.resolve(tag) for target in involved}
        # Before the tag with the version is everywhere, nothing was to be moved.
        if named is None or not all(there.values()):
            continue
        names = " ".join(f"--registry {shlex.quote(target.registry)}" for target in involved)
        dir = shlex.quote(runnable_dir.name)
        command = f"i docker_rollback_{stage}_image --dir {dir} --version {named[1]} {names}"
        half += [
            HalfMoved(f"{target}:{stage}", _current(target, stage), str(named[1]), command)
            for target, wanted in there.items()
            if target.repository.resolve(str(stage)) != wanted
        ]
    return half


def _current(target: ReleaseTarget, stage: Stage) -> str:
    versions = read_versions(target.repository, [stage])
    return next((str(one.version) for one in versions if one.current), "")


def read_released(
    repo: Repo, access: Access, dirs: Sequence[RunnableDir], registry_names: Sequence[str]
) -> dict[str, dict[Stage, frozenset[Version]]]:
    """The released versions of these dirs' images, by the images' names.

    A dir whose changelog is malformed is left out: whoever reads it says so.

    Raises:
        HelpersError: the repo has no such registry, or one refuses.
    """
    named = []
    for item in dirs:
        with suppress(HelpersError):
            named.append((item, read_changelog(item).image_name))

    def read(one: tuple[RunnableDir, str]) -> dict[Stage, frozenset[Version]]:
        found = targets(repo, access, *one, registry_names)
        tags = [tag for target in found for tag in target.repository.tags()]
        return {stage: frozenset(released_versions(tags, stage)) for stage in _STAGES}

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip((name for _, name in named), pool.map(read, named), strict=True))


def _listed(item: RunnableDir, target: ReleaseTarget, version: PublishedVersion) -> ListedImage:
    return ListedImage(
        dir=item.name,
        ids=version.ids,
        tags=frozenset({f"{version.stage}-{version.version}"}),
        places=(target.registry,),
        current=(target.registry,) if version.current else (),
        size=version.size,
        platforms=frozenset(one.partition("/")[2] for one in version.platforms),
        created=version.released,
    )


def _platform(client: Client, image: str) -> str:
    try:
        return str((client.get(f"/images/{image}/json") or {}).get("Architecture", ""))
    except HelpersError:
        return ""
