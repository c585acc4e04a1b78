"""Push images from the engine to registries, by their digests; tags are moved afterwards."""

import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

from helpers.engine.client import Client
from helpers.engine.saved_image import SavedImage, save_image
from helpers.model.descriptor import digest_of
from helpers.registry.errors import RegistryError
from helpers.registry.repository import Repository
from helpers.release.attestations import Attested
from helpers.release.coming_file import ComingFile
from helpers.release.index import Index
from helpers.release.targets import ReleaseTarget

_AT_ONCE = 3


def push_image(
    client: Client, reference: str, targets: Sequence[ReleaseTarget], siblings: Sequence[str]
) -> SavedImage:
    """Push an image of the engine by its digest: what a registry has already is not sent again.

    Args:
        siblings: names of images that may have the same layers, in the same registries.

    Raises:
        HelpersError: the engine has no such image, or a registry refuses.
    """
    with (
        tempfile.TemporaryDirectory(prefix="helpers-push-") as folder,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        sent: list[Future[object]] = []

        def on_layer(digest: str, size: int, content: IO[bytes]) -> None:
            lacking = [one for one in targets if not _has(one, digest, siblings)]
            if lacking:
                # It is sent while it comes: neither of the two waits for the other.
                layer = ComingFile(Path(folder, digest.partition(":")[2]))
                sent.append(pool.submit(_send, lacking, layer, digest, size))
                layer.fill(content)

        saved = save_image(client, reference, on_layer)
        for target in targets:
            for content in saved.small.values():
                sent.append(pool.submit(target.repository.upload_bytes, content))
        for one in sent:
            one.result()
    for target in targets:
        _put(target.repository, saved.content, saved.manifest.media_type)
    return saved


def push_index(target: ReleaseTarget, index: Index, attested: Iterable[Attested]) -> None:
    """Push an index by its digest, with the attestations of its images, which are there.

    Raises:
        RegistryError: the registry refuses.
    """
    for one in attested:
        for content in one.blobs.values():
            target.repository.upload_bytes(content)
        _put(target.repository, one.content, one.descriptor.media_type)
    _put(target.repository, index.content, index.descriptor.media_type)


def _has(target: ReleaseTarget, digest: str, siblings: Sequence[str]) -> bool:
    """Whether a registry has a layer, there or under the name of another image."""
    repository = target.repository
    if repository.has_blob(digest):
        return True
    registry = target.image.registry
    try:
        return any(repository.mount(digest, f"{registry}/{name}") for name in siblings)
    except RegistryError:
        return False  # only a saving


def _send(targets: Sequence[ReleaseTarget], layer: ComingFile, digest: str, size: int) -> None:
    for target in targets:
        target.repository.upload(layer.open, digest, size)
    layer.remove()


def _put(repository: Repository, content: bytes, media_type: str) -> None:
    if repository.resolve(digest_of(content)) is None:
        repository.put_manifest(content, media_type)
