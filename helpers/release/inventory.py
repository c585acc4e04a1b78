"""The images of a repo, on the engine and in its registries, as people look at them."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from helpers.engine.client import Client
from helpers.engine.containers import list_images
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.image import Stage
from helpers.model.published import ListedImage, PublishedVersion
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version
from helpers.registry.access import Access
from helpers.release.published_versions import read_versions, released_versions
from helpers.release.targets import Target, targets
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
    floating = {str(stage) for stage in _STAGES}
    found = []
    for image in list_images(client, {labels.REPO: repo.config.name, labels.IMAGE_NAME: ""}):
        names = [reference.rpartition(":")[::2] for reference in image.tags]
        shown = [(name, tag) for name, tag in names if tag not in floating]
        if not shown or image.labels.get(labels.DIR) not in wanted:
            continue
        platform = _platform(client, image.id)
        found += [
            ListedImage(
                dir=image.labels[labels.DIR],
                image=name,
                tag=tag,
                where=HERE,
                version=image.labels.get(labels.VERSION, ""),
                size=image.size,
                platforms=platform,
                created=image.labels.get(labels.OCI_CREATED, ""),
                current=len(shown) < len(names),
            )
            for name, tag in shown
        ]
    return sorted(found, key=lambda one: (one.dir, one.tag))


def list_remote_images(
    repo: Repo, access: Access, dirs: Sequence[RunnableDir], registry_names: Sequence[str]
) -> list[ListedImage]:
    """The versions of these dirs' images in registries.

    Raises:
        HelpersError: the repo has no such registry, or one refuses.
    """
    wanted: list[tuple[RunnableDir, Target]] = []
    for item in dirs:
        name = read_changelog(item).image_name
        wanted += [(item, target) for target in targets(repo, access, name, registry_names)]

    def read(one: tuple[RunnableDir, Target]) -> list[ListedImage]:
        item, target = one
        versions = read_versions(target.repository, _STAGES)
        return [_listed(item, target, version) for version in versions]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [listed for found in pool.map(read, wanted) for listed in found]


def read_history(
    repo: Repo,
    access: Access,
    runnable_dir: RunnableDir,
    stages: Sequence[Stage],
    registry_names: Sequence[str],
) -> list[tuple[Target, PublishedVersion]]:
    """The releases of a dir's image, newest versions first.

    Raises:
        HelpersError: the repo has no such registry, or one refuses.
    """
    name = read_changelog(runnable_dir).image_name
    return [
        (target, version)
        for target in targets(repo, access, name, registry_names)
        for version in read_versions(target.repository, stages)
    ]


def read_released(
    repo: Repo, access: Access, dirs: Sequence[RunnableDir], registry_names: Sequence[str]
) -> dict[str, dict[Stage, frozenset[Version]]]:
    """The released versions of these dirs' images, by the images' names.

    A dir whose changelog is malformed is left out: whoever reads it says so.

    Raises:
        HelpersError: the repo has no such registry, or one refuses.
    """
    names = []
    for item in dirs:
        with suppress(HelpersError):
            names.append(read_changelog(item).image_name)

    def read(name: str) -> dict[Stage, frozenset[Version]]:
        found = targets(repo, access, name, registry_names)
        tags = [tag for target in found for tag in target.repository.tags()]
        return {stage: frozenset(released_versions(tags, stage)) for stage in _STAGES}

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(names, pool.map(read, names), strict=True))


def _listed(item: RunnableDir, target: Target, version: PublishedVersion) -> ListedImage:
    return ListedImage(
        dir=item.name,
        image=str(target),
        tag=f"{version.stage}-{version.version}",
        where=target.registry,
        version=str(version.version),
        size=version.size,
        platforms=", ".join(one.partition("/")[2] for one in version.platforms),
        created=version.released,
        current=version.current,
    )


def _platform(client: Client, image: str) -> str:
    try:
        return str((client.get(f"/images/{image}/json") or {}).get("Architecture", ""))
    except HelpersError:
        return ""
