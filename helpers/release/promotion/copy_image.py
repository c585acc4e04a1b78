"""Copy an image from one registry to another: nothing of it changes, so its digest stays."""

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.model.descriptor import INDEXES
from helpers.model.errors import HelpersError
from helpers.registry.errors import RegistryError
from helpers.registry.repository import Repository
from helpers.release.index import Index, read_index

_AT_ONCE = 3


def copy_image(source: Repository, target: Repository, index: Index) -> None:
    """Copy an image by its digest, with what its index names; what is there is not sent again.

    Raises:
        HelpersError: the source lacks a part, or the target refuses or keeps another digest.
        OSError: there is no room for a layer on this machine.
    """
    digest = index.descriptor.digest
    if target.resolve(digest) is None:
        if index.descriptor.media_type in INDEXES:
            for entry in index.entries:
                part = read_index(source, entry.digest)
                if part is None:
                    raise HelpersError(
                        "the registry lacks a part of the image",
                        where=f"{source.name}@{entry.digest}",
                        fix="release it again under a new version",
                    )
                copy_image(source, target, part)
        _copy_blobs(source, target, dict.fromkeys(index.blobs))
        target.put_manifest(index.content, index.descriptor.media_type)
    found = target.resolve(digest)
    if found is None or found.digest != digest:
        raise HelpersError(
            "the copy is not the image that was tested: nothing was promoted",
            where=f"{target.name}\nwanted: {digest}\nfound: {found.digest if found else 'nothing'}",
            fix="configure the registry, or the proxy before it, not to change content",
        )


def _copy_blobs(source: Repository, target: Repository, digests: Iterable[str]) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="helpers-copy-") as folder,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        for done in [
            pool.submit(_copy_blob, source, target, digest, Path(folder, digest.partition(":")[2]))
            for digest in digests
        ]:
            done.result()


def _copy_blob(source: Repository, target: Repository, digest: str, path: Path) -> None:
    if target.has_blob(digest) or _mounted(source, target, digest):
        return
    source.download(digest, path)
    target.upload(lambda: path.open("rb"), digest, path.stat().st_size)
    path.unlink()


def _mounted(source: Repository, target: Repository, digest: str) -> bool:
    try:
        return target.mount(digest, str(source.name))
    except RegistryError:
        return False  # only a saving
