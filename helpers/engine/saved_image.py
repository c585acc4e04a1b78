"""An image as the engine gives it away: its manifest, and each piece of its content as it comes."""

import json
import tarfile
import urllib.parse
from collections.abc import Callable, Iterator
from typing import IO, cast

from helpers.engine.client import Client
from helpers.model.dataclass import dataclass
from helpers.model.descriptor import INDEXES, Descriptor, digest_of
from helpers.model.errors import HelpersError

_BLOBS = "blobs/sha256/"
_WITH_CONTAINERD = (
    "let the engine keep images with containerd:"
    ' {"features": {"containerd-snapshotter": true}} in /etc/docker/daemon.json'
)
# Manifests and settings of images are smaller, most layers are not.
_SMALL = 1 << 20


@dataclass(frozen=True, slots=True)
class SavedImage:
    """An image of one platform.

    Attributes:
        manifest: what its manifest is, with the platform.
        content: the manifest itself.
        config: the digest of its settings.
        small: its settings and small layers, by their digests.
        large: all other layers.
    """

    manifest: Descriptor
    content: bytes
    config: str
    small: dict[str, bytes]
    large: tuple[Descriptor, ...]


def save_image(
    client: Client, reference: str, on_layer: Callable[[str, int, IO[bytes]], None]
) -> SavedImage:
    """Ask the engine for an image, once; large layers are handed on as they come.

    Args:
        on_layer: is given digest, size and content of each; need not read it.

    Raises:
        EngineError: the engine has no such image, or goes away.
        HelpersError: the engine keeps images in a way that no registry takes.
    """
    small: dict[str, bytes] = {}
    index = b""
    with (
        client.reading(f"/images/{urllib.parse.quote(reference)}/get") as answer,
        tarfile.open(fileobj=cast("IO[bytes]", answer), mode="r|") as tar,
    ):
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is None:
                continue
            digest = f"sha256:{member.name.removeprefix(_BLOBS)}"
            if member.name == "index.json":
                index = file.read()
            elif member.name.startswith(_BLOBS) and member.size < _SMALL:
                small[digest] = file.read()
            elif member.name.startswith(_BLOBS):
                on_layer(digest, member.size, file)
    return _read(reference, index, small)


def _read(reference: str, index: bytes, small: dict[str, bytes]) -> SavedImage:
    found = list(_manifests(index, small)) if index else []
    if len(found) != 1:
        raise HelpersError(
            "the engine does not give the image as one that a registry takes",
            where=f"{reference}: {len(found)} manifests",
            fix=_WITH_CONTAINERD,
        )
    descriptor, content = found[0]
    manifest = json.loads(content)
    if any(layer["mediaType"].endswith(".tar") for layer in manifest["layers"]):
        raise HelpersError(
            "the engine gives layers without compression",
            where=reference,
            fix=_WITH_CONTAINERD,
        )
    config = json.loads(small[manifest["config"]["digest"]])
    platform = f"{config['os']}/{config['architecture']}"
    parts = [manifest["config"], *manifest["layers"]]
    return SavedImage(
        Descriptor(descriptor.media_type, descriptor.digest, len(content), platform),
        content,
        manifest["config"]["digest"],
        {part["digest"]: small[part["digest"]] for part in parts if part["digest"] in small},
        tuple(Descriptor.from_json(part) for part in parts if part["digest"] not in small),
    )


def _manifests(index: bytes, small: dict[str, bytes]) -> Iterator[tuple[Descriptor, bytes]]:
    """The complete manifests of images below an index."""
    for given in json.loads(index).get("manifests", ()):
        found = Descriptor.from_json(given)
        content = small.get(found.digest)
        if content is None or found.platform.startswith("unknown"):
            continue
        if found.media_type in INDEXES:
            yield from _manifests(content, small)
        elif digest_of(content) == found.digest:
            yield found, content
