"""What a registry says of a released image: what is in it, and what it was made from."""

from collections.abc import Mapping
from typing import Any

from helpers.model.descriptor import Descriptor
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.images.published import Verified
from helpers.registry.repository import Repository
from helpers.release.attestations import CYCLONEDX, PROVENANCE, attested_image, is_attestation
from helpers.release.index import Index, read_index
from helpers.release.published_versions import RELEASE_AGAIN
from helpers.release.targets import ReleaseTarget
from helpers.release.version_tags import not_there


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
        try:
            statement = load_json(repository.blob(digest))
            subjects = [one["digest"]["sha256"] for one in statement["subject"]]
            predicates[statement["predicateType"]] = dict(statement["predicate"])
            wrong = "" if image.digest.partition(":")[2] in subjects else "are about another image"
        except (KeyError, TypeError, ValueError):
            wrong = "cannot be read"
        if wrong:
            raise HelpersError(
                f"the attestations of this image {wrong}",
                where=f"{repository.name}@{image.digest}",
                fix=f"trust neither: {RELEASE_AGAIN}",
            )
    return Verified(
        image.platform,
        image.digest,
        predicates.get(CYCLONEDX, {}),
        predicates.get(PROVENANCE, {}),
    )
