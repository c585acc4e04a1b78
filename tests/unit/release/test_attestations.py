import json

import pytest

from helpers.model.descriptor import OCI_INDEX, OCI_MANIFEST, Descriptor, digest_of
from helpers.model.images.name import Stage
from helpers.model.version import Version
from helpers.release.attestations import (
    CYCLONEDX,
    PROVENANCE,
    STATEMENT,
    Origin,
    attest,
    attested_image,
    is_attestation,
    provenance,
)
from helpers.release.index import Index, make_index
from helpers.release.published_versions import released_versions, version_of

IMAGE = Descriptor(OCI_MANIFEST, digest_of(b"image"), 5, "linux/amd64")
ORIGIN = Origin(
    parameters={"dir": "app"},
    source="https://git.example/app",
    commit="c" * 40,
    base=("base:1", "sha256:" + "b" * 64),
    owner="ann@host",
    started="2026-01-31T10:00:00+00:00",
    ended="2026-01-31T10:01:00+00:00",
)


def test_statements_are_about_the_image_and_kept_as_buildkit_keeps_them() -> None:
    made = attest(IMAGE, "r.example/app:dev", {CYCLONEDX: {"a": 1}, PROVENANCE: {"b": 2}})
    assert made.descriptor.platform == "unknown/unknown"
    assert is_attestation(made.descriptor)
    assert attested_image(made.descriptor) == IMAGE.digest
    manifest = json.loads(made.content)
    assert made.descriptor.digest == digest_of(made.content)
    assert [layer["mediaType"] for layer in manifest["layers"]] == [STATEMENT, STATEMENT]
    for layer in manifest["layers"]:
        statement = json.loads(made.blobs[layer["digest"]])
        assert statement["_type"] == "https://in-toto.io/Statement/v1"
        assert layer["annotations"] == {"in-toto.io/predicate-type": statement["predicateType"]}
        assert statement["subject"][0]["digest"] == {"sha256": IMAGE.digest.partition(":")[2]}
    config = json.loads(made.blobs[manifest["config"]["digest"]])
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]


def test_provenance_says_commit_base_and_who() -> None:
    made = provenance(ORIGIN)
    sources = made["buildDefinition"]["resolvedDependencies"]
    assert sources == [
        {"uri": "https://git.example/app", "digest": {"gitCommit": "c" * 40}},
        {"uri": "docker-image://base:1", "digest": {"sha256": "b" * 64}},
    ]
    assert made["runDetails"]["builder"] == {"id": "ann@host"}


def test_an_index_tells_images_from_what_is_said_about_them() -> None:
    about = attest(IMAGE, "app", {PROVENANCE: {}})
    index = make_index([IMAGE], [about], {"who": "ann"})
    assert index.descriptor.media_type == OCI_INDEX
    assert index.images == (IMAGE,)
    assert len(index.entries) == 2
    assert index.annotations == {"who": "ann"}
    assert index.content == make_index([IMAGE], [about], {"who": "ann"}).content


def test_an_image_without_an_index_stands_for_itself() -> None:
    content = json.dumps({"config": {"digest": "sha256:1"}, "layers": [{"digest": "sha256:2"}]})
    index = Index(Descriptor(OCI_MANIFEST, digest_of(content.encode()), 1), content.encode())
    assert index.images == (index.descriptor,)
    assert index.blobs == ("sha256:1", "sha256:2")
    assert index.layers == ("sha256:2",)


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("dev-1.2.3", (Stage.DEV, Version(1, 2, 3))),
        ("prod-1.0.0", (Stage.PROD, Version(1, 0, 0))),
        ("dev", None),
        ("dev.claim", None),
        ("prod-ann-0123456789", None),
        ("buildcache-dev-amd64", None),
        ("local-ann-1.0.0", None),
    ],
)
def test_only_tags_of_releases_are_versions(tag: str, found: object) -> None:
    assert version_of(tag) == found


def test_versions_of_a_stage_are_newest_first() -> None:
    tags = ["dev-1.9.0", "dev-1.10.0", "prod-2.0.0", "dev"]
    assert released_versions(tags, Stage.DEV) == [Version(1, 10, 0), Version(1, 9, 0)]
