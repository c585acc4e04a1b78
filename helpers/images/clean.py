"""Read what a repo has on the engine and on the disk, and remove what a clean-up decided on."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import Image, find_image, list_containers, list_images, untag_image
from helpers.engine.layers import Layers, read_layers
from helpers.engine.resources import CONTAINER, Resource, list_resources
from helpers.images.clean_plan import Facts, StoredImage, Verdict, removed_images
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import BUILDER
from helpers.model.repo import Repo
from helpers.model.shell_words import quoted
from helpers.system.lease import is_held
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs

_REFUSED = 409


@dataclass(frozen=True, slots=True)
class OldFile:
    """A log or a folder of results that is older than --older-than; its size in bytes."""

    path: Path
    changed: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was removed, and what could not be removed, with the engine's reason; by name."""

    removed: tuple[str, ...]
    refused: Mapping[str, str]


def read_images(client: Client, repo: Repo) -> list[StoredImage]:
    """The images that carry the repo's label, and those that write locks for all repos.

    Those without a tag too, the newest first.

    Raises:
        EngineError: the engine does not answer.
    """
    builders = list_images(client, {labels.STAGE: BUILDER})
    # Earlier toolchains made one for each dir of a repo.
    found = [_stored(image, image.labels) for image in builders if labels.REPO not in image.labels]
    for own in repo.every():
        for image in list_images(client, {labels.REPO: own.config.name}):
            # Each repo names its dirs as they are called in it alone.
            told = {**image.labels}
            if labels.DIR in told:
                told[labels.DIR] = own.outer_name(told[labels.DIR])
            found.append(_stored(image, told))
    return sorted(found, key=lambda image: (image.created, image.tags), reverse=True)


def read_facts(client: Client, repo: Repo, now: datetime) -> Facts:
    """Read which images containers use, and the versions of changelogs.

    Raises:
        EngineError: the engine does not answer.
        ProcessError: git fails.
        HelpersError: a changelog is malformed: what it needs is not known, so nothing is removed.
    """
    changelogs = {item.name: read_changelog(item) for item in discover_dirs(repo)}
    return Facts(
        now=now,
        in_use=frozenset(container.image for container in list_containers(client, {})),
        current={name: found.version for name, found in changelogs.items()},
        names={
            name: repo.of(name).image_names(found.image_name) for name, found in changelogs.items()
        },
    )


def bytes_freed(client: Client, verdicts: Sequence[Verdict]) -> int:
    """The most that a clean-up frees: layers that images of any repo keep are not counted.

    It is less where the cache of builds has the same layers.

    Raises:
        EngineError: the engine does not answer.
    """
    gone = {image.id for image in removed_images(verdicts)}
    if not gone:
        return 0
    every = [image.id for image in list_images(client, {})]
    with ThreadPoolExecutor() as pool:
        found = dict(
            zip(every, pool.map(lambda image: read_layers(client, image), every), strict=True)
        )
    sizes = {image.id: image.size for image in removed_images(verdicts)}
    return freed_by_layers(found, sizes)


def freed_by_layers(layers: Mapping[str, Layers], gone: Mapping[str, int]) -> int:
    """The size of the layers that only the removed images have.

    Args:
        layers: of every image on the engine.
        gone: the sizes of the images that go, by id.
    """
    stay = {chain for image, found in layers.items() if image not in gone for chain in found.chains}
    freed: dict[str, int] = {}
    beside = 0
    for image, size in gone.items():
        found = layers.get(image, Layers((), ()))
        # An image's other content, such as the archives of its layers.
        beside += max(0, size - sum(found.sizes))
        freed.update(zip(found.chains, found.sizes, strict=True))
    return beside + sum(size for chain, size in freed.items() if chain not in stay)


def find_leftovers(client: Client, repo: Repo, name: str = "") -> list[Resource]:
    """The networks and volumes of this checkout, or of a dir, that no running command uses.

    Those of containers that a killed command left go with these: `i docker_kill`, or the next
    command, removes them.

    Raises:
        EngineError: the engine does not answer.
    """
    mine = {labels.REPO: repo.config.name, labels.REPO_ROOT: str(repo.root), labels.RUN: ""}
    mine |= {labels.DIR: name} if name else {}
    found = list_resources(client, mine)
    used = {item.labels[labels.RUN] for item in found if item.kind == CONTAINER}
    rest = [item for item in found if item.labels[labels.RUN] not in used]
    return [item for item in rest if not is_held(repo.root, item.labels[labels.RUN])]


def remove_images(client: Client, verdicts: Iterable[Verdict]) -> Outcome:
    """Remove the planned images; skip those that are in use or renamed by now.

    Raises:
        EngineError: the engine does not answer.
    """
    removed, refused = [], {}
    for verdict in verdicts:
        if not verdict.goes:
            continue
        named = find_image(client, verdict.tag or verdict.image.id)
        if named is None or named.id != verdict.image.id:
            continue
        try:
            untag_image(client, verdict.tag or named.id, named.id)
        except EngineError as error:
            if error.status != _REFUSED:
                raise
            refused[verdict.name] = error.what
            continue
        removed.append(verdict.name)
    return Outcome(tuple(removed), refused)


def old_build_logs(repo: Repo, before: datetime) -> list[OldFile]:
    """The logs of builds that ended before a time."""
    folder = repo.root / "tmp.helpers"
    logs = sorted([*folder.glob("build-*.log"), *folder.glob("builds/*.log")])
    return [file for file in map(describe_file, logs) if file.changed < before]


def describe_file(path: Path) -> OldFile:
    """A file or a folder with all that is in it."""
    inside = [item for item in path.rglob("*") if item.is_file()] if path.is_dir() else [path]
    size = sum(item.lstat().st_size for item in inside)
    return OldFile(path, datetime.fromtimestamp(path.lstat().st_mtime, UTC), size)


def remove_file(path: Path) -> None:
    """Remove a file or a folder; does nothing if it is gone.

    Raises:
        HelpersError: it may not be removed.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise HelpersError(
            f"cannot remove it: {error.strerror}", where=str(path), fix=f"sudo rm -r {quoted(path)}"
        ) from error


def _stored(image: Image, told: Mapping[str, str]) -> StoredImage:
    """An image with what its labels say; the engine lists its time as seconds since 1970."""
    created = datetime.fromtimestamp(int(image.created or 0), UTC)
    return StoredImage(image.id, image.tags, told, created, image.size)
