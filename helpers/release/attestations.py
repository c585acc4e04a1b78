"""The attestations of an image: what is in it, and what it was made from.

Both are in the form of in-toto, kept in the image's index as BuildKit keeps its own,
so that other programs find them.
Sources: https://docs.docker.com/build/metadata/attestations/attestation-storage/,
https://github.com/in-toto/attestation/tree/main/spec/v1, https://slsa.dev/spec/v1.0/provenance
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.descriptor import OCI_CONFIG, OCI_MANIFEST, Descriptor, digest_of

STATEMENT = "application/vnd.in-toto+json"
CYCLONEDX = "https://cyclonedx.org/bom"
PROVENANCE = "https://slsa.dev/provenance/v1"
PREDICATE = "in-toto.io/predicate-type"
_BUILD_TYPE = "https://helpers.dev/image/v1"
_REFERENCE_TYPE = "vnd.docker.reference.type"
_REFERENCE_DIGEST = "vnd.docker.reference.digest"
_ATTESTATION = "attestation-manifest"
_UNKNOWN = "unknown/unknown"


@dataclass(frozen=True, slots=True)
class Attested:
    """The attestations of one image, as they are pushed.

    Attributes:
        descriptor: of their manifest, as it stands in the index.
        content: the manifest.
        blobs: what it names, by digest.
    """

    descriptor: Descriptor
    content: bytes
    blobs: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Origin:
    """What an image was made from, and by whom.

    Attributes:
        parameters: what the user asked for.
        source: the repo's address; empty where it has none.
        commit: the git commit.
        base: the base image's name and digest.
        owner: who released it.
        started, ended: ISO 8601.
    """

    parameters: Mapping[str, str]
    source: str
    commit: str
    base: tuple[str, str]
    owner: str
    started: str
    ended: str


def attest(image: Descriptor, name: str, predicates: Mapping[str, Any]) -> Attested:
    """Put statements about an image into the form in which indexes hold them.

    Args:
        name: the image's, for people.
        predicates: by their types.
    """
    subject = [{"name": name, "digest": _digests(image.digest)}]
    blobs: dict[str, bytes] = {}
    layers = []
    for kind, predicate in predicates.items():
        content = _json(
            {
                "_type": "https://in-toto.io/Statement/v1",
                "subject": subject,
                "predicateType": kind,
                "predicate": predicate,
            }
        )
        blobs[digest_of(content)] = content
        annotations = {PREDICATE: kind}
        layers.append(Descriptor(STATEMENT, digest_of(content), len(content), "", annotations))
    config = _json(
        {
            "architecture": "unknown",
            "os": "unknown",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
        }
    )
    blobs[digest_of(config)] = config
    content = _json(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": Descriptor(OCI_CONFIG, digest_of(config), len(config)).as_json(),
            "layers": [layer.as_json() for layer in layers],
        }
    )
    annotations = {_REFERENCE_TYPE: _ATTESTATION, _REFERENCE_DIGEST: image.digest}
    return Attested(
        Descriptor(OCI_MANIFEST, digest_of(content), len(content), _UNKNOWN, annotations),
        content,
        blobs,
    )


def is_attestation(descriptor: Descriptor) -> bool:
    """Whether an entry of an index is an attestation of another entry."""
    return descriptor.annotations.get(_REFERENCE_TYPE) == _ATTESTATION


def attested_image(descriptor: Descriptor) -> str:
    """The digest of the image that an attestation is about."""
    return descriptor.annotations.get(_REFERENCE_DIGEST, "")


def provenance(origin: Origin) -> dict[str, Any]:
    """What an image was made from, as SLSA describes it."""
    base_name, base_digest = origin.base
    sources: Sequence[dict[str, Any]] = [
        {"uri": origin.source or "local", "digest": {"gitCommit": origin.commit}},
        {"uri": f"docker-image://{base_name}", "digest": _digests(base_digest)},
    ]
    return {
        "buildDefinition": {
            "buildType": _BUILD_TYPE,
            "externalParameters": dict(origin.parameters),
            "resolvedDependencies": sources,
        },
        "runDetails": {
            "builder": {"id": origin.owner},
            "metadata": {"startedOn": origin.started, "finishedOn": origin.ended},
        },
    }


def _digests(digest: str) -> dict[str, str]:
    algorithm, _, value = digest.partition(":")
    return {algorithm: value} if value else {}


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
