"""The images of a release under one digest, as a registry has them, and the tags that name it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.descriptor import INDEXES, OCI_INDEX, Descriptor, digest_of, short_digest
from helpers.model.errors import HelpersError
from helpers.registry.repository import Repository
from helpers.release.attestations import Attested, is_attestation
from helpers.release.targets import ReleaseTarget


@dataclass(frozen=True, slots=True)
class Index:
    """The images of all platforms under one digest, as it stands in a registry."""

    descriptor: Descriptor
    content: bytes

    @property
    def images(self) -> tuple[Descriptor, ...]:
        """Its images, without their attestations."""
        return tuple(one for one in self.entries if not is_attestation(one))

    @property
    def entries(self) -> tuple[Descriptor, ...]:
        """All that it names; an image that stands for itself is its own entry."""
        if self.descriptor.media_type not in INDEXES:
            return (self.descriptor,)
        given = json.loads(self.content).get("manifests") or ()
        return tuple(Descriptor.from_json(one) for one in given)

    @property
    def blobs(self) -> tuple[str, ...]:
        """Digests of what a manifest names; none for an index."""
        given = json.loads(self.content)
        parts = [given["config"], *given.get("layers", ())] if "config" in given else []
        return tuple(str(part["digest"]) for part in parts)

    @property
    def layers(self) -> tuple[str, ...]:
        """Digests of a manifest's layers; none for an index."""
        return tuple(str(one["digest"]) for one in json.loads(self.content).get("layers", ()))

    @property
    def annotations(self) -> Mapping[str, str]:
        """Its annotations."""
        found = json.loads(self.content).get("annotations") or {}
        return {str(name): str(value) for name, value in found.items()}


def make_index(
    images: Iterable[Descriptor], attested: Iterable[Attested], annotations: Mapping[str, str]
) -> Index:
    """One digest for the images of all platforms and their attestations."""
    entries = [*images, *(one.descriptor for one in attested)]
    made: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [entry.as_json() for entry in entries],
        "annotations": dict(annotations),
    }
    content = json.dumps(made, sort_keys=True, separators=(",", ":")).encode()
    return Index(Descriptor(OCI_INDEX, digest_of(content), len(content)), content)


def read_index(repository: Repository, tag: str) -> Index | None:
    """What a tag or digest names; None where there is no such tag.

    Raises:
        RegistryError: the registry refuses.
    """
    found = repository.manifest(tag)
    return Index(*found) if found else None


def move_tag(target: ReleaseTarget, tag: str, index: Index) -> str:
    """Move a tag to an index that was pushed by its digest; return what it named before.

    It is read back, so that a registry that answers well and does otherwise is noticed.

    Raises:
        HelpersError: the registry refuses, or names something else afterwards.
    """
    before = target.repository.resolve(tag)
    if before and before.digest == index.descriptor.digest:
        return before.digest
    put_tag(target, tag, index, target.show_history)
    return before.digest if before else ""


def put_tag(target: ReleaseTarget, tag: str, index: Index, look: str) -> None:
    """Let a tag name an index, whatever it named before, and read it back.

    Args:
        look: the command that shows what is there.

    Raises:
        HelpersError: the registry refuses, or names something else afterwards.
    """
    target.repository.put_manifest(index.content, index.descriptor.media_type, tag)
    found = target.repository.resolve(tag)
    if found is None or found.digest != index.descriptor.digest:
        raise HelpersError(
            f"the tag {tag} does not point at what was pushed",
            where=f"{target}:{tag}\npushed: {index.descriptor.digest}\n"
            f"found: {found.digest if found else 'nothing'}",
            fix=f"{look}   (somebody else pushed at the same time)",
        )


def restore_tag(target: ReleaseTarget, tag: str, digest: str) -> str:
    """Move a tag back to what it named; where that fails, return a sentence about it."""
    try:
        now = target.repository.resolve(tag)
        if (now.digest if now else "") == digest:
            return ""
        if not digest:
            if target.repository.remove_tag(tag):
                return ""
            return f"{target}:{tag} is there and names no image: the registry deletes nothing"
        before = read_index(target.repository, digest)
        if before:
            move_tag(target, tag, before)
            return ""
    except HelpersError as error:
        named = short_digest(digest) or "nothing"
        return f"{target}:{tag} could not be put back to {named}: {error.what}"
    return f"{target}:{tag} could not be put back: {short_digest(digest)} is gone"
