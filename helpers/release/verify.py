"""What a registry says of a released image: what is in it, and what it was made from."""

import json
from collections.abc import Mapping
from typing import Any

from helpers.model.descriptor import Descriptor
from helpers.model.errors import HelpersError
from helpers.model.images.published import Verified
from helpers.registry.repository import Repository
from helpers.release.attestations import CYCLONEDX, PROVENANCE, attested_image, is_attestation
from helpers.release.publish import Index, read_index
from helpers.release.published_versions import RELEASE_AGAIN, not_there
from helpers.release.targets import ReleaseTarget


def verify(target: ReleaseTarget, tag: str) -> tuple[Index, list[Verified]]:
    """Read what is attached to a released image, every digest on the way compared.

    Raises:
        HelpersError: the registry has no such tag, nothing is attached, or what is attached is
            about something else.
    """
    index = read_index(target.repository, tag)
    if index is None:
        raise not_there(target, tag)
    attestations = {attested_image(one): one for one in index.entries if is_attestation(one)}
    found = [_verified(target.repository, one, attestations) for one in index.images]
    return index, found


def _verified(
    repository: Repository, image: Descriptor, attestations: Mapping[str, Descriptor]
) -> Verified:
    about = attestations.get(image.digest)
    if about is None:
        raise HelpersError(
            "this image has no attestations: this toolchain did not release it",
            where=f"{repository.name}@{image.digest}",
            fix=RELEASE_AGAIN,
        )
    manifest = read_index(repository, about.digest)
    predicates: dict[str, Any] = {}
    for digest in manifest.layers if manifest else ():
        statement = json.loads(repository.blob(digest))
        subjects = [one.get("digest", {}).get("sha256") for one in statement.get("subject", ())]
        if image.digest.partition(":")[2] not in subjects:
            raise HelpersError(
                "the attestations of this image are about another image",
                where=f"{repository.name}@{image.digest}",
                fix=f"trust neither: {RELEASE_AGAIN}",
            )
        predicates[statement["predicateType"]] = statement["predicate"]
    return Verified(
        image.platform,
        image.digest,
        predicates.get(CYCLONEDX, {}),
        predicates.get(PROVENANCE, {}),
    )
