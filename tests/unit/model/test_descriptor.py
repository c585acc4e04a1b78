import pytest

from helpers.model.descriptor import OCI_LAYER_GZIP, OCI_MANIFEST, Descriptor, digest_of
from helpers.model.errors import HelpersError

_DIGEST = digest_of(b"content")


def test_a_digest_is_the_checksum_that_registries_compute() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_of(b"") == f"sha256:{empty}"


@pytest.mark.parametrize(
    "descriptor",
    [
        Descriptor(OCI_LAYER_GZIP, _DIGEST, 7),
        Descriptor(OCI_MANIFEST, _DIGEST, 7, "linux/amd64"),
        Descriptor(OCI_MANIFEST, _DIGEST, 7, "linux/arm64/v8", {"a": "b"}, "application/x"),
    ],
)
def test_what_is_written_is_read_back(descriptor: Descriptor) -> None:
    assert Descriptor.from_json(descriptor.as_json()) == descriptor


def test_it_is_written_as_the_specification_says() -> None:
    written = Descriptor(OCI_MANIFEST, _DIGEST, 7, "linux/arm64/v8").as_json()
    assert written == {
        "mediaType": OCI_MANIFEST,
        "digest": _DIGEST,
        "size": 7,
        "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
    }


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        "text",
        {"mediaType": 1, "digest": _DIGEST, "size": 1},
        {"mediaType": OCI_MANIFEST, "digest": _DIGEST, "size": "many"},
        {"mediaType": OCI_MANIFEST, "digest": _DIGEST, "size": 1, "platform": "linux"},
    ],
)
def test_what_is_no_descriptor_is_refused_with_a_sentence(given: object) -> None:
    with pytest.raises(HelpersError, match="not understood"):
        Descriptor.from_json(given)


def test_descriptors_can_be_kept_in_sets() -> None:
    one = Descriptor(OCI_MANIFEST, _DIGEST, 7, annotations={"a": "b"})
    assert len({one, Descriptor(OCI_MANIFEST, _DIGEST, 7, annotations={"a": "b"})}) == 1
