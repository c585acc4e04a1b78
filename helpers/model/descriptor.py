"""Descriptors: how manifests, indexes and registries name a piece of content."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Self

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
# Media types of an index, and of one image.
INDEXES = frozenset({OCI_INDEX, DOCKER_INDEX})
MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A piece of content: what it is, its digest and its size in bytes.

    Attributes:
        platform: `<os>/<architecture>[/<variant>]`; empty where none is said.
        artifact_type: what a manifest holds that is no image.
    """

    media_type: str
    digest: str
    size: int
    platform: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    artifact_type: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it stands in a manifest or index."""
        made: dict[str, Any] = {"mediaType": self.media_type}
        if self.artifact_type:
            made["artifactType"] = self.artifact_type
        made |= {"digest": self.digest, "size": self.size}
        if self.annotations:
            made["annotations"] = dict(self.annotations)
        if self.platform:
            parts = self.platform.split("/", 2)
            made["platform"] = dict(zip(("architecture", "os"), (parts[1], parts[0]), strict=True))
            if len(parts) > 2:
                made["platform"]["variant"] = parts[2]
        return made

    @classmethod
    def from_json(cls, given: Any) -> Self:
        """What `as_json` made, or another program.

        Raises:
            HelpersError: it is no descriptor.
        """
        try:
            return cls(
                media_type=_text(given["mediaType"]),
                digest=_text(given["digest"]),
                size=int(given["size"]),
                platform=_platform(given.get("platform") or {}),
                annotations=dict(given.get("annotations") or {}),
                artifact_type=_text(given.get("artifactType") or ""),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise HelpersError(
                "a manifest names its content in a way that is not understood",
                where=repr(given)[:200],
            ) from error


def digest_of(content: bytes) -> str:
    """The digest by which registries know a content: `sha256:<hex>`."""
    # Imported here: start-up of the tasks does not need it.
    import hashlib

    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def short_digest(digest: str) -> str:
    """A digest as people compare it: the algorithm, and its first letters."""
    return digest[:19]


def _platform(given: Mapping[str, Any]) -> str:
    parts = (given.get("os"), given.get("architecture"), given.get("variant"))
    return "/".join(_text(part) for part in parts if part)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r}")
    return value
